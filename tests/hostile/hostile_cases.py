"""What a hostile case is, and where cases are kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import attrs

Writer = Callable[[Path], Path]
"""Writes files into an empty folder and gives the path that a reader is called with."""

COMMAND = "touch executed"
"""What payloads run, if anything runs them. The folder that readers work in would show it."""


@attrs.frozen
class Case:
    """A file, or a folder, that somebody made with ill intent, or that was damaged.

    Attributes:
        name: what it is, in words.
        kind: which readers are called with it, see ``hostile_readers.READERS``.
        write: makes it.
        says: what every refusal says, as a regular expression; ``None`` where the file is
            odd and no reader has a reason to refuse it.
        readers: the readers that refuse it, where others have no reason to.
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
    """Register a writer as a case, by its own name unless another is given."""

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
