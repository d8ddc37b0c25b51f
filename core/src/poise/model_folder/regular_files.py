"""Open a file of a model folder: a regular file, and no link to one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BufferedReader
from pathlib import Path

from poise import files
from poise.errors import BundleError, ConfigError


@contextmanager
def open_file(path: Path) -> Iterator[BufferedReader]:
    """Open a file for reading, and be sure that it is one.

    Raises:
        BundleError: it cannot be read, or is something else.
    """
    with ExitStack() as door:
        try:
            # A link that has just replaced a file must not be followed.
            stream = door.enter_context(files.open_file(path, follow_links=False))
        except OSError as error:
            raise BundleError(f"{path}: cannot be read: {error.strerror}") from error
        except ConfigError as error:
            raise BundleError(str(error)) from None
        yield stream
