"""Hostile cases and their registry."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import attrs

Writer = Callable[[Path], Path]
"""Write files into an empty folder, and return the path to pass to a reader."""

COMMAND = "touch executed"
"""The command of payloads. If anything ran it, the readers' working folder would show it."""


@attrs.frozen
class Case:
    """A file or folder that is malicious or damaged.

    Attributes:
        name: what it is, in words.
        kind: which readers read it, see ``hostile_readers.READERS``.
        write: writes it.
        says: regular expression that every refusal matches; ``None`` if the file is odd but
            no reader has a reason to refuse it.
        readers: the readers that refuse it, if others have no reason to.
    """

    name: str
    kind: str
    write: Writer
    says: str | None
    readers: tuple[str, ...] = ()


CASES: dict[str, Case] = {}
"""Every case by name."""


def case(
    kind: str, says: str | None, name: str = "", readers: tuple[str, ...] = ()
) -> Callable[[Writer], Writer]:
    """Register a writer as a case, named after the function unless ``name`` is passed."""

    def register(write: Writer) -> Writer:
        full = f"{kind}: {name or write.__name__.replace('_', ' ').strip()}"
        assert full not in CASES, full
        CASES[full] = Case(full, kind, write, says, readers)
        return write

    return register


def sparse(size: int, file: str) -> Writer:
    """A writer of one file of zero bytes, which takes no space on disk."""

    def write(folder: Path) -> Path:
        with (folder / file).open("wb") as stream:
            stream.truncate(size)
        return folder / file

    return write


def holding(content: str | bytes, file: str) -> Writer:
    """A writer of one file."""
    data = content.encode() if isinstance(content, str) else content

    def write(folder: Path) -> Path:
        (folder / file).write_bytes(data)
        return folder / file

    return write
