"""A download neither stands still, nor crawls, nor goes on for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import attrs
import pytest

from poise.errors import WeightsError
from poise.pretrained import fetching, find, pace
from poise.pretrained.pace import watched
from poise.specs import PublishedWeights


def test_what_work_returns_or_raises_is_returned_or_raised() -> None:
    def fail() -> None:
        raise KeyError("a")

    assert watched(lambda: 3, lambda: 0, timeout=1) == 3
    with pytest.raises(KeyError):
        watched(fail, lambda: 0, timeout=1)


def test_work_that_is_slow_and_steady_is_waited_for() -> None:
    begin = time.monotonic()

    def arrived() -> int:
        return int((time.monotonic() - begin) * 2 * pace.SLOWEST) + 1_000

    assert watched(lambda: time.sleep(0.6) or 3, arrived, timeout=0.05) == 3


def test_work_that_takes_longer_than_any_download_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pace, "LONGEST", 0)
    done = threading.Event()
    with pytest.raises(TimeoutError, match="it takes longer than"):
        watched(lambda: done.wait(30), lambda: 10**9, timeout=0.05)
    done.set()


def bytes_of_a_header(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")


def bytes_of_the_body(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()


def bytes_of_a_chunks_size(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Transfer-Encoding", "chunked")
    request.end_headers()


def lines_after_the_last_chunk(request: BaseHTTPRequestHandler) -> None:
    bytes_of_a_chunks_size(request)
    request.wfile.write(b"0\r\n" + b"a: b\r\n" * 10)


@pytest.mark.parametrize(
    "begin",
    [bytes_of_a_header, bytes_of_the_body, bytes_of_a_chunks_size, lines_after_the_last_chunk],
)
def test_a_publisher_that_sends_now_and_then_is_given_up(
    published: PublishedWeights,
    monkeypatch: pytest.MonkeyPatch,
    begin: Callable[[BaseHTTPRequestHandler], None],
) -> None:
    done = threading.Event()
    drip = b"c: d\r\n" if begin is lines_after_the_last_chunk else b"0"

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            begin(self)
            while not done.wait(0.05):
                try:
                    self.wfile.write(drip)
                except OSError:
                    return

        def log_message(self, *args: object) -> None:
            """Write no log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setattr(fetching, "TIMEOUT", 0.25)
    started = time.monotonic()
    url = f"http://127.0.0.1:{server.server_port}/"
    with pytest.raises(WeightsError, match=r"the publisher sent only [\d,]+ bytes in 1 s"):
        find(attrs.evolve(published, url=url))
    assert time.monotonic() - started < 20
    done.set()
    server.shutdown()
    server.server_close()
