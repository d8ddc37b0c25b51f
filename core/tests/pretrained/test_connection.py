"""Publishers are asked over http and https alone; whatever they answer has an explanation."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import attrs
import pytest

from poise.errors import WeightsError
from poise.pretrained import find
from poise.pretrained.connection import Connections
from poise.specs import PublishedWeights

Answer = Callable[[BaseHTTPRequestHandler], None]


@attrs.define
class Server:
    url: str = ""
    answer: Answer = lambda request: None


@pytest.fixture
def server() -> Iterator[Server]:
    """A web server with one answer to everything."""
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.close_connection = True
            server.answer(self)

        def log_message(self, *args: object) -> None:
            """Write no log."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{running.server_port}/weights.h5"
    threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    running.shutdown()
    running.server_close()


def answering(status: int, body: bytes = b"", **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(body)

    return answer


def refusal(published: PublishedWeights, server: Server) -> str:
    with pytest.raises(WeightsError) as refused:
        find(attrs.evolve(published, url=server.url))
    assert "fix: " in str(refused.value)
    assert server.url in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize(
    "place", ["ftp://127.0.0.1/x", "file:///etc/passwd", "data:text/plain,x", "gopher://x/"]
)
def test_a_redirect_to_another_scheme_is_not_followed(
    published: PublishedWeights, server: Server, place: str
) -> None:
    server.answer = answering(302, Location=place, Content_Length="0")
    assert place in refusal(published, server)


def test_a_redirect_from_https_to_http_is_not_followed() -> None:
    # Without a certificate no server speaks https here: the rule is asked as urllib asks it.
    from urllib.request import Request

    from poise.pretrained.connection import _Redirects

    def followed(before: str, after: str) -> bool:
        request = Request(before)
        return _Redirects().redirect_request(request, None, 302, "Found", {}, after) is not None

    assert followed("https://a.org/x", "https://b.org/x")
    assert followed("http://a.org/x", "https://b.org/x")
    assert followed("http://a.org/x", "http://b.org/x")
    with pytest.raises(WeightsError, match=r"must lead to an address of https, got 'http://b"):
        followed("https://a.org/x", "http://b.org/x")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (
            answering(200, b"ffff\r\n" + bytes(100), Transfer_Encoding="chunked"),
            "the connection was lost before the end",
        ),
        (answering(200, b"zz\r\n", Transfer_Encoding="chunked"), "the connection was lost"),
        (answering(200, Content_Length="abc"), "the server states the length 'abc'"),
        (answering(200, Content_Length="-5"), "the server states the length '-5'"),
        (answering(200, Content_Length="9" * 40), "the server states the length '999"),
        (answering(204), "the server answers 204 No Content"),
        (answering(302, Location="http://[::1", Content_Length="0"), "Invalid IPv6 URL"),
        (answering(302, Location="http://127.0.0.1:x/", Content_Length="0"), "nonnumeric port"),
        (answering(302, Location="/weights.h5", Content_Length="0"), "infinite loop"),
        (lambda request: None, "without response"),
        (lambda request: bool(request.wfile.write(b"hello\r\n\r\n")) and None, "hello"),
    ],
)
def test_an_answer_that_makes_no_sense_is_explained(
    published: PublishedWeights, server: Server, answer: Answer, why: str
) -> None:
    server.answer = answer
    message = refusal(published, server)
    assert f"{published.title}: could not be downloaded: " in message
    assert why in message
    assert len(message.splitlines()) == 3


@pytest.mark.parametrize("url", ["", "weights.h5", "http://", "http://a b/", "http://\ud800/"])
def test_an_address_that_is_none_is_explained(published: PublishedWeights, url: str) -> None:
    with pytest.raises(WeightsError, match="could not be downloaded"):
        find(attrs.evolve(published, url=url))


@pytest.mark.parametrize("checksum", ["", "md5:0123"])
def test_a_part_that_nobody_asked_for_is_not_the_file(
    published: PublishedWeights, server: Server, checksum: str
) -> None:
    server.answer = answering(206, bytes(10), Content_Length="10", Content_Range="bytes 0-9/1000")
    with pytest.raises(WeightsError, match="must be the whole file, got bytes 0-9/1000"):
        find(attrs.evolve(published, url=server.url, checksum=checksum))


def test_who_waits_for_bytes_goes_on_with_an_error_when_connections_are_ended(
    server: Server,
) -> None:
    asked, done = threading.Event(), threading.Event()

    def silent(request: BaseHTTPRequestHandler) -> None:
        answering(200, Content_Length="1000")(request)
        asked.set()
        done.wait(30)

    server.answer = silent
    connections = Connections(timeout=30)
    with connections.open(server.url, {}) as response:
        asked.wait(30)
        connections.end()
        assert response.read1(10) == b""
    done.set()
