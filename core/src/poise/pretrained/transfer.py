"""Download the bytes of a published file, over as many connections as needed."""

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
    """A file that is being written, its checksum, and the validator of the published file."""

    def __init__(self, stream: IO[bytes], algorithm: str) -> None:
        self.stream = stream
        self.algorithm = algorithm
        self.validator = ""
        self.begin()

    def begin(self) -> None:
        """Discard the bytes received so far."""
        self.stream.seek(0)
        self.stream.truncate()
        self.digest = hashlib.new(self.algorithm, usedforsecurity=False)
        self.received = 0

    def add(self, block: bytes) -> None:
        """Append the next bytes."""
        self.stream.write(block)
        self.digest.update(block)
        self.received += len(block)


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
            than requested.
        URLError, HTTPException, TimeoutError, ConnectionError: the last connection failed.
    """
    # No download library resumes without risking to join two states of a file (D23).
    draft = _Draft(stream, published.checksum.partition(":")[0] or "sha256")
    beginnings = 0
    with _progress(published) as (size, advance):
        while True:
            whole = True
            with _asked(published, draft, timeout) as response:
                if response.status == http.client.PARTIAL_CONTENT:
                    _check_part(published, draft, response)
                else:  # the whole file, which may have changed
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
    """Refuse another part, which would give a wrong file of the right size."""
    content_range = response.headers.get("Content-Range", "")
    if not content_range.startswith(f"bytes {draft.received}-"):
        raise WeightsError(
            f"{published.url}: must send the requested part of {published.title}, got another\n"
            f"  part: must be bytes from {draft.received} on, "
            f"got {content_range or 'no Content-Range'}\n"
            "  fix: try again, or get the file another way and set POISE_WEIGHTS to its folder"
        )


def _receive(response: Any, draft: _Draft, left: int, advance: Advance) -> None:
    until = draft.received + left
    while block := response.read(BLOCK):
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
def _progress(published: PublishedWeights) -> Iterator[tuple[Advance, Advance]]:
    """Progress callbacks (total, received); a bar is drawn if stderr is a terminal."""
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
