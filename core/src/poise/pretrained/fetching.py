"""One download: verified, and whole or not at all.

Poise writes the bytes to a private draft. Once all of them have arrived and have the published
checksum, Poise renames the draft in one step. No reader ever sees part of a file, whatever
happens to the connection or to this process.
"""

from __future__ import annotations

import hashlib
import http.client
import ssl
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from poise.errors import WeightsError
from poise.pretrained.transfer import copy
from poise.specs import PublishedWeights
from poise.writing.whole_files import whole_file

TIMEOUT = 30
"""Seconds without a byte after which a connection counts as lost."""


def fetch(published: PublishedWeights, folder: Path) -> Path:
    """Download published weights.

    If several processes ask at once, one downloads; the others wait and use its file.

    Args:
        published: which weights.
        folder: where to put the file; created if needed.

    Returns:
        The file, with the published checksum.

    Raises:
        WeightsError: the folder is not writable, the publisher cannot be reached or does not
            have the file, or the bytes are not the published file. Nothing is left behind.
    """
    file = folder / published.file
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(file):
            if not _is_there(file, published):
                _download(published, file)
    except (
        urllib.error.URLError,
        http.client.HTTPException,
        TimeoutError,
        ConnectionError,
    ) as error:
        raise WeightsError(_unreached(published, file, error)) from error
    except OSError as error:
        raise WeightsError(
            f"{published.title}: cannot be stored in {folder}: {error.strerror or error}\n"
            "  fix: set POISE_CACHE_DIR to a writable folder, or POISE_WEIGHTS to a folder with "
            f"{published.file}"
        ) from error
    return file


def has_checksum(file: Path, checksum: str) -> bool:
    """Whether a file has a checksum, as in ``md5:d41d8cd9…``; always true if it is empty."""
    if not checksum:
        return True
    algorithm, _, expected = checksum.partition(":")
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest() == expected.lower()


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Hold the lock of a file, if the file system supports locks."""
    try:
        from filelock import FileLock
    except ImportError:
        yield  # drafts are private: without the lock, two processes may both download
        return
    lock = FileLock(f"{file}.lock")
    with suppress(OSError, NotImplementedError):
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _is_there(file: Path, published: PublishedWeights) -> bool:
    return file.is_file() and has_checksum(file, published.checksum)


def _download(published: PublishedWeights, file: Path) -> None:
    with whole_file(file) as stream:
        checksum = copy(published, stream, TIMEOUT)
        if published.checksum and checksum != published.checksum.lower():
            raise WeightsError(
                f"{published.url}: must be {published.title}, got another file\n"
                f"  checksum: must be {published.checksum}, got {checksum}\n"
                "  fix: try again; if the error persists, the publisher or the network changes the "
                "file: do not use it"
            )


def _unreached(published: PublishedWeights, file: Path, error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        why = f"the server answers {error.code} {error.reason}"
    elif isinstance(error, http.client.IncompleteRead):
        why = f"the connection was lost {error.expected:,} bytes before the end"
    elif isinstance(getattr(error, "reason", None), ssl.SSLCertVerificationError):
        why = f"this Python does not trust the server's certificate: {error}"
    else:
        why = str(getattr(error, "reason", "") or str(error) or type(error).__name__)
    return (
        f"{published.title}: could not be downloaded: {why}\n"
        f"  from: {published.url}\n"
        f"  fix: try again; or get the file another way and put it at {file} or in the folder "
        "that POISE_WEIGHTS names, or pass its path to load_pretrained"
    )
