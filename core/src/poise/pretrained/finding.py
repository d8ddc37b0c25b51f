"""Where published weights are on this machine, or else on the net."""

from __future__ import annotations

import os
from pathlib import Path

from poise import registry
from poise.errors import PluginError, WeightsError
from poise.messages import described
from poise.pretrained.fetching import fetch, has_checksum
from poise.settings import CACHE_DIR, DISABLE, KAGGLEHUB_CACHE, OFFLINE, WEIGHTS, cache_folder
from poise.specs import PublishedWeights
from poise.weights.formats import find_weights


def find(published: PublishedWeights, path: str | os.PathLike[str] | None = None) -> Path:
    """The file of published weights, downloaded if it is nowhere on this machine.

    The first of these that has it: ``path``; what the configuration names; a plugin's
    ``poise_weights``; the folder ``POISE_WEIGHTS``; the cache of the library that the weights
    are from; the cache (``weights`` in ``POISE_CACHE_DIR``, or in the user's cache folder); the
    publisher, if files can be fetched from there and ``POISE_OFFLINE`` is not set. In Poise's
    cache, the folder and from the publisher, the file must have the published checksum; a path,
    or a plugin, may give another file of its own.

    Args:
        published: which weights.
        path: a file that is used instead, or a folder with one weights file.

    Raises:
        WeightsError: they cannot be had; says what was tried and what would do.
        PluginError: a plugin's ``poise_weights`` failed, or named a file that is not there.
    """
    if path is not None:
        return find_weights(path)
    file = on_this_machine(published)
    if file is not None:
        return file
    if OFFLINE.is_on() or not published.fetched:
        raise WeightsError(what_to_put_where(published))
    return fetch(published, _cache())


def on_this_machine(published: PublishedWeights) -> Path | None:
    """The file of published weights, or ``None`` if it would have to be downloaded.

    Looks where ``find`` looks, and raises what it raises.
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
        found = registry.default().hook.poise_weights(source=published.name)
    except Exception as error:
        what = described(error)
        raise PluginError(
            f"a plugin's poise_weights failed when asked for {published.name!r}: {what}\n"
            f"  fix: upgrade that plugin, or disable it with {DISABLE}"
        ) from error
    if found is None:
        return None
    if not isinstance(found, str | os.PathLike) or not Path(found).is_file():
        raise PluginError(
            f"a plugin's poise_weights gave {found!r} for {published.name!r}, which is no file\n"
            f"  fix: upgrade that plugin, or disable it with {DISABLE}"
        )
    return Path(found)


def _in_folder(published: PublishedWeights) -> Path | None:
    named = WEIGHTS.text()
    if not named:
        return None
    folder = Path(named)
    if not folder.is_dir():
        raise WeightsError(f"{WEIGHTS}={named} is no folder")
    return _checked(folder / published.file, published)


def _in_cache(published: PublishedWeights) -> Path | None:
    folder = cache_folder()
    if folder is None:
        return None
    file = Path(folder, "weights", published.file)
    if OFFLINE.is_on():
        return _checked(file, published)
    # What is damaged here is fetched anew.
    return file if _is_right(file, published) else None


def _checked(file: Path, published: PublishedWeights) -> Path | None:
    """The file, ``None`` if it is not there, or an error if it is another one."""
    if not file.is_file():
        return None
    if _is_right(file, published):
        return file
    raise WeightsError(
        f"{file}: is not {published.title}: its checksum is not {published.checksum}\n"
        f"  fix: remove it, or put the file in its place that {published.url} gives"
    )


def _is_right(file: Path, published: PublishedWeights) -> bool:
    try:
        return file.is_file() and has_checksum(file, published.checksum)
    except OSError as error:
        raise WeightsError(f"{file}: cannot be read: {error.strerror}") from error


def _cache() -> Path:
    folder = cache_folder()
    if folder is None:
        raise WeightsError(
            f"there is no home folder to keep weights in; set {CACHE_DIR} to a folder that can be "
            f"written, or {WEIGHTS} to one with the file"
        )
    return Path(folder, "weights")


def what_to_put_where(published: PublishedWeights) -> str:
    """The message about weights that are not on this machine and are not fetched."""
    folder = cache_folder()
    looked = [f"{WEIGHTS}={WEIGHTS.text()}" if WEIGHTS.text() else f"{WEIGHTS} (not set)"]
    places = [f"into a folder that {WEIGHTS} names"]
    if folder is not None:
        looked.append(str(Path(folder, "weights")))
        places.append(f"to {Path(folder, 'weights', published.file)}")
    if published.elsewhere is not None:
        looked.append(f"the cache of the library that they are from ({KAGGLEHUB_CACHE})")
    why = f"{OFFLINE} forbids to fetch them" if published.fetched else "never fetched by Poise"
    return (
        f"{published.title}: not on this machine, and {why}\n"
        f"  looked in: {', '.join(looked)}\n"
        f"  file: {published.file}\n"
        f"  from: {published.url}\n"
        f"  fix: copy it {' or '.join(reversed(places))}; or call load_pretrained with its path"
    )
