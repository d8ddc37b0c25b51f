"""Zip archives as a stranger may hand them over.

Nothing in an archive leads out of it, unpacks to far more than it is, or is there twice: each of
these is refused before a byte is unpacked.
"""

from __future__ import annotations

import shutil
import stat
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from poise.errors import ConfigError, Fault, PoiseError
from poise.files import MAX_TEXT, leads_outside, refuse_size
from poise.messages import shown

SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
"""The first bytes of an archive, and of one without members."""

MAX_RATIO = 100
"""How many times as large as in the archive a member may become. Weights hardly shrink."""

_OF_APPLE = "__MACOSX/"
"""Where macOS puts what only macOS reads."""


def is_archive(file: Path) -> bool:
    """Whether a file begins as a zip archive does."""
    with file.open("rb") as stream:
        return stream.read(4) in SIGNATURES


class Archive:
    """An opened archive.

    Args:
        file: where it is, for messages.
        zipped: what ``zipfile`` opened.

    Attributes:
        file: where it is.
        names: its files, folders and what macOS adds left out, in the archive's order.

    Raises:
        ConfigError: members lead outside.
    """

    def __init__(self, file: Path, zipped: zipfile.ZipFile) -> None:
        self.file = file
        self._zipped = zipped
        every = zipped.namelist()
        outside = [name for name in dict.fromkeys(every) if leads_outside(name)]
        self._refuse([f"the member {shown(name)} leads outside of the archive" for name in outside])
        files = [name for name in dict.fromkeys(every) if not name.endswith("/")]
        self.names = tuple(name for name in files if not name.startswith(_OF_APPLE))

    def read(self, name: str) -> bytes:
        """The bytes of a member that is text.

        Raises:
            ConfigError: it is larger than a text may be, or cannot be unpacked.
        """
        self.refuse_hostile([name])
        info = self._zipped.getinfo(name)
        try:
            refuse_size(info.file_size, MAX_TEXT, name)
        except ConfigError as error:
            raise error.with_heading(str(self.file)) from None
        with _damage_as_fault(self.file):
            return self._zipped.read(info)

    def copy(self, name: str, target: BinaryIO) -> None:
        """Unpack a member into an opened file.

        Raises:
            ConfigError: it cannot be unpacked.
        """
        self.refuse_hostile([name])
        self._copy(name, target)

    @contextmanager
    def unpacked(self, top: str) -> Iterator[Path]:
        """Unpack a folder to where it lies for the time of the block.

        Args:
            top: what the names of its members begin with: ``""`` for all, or ``"flies/"``.

        Yields:
            The folder, with the name that it has in the archive, or else the archive's own.

        Raises:
            ConfigError: with every member that must not be unpacked.
        """
        names = [name for name in self.names if name.startswith(top)]
        self.refuse_hostile(names)
        with tempfile.TemporaryDirectory(prefix="poise-") as place:
            folder = Path(place, top.strip("/") or self.file.stem or "model")
            with _damage_as_fault(self.file):
                folder.mkdir()
                for name in names:
                    target = folder / name.removeprefix(top)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    with target.open("xb") as stream:
                        self._copy(name, stream)
            yield folder

    def refuse_hostile(self, names: Iterable[str]) -> None:
        """Refuse members that must not be unpacked.

        Raises:
            ConfigError: with each that is there twice, encrypted, a link, or far larger than it is
                in the archive.
        """
        counts = Counter(self._zipped.namelist())
        size = self.file.stat().st_size
        infos = [self._zipped.getinfo(name) for name in dict.fromkeys(names)]
        whats = [what for info in infos if (what := _hostile(info, counts, size))]
        total = sum(info.file_size for info in infos)
        if not whats and total > _most(size):  # members may share their bytes
            whats.append(f"its members would unpack to {total} bytes")
        self._refuse(whats)

    def _copy(self, name: str, target: BinaryIO) -> None:
        with _damage_as_fault(self.file), self._zipped.open(name) as member:
            shutil.copyfileobj(member, target, 2**20)

    def _refuse(self, whats: list[str]) -> None:
        if whats:
            raise ConfigError(map(Fault, whats), str(self.file))


@contextmanager
def open_archive(file: Path) -> Iterator[Archive]:
    """Open a zip archive and look at the names in it.

    Raises:
        ConfigError: it is damaged, or members lead outside.
    """
    with _damage_as_fault(file):
        zipped = zipfile.ZipFile(file)
    with zipped:
        yield Archive(file, zipped)


def _hostile(info: zipfile.ZipInfo, counts: Counter[str], size: int) -> str:
    """Why a member must not be unpacked; empty if nothing speaks against it."""
    name = info.filename if info.filename.isprintable() else shown(info.filename)
    if counts[info.filename] > 1:
        return f"{name} is there twice"
    if info.flag_bits & 1:
        return f"{name} is encrypted"
    if stat.S_ISLNK(info.external_attr >> 16):
        return f"{name} is a symbolic link"
    # The packed size is what the archive says it is, and may be a lie.
    if info.file_size > _most(min(info.compress_size, size)):
        return f"{name} would unpack to {info.file_size} bytes"
    return ""


def _most(packed: int) -> int:
    """To how many bytes so many may unpack."""
    return MAX_RATIO * packed + 2**20


@contextmanager
def _damage_as_fault(file: Path) -> Iterator[None]:
    try:
        yield
    except PoiseError:
        raise
    except OSError as error:
        what = f"the archive cannot be unpacked: {error.strerror or error}"
        raise ConfigError([Fault(what)], str(file)) from error
    except Exception as error:  # of zipfile, and of every method of compression
        raise ConfigError([Fault(f"a damaged archive: {error}")], str(file)) from error
