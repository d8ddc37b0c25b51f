"""Download the bytes of a published file, over as many connections as needed."""

from __future__ import annotations

import hashlib
import http.client
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from poise.errors import WeightsError
from poise.messages import printable, short_repr
from poise.pretrained.connection import Connections, network_errors
from poise.pretrained.identity import most_bytes
from poise.pretrained.pace import watched
from poise.specs import PublishedWeights

BLOCK = 2**18

MOST_CONNECTIONS = 1_000
"""Connections for one file, each of which has brought some of it."""

Advance = Callable[[int], None]
Progress = tuple[Advance, Advance]
"""Callbacks: the size of the file, and how many more bytes have arrived."""


class _Draft:
    """A file that is being written, its checksum, and the validator of the published file."""

    def __init__(self, stream: IO[bytes], published: PublishedWeights) -> None:
        self.stream = stream
        self.published = published
        self.algorithm = published.checksum.partition(":")[0] or "sha256"
        self.most = most_bytes(published)
        self.validator = ""
        self.arrived = 0
        self.begin()

    def begin(self) -> None:
        """Discard the bytes received so far."""
        self.stream.seek(0)
        self.stream.truncate()
        self.digest = hashlib.new(self.algorithm, usedforsecurity=False)
        self.received = 0

    def add(self, block: bytes) -> None:
        """Append the next bytes."""
        self.refuse_size(self.received + len(block))
        self.stream.write(block)
        self.digest.update(block)
        self.received += len(block)
        self.arrived += len(block)

    def refuse_size(self, size: int) -> None:
        """Refuse more bytes than the file can have, before they are written."""
        if size > self.most:
            published = self.published
            about = f"about {published.size:,}" if published.size else f"at most {self.most:,}"
            raise WeightsError(
                f"{published.url}: must be {published.title}, got another file\n"
                f"  size: must be {about} bytes, got {size:,} and more\n"
                "  fix: try again; or get the file another way and set POISE_WEIGHTS to its folder"
            )


def copy(published: PublishedWeights, stream: IO[bytes], timeout: float) -> str:
    """Copy what the publisher sends into an open file, and return its checksum.

    If a connection is lost and the publisher can send parts of a file, Poise resumes over
    another one, as long as each connection delivers bytes. If the publisher sends the whole
    file instead, because it has changed, Poise starts over once: a publisher that always sends
    the whole file might never finish.

    Args:
        published: which weights.
        stream: a binary file, open for writing.
        timeout: seconds without a byte after which a connection counts as lost.

    Raises:
        WeightsError: the address is not http or https, or the publisher sent another part
            than requested, or more bytes than the file has.
        URLError, HTTPException, TimeoutError, ConnectionError: the last connection failed, or
            the publisher is too slow.
    """
    # No download library resumes without risking to join two states of a file (D23).
    draft, connections = _Draft(stream, published), Connections(timeout)
    with _progress(published) as progress:
        try:
            return watched(
                lambda: _received(draft, connections, progress), lambda: draft.arrived, timeout
            )
        finally:
            connections.end()


def _received(draft: _Draft, connections: Connections, progress: Progress) -> str:
    """Receive the whole file, and return its checksum."""
    size, advance = progress
    beginnings = 0
    for number in range(MOST_CONNECTIONS):
        with _asked(draft, connections) as response:
            left = _length(response)
            if response.status == http.client.PARTIAL_CONTENT:
                _check_part(draft, response)
            else:  # the whole file, which may have changed
                beginnings += 1
                advance(-draft.received)
                draft.begin()
            before = draft.received
            draft.refuse_size(before + left)
            size(before + left)
            try:
                _receive(response, draft, left, advance)
            except (http.client.HTTPException, TimeoutError, ConnectionError):
                stuck = draft.received == before or beginnings > 2
                last = stuck or number + 1 == MOST_CONNECTIONS
                if last or not _has_parts(response, draft.published):
                    raise
            else:
                break
            draft.validator = _validator(response)
    return f"{draft.algorithm}:{draft.digest.hexdigest()}"


def _asked(draft: _Draft, connections: Connections) -> Any:
    headers = {}
    if draft.received:
        headers["Range"] = f"bytes={draft.received}-"
        if draft.validator:
            headers["If-Range"] = draft.validator  # the whole file, if it has changed since
    return connections.open(draft.published.url, headers)


def _length(response: Any) -> int:
    """How many bytes the publisher says will come; 0 if it does not say."""
    if response.status not in (http.client.OK, http.client.PARTIAL_CONTENT):
        raise http.client.HTTPException(f"the server answers {response.status} {response.reason}")
    text = response.headers.get("Content-Length")
    if text is None or response.headers.get("Transfer-Encoding"):
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise http.client.HTTPException(f"the server states the length {short_repr(text)}")
    return int(text)


def _check_part(draft: _Draft, response: Any) -> None:
    """Refuse another part, which would give a wrong file of the right size."""
    content_range = response.headers.get("Content-Range", "")
    expected = f"bytes from {draft.received} on" if draft.received else "the whole file"
    if not draft.received or not content_range.startswith(f"bytes {draft.received}-"):
        published = draft.published
        raise WeightsError(
            f"{published.url}: must send the requested part of {published.title}, got another\n"
            f"  part: must be {expected}, "
            f"got {printable(content_range) or 'no Content-Range'}\n"
            "  fix: try again, or get the file another way and set POISE_WEIGHTS to its folder"
        )


def _receive(response: Any, draft: _Draft, left: int, advance: Advance) -> None:
    until = draft.received + left
    while True:
        with network_errors():
            block = response.read1(BLOCK)
        if not block:
            break
        draft.add(block)
        advance(len(block))
    if left and draft.received != until:
        raise http.client.IncompleteRead(b"", until - draft.received)


def _has_parts(response: Any, published: PublishedWeights) -> bool:
    """Whether Poise can request the rest, and verify that it belongs to the same file."""
    parts = response.status == http.client.PARTIAL_CONTENT
    parts = parts or response.headers.get("Accept-Ranges", "").lower() == "bytes"
    return parts and bool(published.checksum or _validator(response))


def _validator(response: Any) -> str:
    """A header that identifies one version of the file; weak tags do not."""
    tag: str = response.headers.get("ETag", "")
    return response.headers.get("Last-Modified", "") if tag.startswith("W/") or not tag else tag


@contextmanager
def _progress(published: PublishedWeights) -> Iterator[Progress]:
    """Progress callbacks (total, received); a bar is drawn if stderr is a terminal."""
    if not sys.stderr.isatty():
        yield (lambda count: None), (lambda count: None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Bar(*columns, TransferSpeedColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task(published.title, total=None)
        yield (
            lambda count: progress.update(task, total=count or None),
            lambda count: progress.advance(task, count),
        )
