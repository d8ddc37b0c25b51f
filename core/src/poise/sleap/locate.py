"""Find the file that a path to a SLEAP job leads to."""

from __future__ import annotations

from pathlib import Path

import attrs

from poise.errors import ConfigError, Fault
from poise.files import read_text_of
from poise.messages import listed
from poise.sleap.migration_report import Note

TRAINING, INITIAL = "training_config.json", "initial_config.json"
DOCUMENTED_TRAINING = "training_job.json"
"""The name of ``training_config.json`` in SLEAP's documentation."""


@attrs.frozen
class Located:
    """A located file and its bytes.

    Attributes:
        path: the file.
        content: its bytes.
        notes: how it was chosen, if the path names another file.
    """

    path: Path
    content: bytes = attrs.field(repr=False)
    notes: tuple[Note, ...] = ()

    @property
    def has_weights(self) -> bool:
        """Whether a weights file of SLEAP is in the same folder."""
        return any(self.path.parent.glob("*.h5"))


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
        return Located(path, read_text_of(path), tuple(notes))
    except FileNotFoundError:
        raise ConfigError([Fault(_missing_file(path))]) from None
    except ConfigError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError([Fault(f"cannot be read: {reason}", str(path))]) from None


def _in_folder(folder: Path, notes: list[Note]) -> Path:
    for name in (TRAINING, DOCUMENTED_TRAINING, INITIAL):
        file = folder / name
        if not file.is_file():
            continue
        if name == DOCUMENTED_TRAINING:
            notes.append(Note("aliased", name, f"read as {TRAINING}, as in SLEAP's documentation"))
        elif name == INITIAL:
            what = f"read because {TRAINING} is missing: the settings before training, not after"
            notes.append(Note("derived", name, what))
        return file
    others = sorted(path.name for path in folder.glob("*.json"))
    what = f"the folder has no {TRAINING}"
    if others:
        what += f"; to read one of these, give its path: {listed(others, 5)}"
    inner = sorted(path.parent.name for path in folder.glob(f"*/{TRAINING}"))
    if inner:
        what += f"; model folders inside it: {listed(inner, 5)}"
    raise ConfigError([Fault(what, str(folder))])


def _missing_file(path: Path) -> str:
    what = f"no such file or folder: {path}"
    if path.parent.is_dir():
        others = sorted(file.name for file in path.parent.glob("*.json"))
        if others:
            what += f"; beside it: {listed(others, 5)}"
    return what
