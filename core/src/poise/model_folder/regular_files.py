"""Open a file of a model folder: a regular file, and no link to one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from poise.errors import BundleError
from poise.files import kind_of_mode

# A pipe must not block, and a link that has just replaced a file must not be followed.
_FLAGS = os.O_RDONLY
for _name in ("O_BINARY", "O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK"):  # Windows lacks some
    _FLAGS |= getattr(os, _name, 0)


@contextmanager
def open_file(path: Path) -> Iterator[BufferedReader]:
    """Open a file for reading, and be sure that it is one.

    Raises:
        BundleError: it cannot be read, or is something else.
    """
    try:
        number = os.open(path, _FLAGS)
    except OSError as error:
        raise BundleError(f"{path}: cannot be read: {error.strerror}") from error
    kind = kind_of_mode(os.fstat(number).st_mode)
    if kind != "file":
        os.close(number)
        raise BundleError(f"{path}: must be a file, got a {kind}")
    with os.fdopen(number, "rb") as stream:
        yield stream
