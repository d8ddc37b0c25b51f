"""Find the file that a path to a SLEAP job leads to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import attrs

from poise.errors import ConfigError, Fault
from poise.files import read_text_of
from poise.messages import join_names
from poise.sleap.migration_report import Note
from poise.wire.foreign import YAML, foreign_folder, refuse_foreign

TRAINING, INITIAL = "training_config.json", "initial_config.json"
DOCUMENTED_TRAINING = "training_job.json"
"""The name of ``training_config.json`` in SLEAP's documentation."""

NAMES = (TRAINING, DOCUMENTED_TRAINING, INITIAL)
"""The configurations of a model folder, the one to read first."""

_CHOSEN = {
    TRAINING: (),
    DOCUMENTED_TRAINING: (
        Note("aliased", DOCUMENTED_TRAINING, f"read as {TRAINING}, as in SLEAP's documentation"),
    ),
    INITIAL: (
        Note(
            "derived",
            INITIAL,
            f"read because {TRAINING} is missing: the settings before training, not after",
        ),
    ),
}


@attrs.frozen
class Located:
    """A located file and its bytes.

    Attributes:
        path: the file.
        content: its bytes.
        notes: how it was chosen, if the path names another file.
        has_weights: whether a weights file of SLEAP is in the same folder.
    """

    path: Path
    content: bytes = attrs.field(repr=False)
    notes: tuple[Note, ...] = ()
    has_weights: bool = False


def locate(path: Path, *, prefer_training: bool = True) -> Located:
    """Find and read the configuration that ``path`` leads to.

    In a folder, that is ``training_config.json``, else ``training_job.json``, else
    ``initial_config.json``.

    Raises:
        ConfigError: no such file exists, or it cannot be opened.
    """
    notes: list[Note] = []
    if path.is_dir():
        path = _in_folder(path, notes)
    elif prefer_training and path.name.endswith(INITIAL):
        sibling = path.parent / TRAINING
        if sibling.is_file():
            what = f"read from {TRAINING} beside it, which training wrote; {INITIAL} is not read"
            notes.append(Note("derived", path.name, what))
            path = sibling
    try:
        refuse_foreign(path, "configuration")
        has_weights = any(path.parent.glob("*.h5"))
        return Located(path, read_text_of(path), tuple(notes), has_weights)
    except FileNotFoundError:
        raise ConfigError([Fault(_missing_file(path))]) from None
    except ConfigError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError([Fault(f"cannot be read: {reason}")], str(path)) from None


def chosen(is_there: Callable[[str], bool]) -> tuple[str, tuple[Note, ...]] | None:
    """Which file of a folder to read, and a note if that is not what training wrote.

    Args:
        is_there: whether the folder has a file of that name.
    """
    for name in NAMES:
        if is_there(name):
            return name, _CHOSEN[name]
    return None


def _in_folder(folder: Path, notes: list[Note]) -> Path:
    choice = chosen(lambda name: (folder / name).is_file())
    if choice is not None:
        name, why = choice
        notes += why
        return folder / name
    foreign = foreign_folder(folder)
    if foreign is not None:
        raise ConfigError([Fault(foreign.refused_as("configuration"))], str(folder))
    others = sorted(path.name for path in folder.glob("*") if path.name.endswith((".json", *YAML)))
    what = f"the folder has no {TRAINING}"
    if others:
        what += f"; to read one of these, give its path: {join_names(others, 5)}"
    inner = sorted(path.parent.name for path in folder.glob(f"*/{TRAINING}"))
    if inner:
        what += f"; model folders inside it: {join_names(inner, 5)}"
    raise ConfigError([Fault(what)], str(folder))


def _missing_file(path: Path) -> str:
    what = f"no such file or folder: {path}"
    if path.parent.is_dir():
        others = sorted(file.name for file in path.parent.glob("*.json"))
        if others:
            what += f"; beside it: {join_names(others, 5)}"
    return what
