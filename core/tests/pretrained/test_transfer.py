"""After a lost connection another one resumes the download, if that is safe."""

from __future__ import annotations

import hashlib
import http.client
import io
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import attrs
import pytest

from poise.errors import WeightsError
from poise.pretrained.transfer import copy
from poise.specs import PublishedWeights

from .conftest import CONTENT

QUARTER = len(CONTENT) // 4
TAG = '"first"'


@attrs.define
class Flaky:
    """A web server that sends a limited number of bytes per connection.

    Attributes:
        url: address of the file.
        content: the file.
        most: most bytes per connection.
        parts: whether it can send parts of the file.
        tag: the ETag of the file.
        amiss: offset of the parts it sends from the parts requested.
        asked: the headers of every request.
    """

    url: str = ""
    content: bytes = CONTENT
    most: int = QUARTER
    parts: bool = True
    tag: str = TAG
    amiss: int = 0
    asked: list[dict[str, str]] = attrs.field(factory=list)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(dict(request.headers.items()))
        requested = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        condition = request.headers.get("If-Range", self.tag)
        begin = int(requested[1]) if requested and self.parts and condition == self.tag else 0
        request.send_response(206 if begin else 200)
        if begin:
            content_range = (
                f"bytes {begin + self.amiss}-{len(self.content) - 1}/{len(self.content)}"
            )
            request.send_header("Content-Range", content_range)
        if self.parts:
            request.send_header("Accept-Ranges", "bytes")
        if self.tag:
            request.send_header("ETag", self.tag)
        request.send_header("Content-Length", str(len(self.content) - begin))
        request.end_headers()
        request.wfile.write(self.content[begin : begin + self.most])


@pytest.fixture
def flaky() -> Iterator[Flaky]:
    """A running server."""
    flaky = Flaky()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            flaky.answer(self)

        def log_message(self, *args: object) -> None:
            """Write no log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    flaky.url = f"http://127.0.0.1:{server.server_port}/weights.h5"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield flaky
    server.shutdown()
    server.server_close()


def fetched(flaky: Flaky, checksum: str = "") -> bytes:
    """The copied bytes, whose checksum is verified."""
    stream = io.BytesIO()
    published = PublishedWeights(
        name="tiny", title="Tiny", file="weights.h5", url=flaky.url, checksum=checksum, layers=()
    )
    result = copy(published, stream, timeout=10)
    algorithm, _, digest = result.partition(":")
    assert digest == hashlib.new(algorithm, stream.getvalue()).hexdigest()
    return stream.getvalue()


def test_each_connection_resumes_where_the_last_one_ended(flaky: Flaky) -> None:
    assert fetched(flaky) == CONTENT
    assert [headers.get("Range") for headers in flaky.asked] == [
        None,
        *(f"bytes={count * QUARTER}-" for count in (1, 2, 3)),
    ]
    assert {headers.get("If-Range") for headers in flaky.asked[1:]} == {TAG}


def test_a_file_that_has_changed_meanwhile_is_fetched_from_its_beginning(
    flaky: Flaky, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = Flaky.answer

    def changing(self: Flaky, request: BaseHTTPRequestHandler) -> None:
        if len(self.asked) == 2:
            self.content, self.tag = CONTENT[::-1], '"second"'
        answer(self, request)

    monkeypatch.setattr(Flaky, "answer", changing)

    assert fetched(flaky) == CONTENT[::-1]
    assert len(flaky.asked) == 2 + 4


def test_parts_that_cannot_be_verified_are_not_combined(flaky: Flaky) -> None:
    flaky.tag = 'W/"weak"'
    with pytest.raises(http.client.IncompleteRead):
        fetched(flaky)
    assert len(flaky.asked) == 1


def test_parts_of_a_file_with_a_known_checksum_are_combined_without_a_tag(flaky: Flaky) -> None:
    flaky.tag = 'W/"weak"'
    assert fetched(flaky, "md5:0123") == CONTENT  # the caller compares checksums
    assert len(flaky.asked) == 4
    assert all("If-Range" not in headers for headers in flaky.asked)


def test_a_part_other_than_the_requested_one_is_refused(flaky: Flaky) -> None:
    flaky.amiss = 5
    with pytest.raises(WeightsError) as refused:
        fetched(flaky, "md5:0123")
    assert f"part: must be bytes from {QUARTER} on, got bytes {QUARTER + 5}-" in str(refused.value)


def test_a_publisher_that_always_starts_over_is_not_followed_forever(
    flaky: Flaky, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = Flaky.answer

    def renewing(self: Flaky, request: BaseHTTPRequestHandler) -> None:
        self.tag = f'"{len(self.asked)}"'
        answer(self, request)

    monkeypatch.setattr(Flaky, "answer", renewing)
    with pytest.raises(http.client.IncompleteRead):
        fetched(flaky)
    assert len(flaky.asked) == 3


def test_a_publisher_that_cannot_send_parts_is_asked_once(flaky: Flaky) -> None:
    flaky.parts = False
    with pytest.raises(http.client.IncompleteRead) as cut:
        fetched(flaky)
    assert cut.value.expected == len(CONTENT) - QUARTER
    assert len(flaky.asked) == 1


def test_a_connection_that_delivers_nothing_is_the_last_one(
    flaky: Flaky, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = Flaky.answer

    def ending(self: Flaky, request: BaseHTTPRequestHandler) -> None:
        self.most = QUARTER if len(self.asked) < 2 else 0
        answer(self, request)

    monkeypatch.setattr(Flaky, "answer", ending)
    with pytest.raises(http.client.IncompleteRead) as cut:
        fetched(flaky)
    assert cut.value.expected == len(CONTENT) - 2 * QUARTER
    assert len(flaky.asked) == 3
