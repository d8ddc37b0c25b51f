"""All access of the queue to files. Simulations replace it."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path

from poise.errors import ConfigError
from poise.files import read_text_of


class Disk:
    """A file system that several machines may see.

    Paths are strings: a listing has thousands of names.
    """

    def names(self, folder: str) -> list[str]:
        """The names in a folder, in any order. They may be old.

        Raises:
            OSError: the folder cannot be listed.
        """
        with os.scandir(folder) as items:
            return [item.name for item in items]

    def exists(self, path: str) -> bool:
        """Whether something has this name. The answer may be old.

        Raises:
            OSError: the system cannot tell.
        """
        try:
            Path(path).lstat()
        except FileNotFoundError:
            return False
        return True

    def rename(self, source: str, target: str) -> None:
        """Give a file or folder another name, in one step.

        Raises:
            OSError: it did not work, or, on a network, it did and the answer was lost.
        """
        Path(source).rename(target)

    def read(self, path: str) -> bytes:
        """The content of a small file.

        Raises:
            OSError: it cannot be read, is no file, or is larger than a text may be.
        """
        try:
            return read_text_of(Path(path))
        except ConfigError as error:
            raise OSError(errno.EINVAL, error.one_line(), path) from None

    def write(self, path: str, content: bytes) -> None:
        """Write a small file, which appears whole or not at all.

        Raises:
            OSError: it cannot be written. A former file stays as it is.
        """
        draft = Path(f"{path}.{os.urandom(4).hex()}.part")
        try:
            draft.write_bytes(content)
            draft.replace(path)
        except BaseException:
            with suppress(OSError):
                draft.unlink()
            raise

    def write_mark(self, path: str) -> None:
        """Write an empty file into a folder that nobody looks into yet.

        Raises:
            OSError: it cannot be written.
        """
        Path(path).touch()

    def remove(self, path: str) -> None:
        """Remove a file, or a folder with everything in it, that may have gone already.

        Raises:
            OSError: it stays.
        """
        place = Path(path)
        if place.is_dir():
            shutil.rmtree(place, ignore_errors=True)
        else:
            place.unlink(missing_ok=True)

    def make_folder(self, path: str) -> None:
        """Make a folder and its parents, unless they are there.

        Raises:
            OSError: it cannot be made.
        """
        Path(path).mkdir(parents=True, exist_ok=True)

    def room(self, folder: str) -> int:
        """Bytes that are free where a folder lies.

        Raises:
            OSError: the system cannot tell.
        """
        return shutil.disk_usage(folder).free
