"""One download: verified, and whole or not at all.

Poise writes the bytes to a private draft. Once all of them have arrived and have the published
checksum, Poise renames the draft in one step. No reader ever sees part of a file, whatever
happens to the connection or to this process.
"""

from __future__ import annotations

import http.client
import ssl
import urllib.error
from pathlib import Path

from poise.errors import WeightsError
from poise.messages import shortened
from poise.pretrained.identity import differs, refuse_another
from poise.pretrained.taking_turns import alone
from poise.pretrained.transfer import copy
from poise.processes import logs
from poise.specs import PublishedWeights
from poise.writing.whole_files import whole_draft

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
        WeightsError: the folder is not writable; the publisher cannot be reached, is too slow
            or does not have the file; or the bytes are not the published file, as far as its
            checksum or, without one, its format and size tell. Nothing is left behind.
    """
    file = folder / published.file
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with alone(file, published.title, TIMEOUT):
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


def _is_there(file: Path, published: PublishedWeights) -> bool:
    return file.is_file() and not differs(file, published)


def _download(published: PublishedWeights, file: Path) -> None:
    logs.info(__name__, "fetching %s from %s", published.title, published.url)
    with whole_draft(file) as draft:
        with draft.open("wb") as stream:
            checksum = copy(published, stream, TIMEOUT)
        if not published.checksum:
            refuse_another(draft, published)
        elif checksum != published.checksum.lower():
            raise WeightsError(
                f"{published.url}: must be {published.title}, got another file\n"
                f"  checksum: must be {published.checksum}, got {checksum}\n"
                "  fix: try again; if the error persists, the publisher or the network changes the "
                "file: do not use it"
            )


def _unreached(published: PublishedWeights, file: Path, error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        why = f"the server answers {error.code} {error.reason}"
    elif isinstance(error, http.client.IncompleteRead):
        # Of a file in chunks, nobody knows how many bytes are missing.
        missing = "" if error.expected is None else f"{error.expected:,} bytes "
        why = f"the connection was lost {missing}before the end"
    elif isinstance(getattr(error, "reason", None), ssl.SSLCertVerificationError):
        why = f"this Python does not trust the server's certificate: {error}"
    else:
        why = str(getattr(error, "reason", "") or str(error) or type(error).__name__)
    return (
        f"{published.title}: could not be downloaded: {shortened(' '.join(why.split()))}\n"
        f"  from: {published.url}\n"
        f"  fix: try again; or get the file another way and put it at {file} or in the folder "
        "that POISE_WEIGHTS names, or pass its path to load_pretrained"
    )
