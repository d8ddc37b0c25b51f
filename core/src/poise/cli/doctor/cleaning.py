"""Drafts of processes that died: removed, or given back their name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from poise.settings import cache_folder
from poise.writing.drafts import FORMER, all_left, is_left, place_of, remove
from poise.writing.whole_folders import restore


class Cleaned(NamedTuple):
    """A draft, and what became of it.

    Attributes:
        path: the draft.
        what: what became of it, in words.
        is_done: whether it is gone.
    """

    path: Path
    what: str
    is_done: bool = True


def clean(folders: Iterable[Path]) -> Iterator[Cleaned]:
    """Remove what processes that died have left in folders, and in folders within.

    A model whose replacement was interrupted gets its name back.

    Args:
        folders: where to look; the cache folder is looked through in addition.
    """
    cache = cache_folder()
    places = [*folders, *([Path(cache)] if cache else [])]
    for path in dict.fromkeys(path for place in places for path in all_left(place.resolve())):
        yield _cleaned(path)


def _cleaned(path: Path) -> Cleaned:
    place = place_of(path)
    if path.name.endswith(f".{FORMER}") and not is_left(path):
        if restore(place) and not os.path.lexists(path):
            return Cleaned(path, f"is {place.name} again")
        return Cleaned(path, f"could not be renamed to {place.name}", is_done=False)
    is_done = remove(path)
    return Cleaned(path, "is removed" if is_done else "could not be removed", is_done)
