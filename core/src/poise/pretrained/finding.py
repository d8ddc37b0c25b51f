"""Find published weights on this machine, or download them."""

from __future__ import annotations

import os
from pathlib import Path

from poise import registry
from poise.errors import PluginError, WeightsError
from poise.messages import described
from poise.pretrained.fetching import fetch
from poise.pretrained.identity import differs
from poise.settings import CACHE_DIR, DISABLE, KAGGLEHUB_CACHE, OFFLINE, WEIGHTS, cache_folder
from poise.specs import PublishedWeights
from poise.weights.formats import find_weights


def find(published: PublishedWeights, path: str | os.PathLike[str] | None = None) -> Path:
    """The file of published weights, downloaded if it is not on this machine.

    Poise uses the first of these that has the file: ``path``; the path in the configuration; a
    plugin's ``poise_weights``; the folder ``POISE_WEIGHTS``; the cache of the library that the
    weights come from; Poise's cache (``weights`` in ``POISE_CACHE_DIR``, or in the user's cache
    folder); the publisher, if it allows downloads and ``POISE_OFFLINE`` is not set. A file from
    ``POISE_WEIGHTS``, Poise's cache or the publisher must have the published checksum. A path or
    a plugin may provide another file.

    Args:
        published: which weights.
        path: a file to use instead, or a folder with one weights file.

    Raises:
        WeightsError: the file cannot be found; the message says where Poise looked and what to
            do.
        PluginError: a plugin's ``poise_weights`` failed, or returned a path without a file.
    """
    if path is not None:
        return find_weights(path)
    file = on_this_machine(published)
    if file is not None:
        return file
    if OFFLINE.is_on() or not published.fetched:
        raise WeightsError(offline_instructions(published))
    return fetch(published, _cache())


def on_this_machine(published: PublishedWeights) -> Path | None:
    """The file of published weights, or ``None`` if it would have to be downloaded.

    Looks in the same places as ``find``, and raises the same errors.
    """
    if published.path is not None:
        return published.path()
    return (
        _of_a_plugin(published)
        or _in_folder(published)
        or (published.elsewhere() if published.elsewhere is not None else None)
        or _in_cache(published)
    )


def _of_a_plugin(published: PublishedWeights) -> Path | None:
    try:
        path = registry.default().hook.poise_weights(source=published.name)
    except Exception as error:
        what = described(error)
        raise PluginError(
            f"a plugin's poise_weights failed when asked for {published.name!r}: {what}\n"
            f"  fix: upgrade that plugin, or disable it with {DISABLE}"
        ) from error
    if path is None:
        return None
    if not isinstance(path, str | os.PathLike) or not Path(path).is_file():
        raise PluginError(
            f"a plugin's poise_weights must return the path of a file for {published.name!r}, "
            f"got {path!r}\n"
            f"  fix: upgrade that plugin, or disable it with {DISABLE}"
        )
    return Path(path)


def _in_folder(published: PublishedWeights) -> Path | None:
    named = WEIGHTS.text()
    if not named:
        return None
    folder = Path(named)
    if not folder.is_dir():
        raise WeightsError(
            f"{WEIGHTS} must be a folder, got {named}; set it to a folder, or unset it"
        )
    return _checked(folder / published.file, published)


def _in_cache(published: PublishedWeights) -> Path | None:
    folder = cache_folder()
    if folder is None:
        return None
    file = Path(folder, "weights", published.file)
    if OFFLINE.is_on():
        return _checked(file, published)
    # A damaged file here is downloaded again.
    return file if _is_right(file, published) else None


def _checked(file: Path, published: PublishedWeights) -> Path | None:
    """The file; ``None`` if it is missing; an error if its checksum is wrong."""
    if not file.is_file():
        return None
    if _is_right(file, published):
        return file
    by = f" with checksum {published.checksum}" if published.checksum else ""
    raise WeightsError(
        f"{file}: must be {published.title}{by}, got another file\n"
        f"  fix: remove it, or replace it with the file from {published.url}"
    )


def _is_right(file: Path, published: PublishedWeights) -> bool:
    try:
        return file.is_file() and not differs(file, published)
    except OSError as error:
        raise WeightsError(f"{file}: cannot be read: {error.strerror}") from error


def _cache() -> Path:
    folder = cache_folder()
    if folder is None:
        raise WeightsError(
            f"no home folder to store weights in; set {CACHE_DIR} to a writable folder, or "
            f"{WEIGHTS} to a folder with the file"
        )
    return Path(folder, "weights")


def offline_instructions(published: PublishedWeights) -> str:
    """How to provide weights that are not on this machine and may not be downloaded."""
    folder = cache_folder()
    looked = [f"{WEIGHTS}={WEIGHTS.text()}" if WEIGHTS.text() else f"{WEIGHTS} (not set)"]
    places = [f"into the folder that {WEIGHTS} names"]
    if folder is not None:
        looked.append(str(Path(folder, "weights")))
        places.append(f"to {Path(folder, 'weights', published.file)}")
    if published.elsewhere is not None:
        looked.append(f"the cache of their library ({KAGGLEHUB_CACHE})")
    why = f"{OFFLINE} forbids downloads" if published.fetched else "Poise does not download it"
    return (
        f"{published.title}: not on this machine, and {why}\n"
        f"  looked in: {', '.join(looked)}\n"
        f"  file: {published.file}\n"
        f"  from: {published.url}\n"
        f"  fix: copy it {' or '.join(reversed(places))}; or pass its path to load_pretrained"
    )
