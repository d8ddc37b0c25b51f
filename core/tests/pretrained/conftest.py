"""A publisher on this machine, and an environment without any other source of weights."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import attrs
import pytest

from poise import registry
from poise.specs import PublishedWeights

CONTENT = bytes(range(256)) * 4096
"""The published file: a mebibyte, which takes several reads."""


@attrs.define
class Publisher:
    """A web server on this machine.

    Attributes:
        url: address of the file that it publishes.
        behavior: ``good``, ``changed``, ``cut``, ``missing`` or ``silent``.
        delay: seconds to wait in the middle of the file.
        asked: number of requests.
    """

    url: str = ""
    behavior: str = "good"
    delay: float = 0
    asked: int = 0
    stopped: threading.Event = attrs.field(factory=threading.Event)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked += 1
        if self.behavior == "missing":
            request.send_error(404, "Not Found")
            return
        body = CONTENT if self.behavior != "changed" else CONTENT[::-1]
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        half = len(body) // 2
        request.wfile.write(body[:half])
        request.wfile.flush()
        self.stopped.wait(60 if self.behavior == "silent" else self.delay)
        if self.behavior not in ("cut", "silent"):
            request.wfile.write(body[half:])


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    """A running publisher."""
    publisher = Publisher()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            publisher.answer(self)

        def log_message(self, *args: object) -> None:
            """Write no log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    publisher.url = f"http://127.0.0.1:{server.server_port}/weights.h5"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield publisher
    publisher.stopped.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def published(publisher: Publisher) -> PublishedWeights:
    """The weights of the publisher."""
    return PublishedWeights(
        name="tiny-imagenet",
        title="Tiny's ImageNet weights",
        file="weights.h5",
        url=publisher.url,
        checksum=f"md5:{hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()}",
        layers=("conv1", "conv2"),
    )


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for downloads, which does not exist yet."""
    monkeypatch.setenv("POISE_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "weights"


@pytest.fixture(autouse=True)
def nothing_else(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No plugins, no folder, no proxies."""
    monkeypatch.delenv("POISE_WEIGHTS", raising=False)
    monkeypatch.delenv("POISE_OFFLINE", raising=False)
    monkeypatch.setenv("no_proxy", "*")
    registry.reset(registry.Registry(plugins=[]))
    yield
    registry.reset()
