"""The bytes of a published file, in as many connections as it takes."""

from __future__ import annotations

import hashlib
import http.client
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from poise import __version__
from poise.errors import WeightsError
from poise.specs import PublishedWeights

BLOCK = 2**18

Advance = Callable[[int], None]


class _Draft:
    """A file that is being written, its checksum, and what is known of the whole."""

    def __init__(self, stream: IO[bytes], algorithm: str) -> None:
        self.stream = stream
        self.algorithm = algorithm
        self.validator = ""
        self.begin()

    def begin(self) -> None:
        """Throw away what came."""
        self.stream.seek(0)
        self.stream.truncate()
        self.digest = hashlib.new(self.algorithm, usedforsecurity=False)
        self.received = 0

    def add(self, block: bytes) -> None:
        """Keep what came next."""
        self.stream.write(block)
        self.digest.update(block)
        self.received += len(block)


def copy(published: PublishedWeights, stream: IO[bytes], timeout: float) -> str:
    """Copy what the publisher sends into an open file, and give its checksum.

    Where a connection is cut and the publisher can send parts of a file, another one goes on
    from there, as long as each brings something. A publisher that sends the whole file instead,
    since it has changed, is followed once: one that always does might never come to an end.

    Args:
        published: what is fetched.
        stream: a binary file, open for writing.
        timeout: seconds without a byte after which a connection counts as cut.

    Raises:
        WeightsError: the address is none of the web, or the publisher sent another part than
            the one that was asked for.
        URLError, HTTPException, TimeoutError, ConnectionError: the last connection failed.
    """
    draft = _Draft(stream, published.checksum.partition(":")[0] or "sha256")
    beginnings = 0
    with _progress(published) as (size, advance):
        while True:
            whole = True
            with _asked(published, draft, timeout) as response:
                if response.status == http.client.PARTIAL_CONTENT:
                    _check_part(published, draft, response)
                else:  # the whole file, perhaps another one than before
                    beginnings += 1
                    advance(-draft.received)
                    draft.begin()
                before = draft.received
                left = int(response.headers.get("Content-Length") or 0)
                size(draft.received + left)
                try:
                    _receive(response, draft, left, advance)
                except (http.client.HTTPException, TimeoutError, ConnectionError):
                    stuck = draft.received == before or beginnings > 2
                    if stuck or not _has_parts(response, published):
                        raise
                    whole = False
                draft.validator = _validator(response)
            if whole:
                return f"{draft.algorithm}:{draft.digest.hexdigest()}"


def _asked(published: PublishedWeights, draft: _Draft, timeout: float) -> Any:
    headers = {"User-Agent": f"poise/{__version__}"}
    if draft.received:
        headers["Range"] = f"bytes={draft.received}-"
        if draft.validator:
            headers["If-Range"] = draft.validator  # the whole file, if it has changed since
    request = urllib.request.Request(published.url, headers=headers)  # noqa: S310 - checked below
    if request.type not in ("https", "http"):
        raise WeightsError(f"{published.url}: only http and https addresses are fetched")
    return urllib.request.urlopen(request, timeout=timeout)  # noqa: S310 - see above


def _check_part(published: PublishedWeights, draft: _Draft, response: Any) -> None:
    """A part of somewhere else would make a file of the right size that is wrong."""
    found = response.headers.get("Content-Range", "")
    if not found.startswith(f"bytes {draft.received}-"):
        raise WeightsError(
            f"{published.url}: sent another part of {published.title} than was asked for\n"
            f"  asked: bytes from {draft.received} on, found: {found or 'no Content-Range'}\n"
            "  fix: try again, or get the file in another way and name its folder in POISE_WEIGHTS"
        )


def _receive(response: Any, draft: _Draft, left: int, advance: Advance) -> None:
    until = draft.received + left
    while block := response.read(BLOCK):
        draft.add(block)
        advance(len(block))
    if left and draft.received != until:
        raise http.client.IncompleteRead(b"", until - draft.received)


def _has_parts(response: Any, published: PublishedWeights) -> bool:
    """Whether the rest can be asked for, and be known to belong to what came."""
    parts = response.status == http.client.PARTIAL_CONTENT
    parts = parts or response.headers.get("Accept-Ranges", "").lower() == "bytes"
    return parts and bool(published.checksum or _validator(response))


def _validator(response: Any) -> str:
    """What tells one state of the file from another: weak tags do not."""
    tag: str = response.headers.get("ETag", "")
    return response.headers.get("Last-Modified", "") if tag.startswith("W/") or not tag else tag


@contextmanager
def _progress(published: PublishedWeights) -> Iterator[tuple[Advance, Advance]]:
    """Functions to tell how many bytes there are and came; shown if anybody is looking."""
    if not sys.stderr.isatty():
        yield (lambda count: None), (lambda count: None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, TransferSpeedColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task(published.title, total=None)
        yield (
            lambda count: progress.update(task, total=count or None),
            lambda count: progress.advance(task, count),
        )
