"""A run comes into being, and is gone again if it is refused before anything was trained.

Some faults show only once the network is built or the images are decoded. They, too, leave
everything as it was: folders that were made are removed, and one that was set aside comes back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import attrs

from poise.errors import Fault, PoiseError
from poise.messages import argument_path, described
from poise.writing.drafts import remove
from poise_workflows.training.errors import DivergedError, MemoryUsedUpError, RunError
from poise_workflows.training.run_folders import RunFolder, create, set_run_aside


@attrs.define
class Place:
    """Where a run begins.

    Attributes:
        path: of its folder.
        aside: where that is now what was there; ``None`` if nothing was.
        folder: the folder, once it is made.
    """

    path: Path
    aside: Path | None = None
    folder: RunFolder | None = None

    def create(self, **files: Any) -> RunFolder:
        """Make the folder, with all that ``run_folders.create`` takes.

        Raises:
            RunError: it cannot be made there.
            OSError: the disk does not take it.
        """
        try:
            self.folder = create(self.path, **files)
        except (FileExistsError, FileNotFoundError, NotADirectoryError, PermissionError) as error:
            got = f"{self.path} ({described(error)})"
            what = f"must be in a folder that Poise can write, got {got}; name another one"
            raise RunError([Fault(what, argument_path("run"))]) from None
        return self.folder


@contextmanager
def place_for(path: Path, *, is_taken: bool) -> Iterator[Place]:
    """Make place for the folder of a run.

    Args:
        path: where.
        is_taken: whether what is there is kept under a numbered name.

    Raises:
        RunError: what is there is no run.
        OSError: it cannot be renamed.
    """
    parents = [parent for parent in path.absolute().parents if not parent.exists()]
    was_empty = path.is_dir() and not any(path.iterdir())
    place = Place(path, set_run_aside(path) if is_taken else None)
    try:
        yield place
    except (DivergedError, MemoryUsedUpError):
        raise  # the folder says how far it came
    except PoiseError:
        if place.folder is not None and not place.folder.state.is_file():
            remove(path)
        raise
    finally:
        if not path.exists():
            _put_back(place, parents, was_empty=was_empty)


def _put_back(place: Place, parents: list[Path], *, was_empty: bool) -> None:
    if was_empty:
        place.path.mkdir()
    elif place.aside is not None:
        place.aside.rename(place.path)
    for parent in parents:
        with suppress(OSError):  # another process has put something there
            parent.rmdir()
