"""Read untrusted zip archives.

Before it unpacks a byte, Poise refuses an archive with a member that leads outside, appears twice,
or unpacks to far more than its packed size.
"""

from __future__ import annotations

import shutil
import stat
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from poise.errors import ConfigError, Fault, PoiseError
from poise.files import MAX_TEXT, leads_outside, open_file, refuse_size
from poise.messages import short_repr

SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
"""The first bytes of an archive, and of an empty archive."""

MAX_RATIO = 100
"""Largest ratio of unpacked to packed size. Weights compress poorly."""

_OF_APPLE = "__MACOSX/"
"""The folder in which macOS stores its own metadata."""


def is_archive(file: Path) -> bool:
    """Whether a file begins like a zip archive."""
    with open_file(file) as stream:
        return stream.read(4) in SIGNATURES


class Archive:
    """An opened archive.

    Args:
        file: its path, for messages.
        zipped: the archive, opened by ``zipfile``.

    Attributes:
        file: its path.
        names: its files in the archive's order, without folders and the metadata of macOS.

    Raises:
        ConfigError: a member leads outside.
    """

    def __init__(self, file: Path, zipped: zipfile.ZipFile) -> None:
        self.file = file
        self._zipped = zipped
        members = dict.fromkeys(zipped.namelist())
        outside = [name for name in members if leads_outside(name)]
        self._refuse(
            [f"members must stay inside, got {short_repr(name)}; zip again" for name in outside]
        )
        files = [name for name in members if not name.endswith("/")]
        self.names: tuple[str, ...] = tuple(
            name for name in files if not name.startswith(_OF_APPLE)
        )

    def read(self, name: str) -> bytes:
        """The bytes of a text member.

        Raises:
            ConfigError: the member exceeds the limit for texts, or cannot be unpacked.
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
            ConfigError: the member cannot be unpacked.
        """
        self.refuse_hostile([name])
        self._copy(name, target)

    @contextmanager
    def unpacked(self, top: str) -> Iterator[Path]:
        """Unpack a folder to a temporary place, which exists until the block ends.

        Args:
            top: the prefix of its members: ``""`` for all members, or as ``"flies/"``.

        Yields:
            The folder, with its name in the archive, or with the name of the archive.

        Raises:
            ConfigError: members must not be unpacked; the error has each of them.
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
            ConfigError: a member appears twice, is encrypted, is a link, or is far larger than
                its packed size; the error has each of them.
        """
        counts = Counter(self._zipped.namelist())
        size = self.file.stat().st_size
        infos = [self._zipped.getinfo(name) for name in dict.fromkeys(names)]
        problems = [problem for info in infos if (problem := _hostile(info, counts, size))]
        total = sum(info.file_size for info in infos)
        if not problems and total > _most(size):  # members may share their bytes
            problems.append(f"members must unpack to at most {_most(size)} bytes, got {total}")
        self._refuse(problems)

    def _copy(self, name: str, target: BinaryIO) -> None:
        with _damage_as_fault(self.file), self._zipped.open(name) as member:
            shutil.copyfileobj(member, target, 2**20)

    def _refuse(self, problems: list[str]) -> None:
        if problems:
            raise ConfigError(map(Fault, problems), str(self.file))


@contextmanager
def open_archive(file: Path) -> Iterator[Archive]:
    """Open a zip archive and check the names in it.

    Raises:
        ConfigError: the archive is damaged, or a member leads outside.
    """
    with ExitStack() as opened:
        with _damage_as_fault(file):
            stream = opened.enter_context(open_file(file))
            zipped = opened.enter_context(zipfile.ZipFile(stream))
        yield Archive(file, zipped)


def _hostile(info: zipfile.ZipInfo, counts: Counter[str], size: int) -> str:
    """Why a member must not be unpacked; empty if it may be."""
    name = info.filename if info.filename.isprintable() else short_repr(info.filename)
    if counts[info.filename] > 1:
        return f"names must be unique, got {short_repr(info.filename)} twice; zip the folder again"
    if info.flag_bits & 1:
        return f"{name} must not be encrypted; zip the folder without a password"
    if stat.S_ISLNK(info.external_attr >> 16):
        return f"{name} must be a file, got a symbolic link; zip what it leads to"
    # The archive states the packed size, which may be wrong on purpose.
    most = _most(min(info.compress_size, size))
    if info.file_size > most:
        return f"{name} must unpack to at most {most} bytes, got {info.file_size}"
    return ""


def _most(packed: int) -> int:
    """The largest unpacked size for a packed size, in bytes."""
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
    except Exception as error:  # errors of zipfile and of the compression methods
        what = f"must be a zip archive, got a damaged one; copy it again: {error}"
        raise ConfigError([Fault(what)], str(file)) from error
