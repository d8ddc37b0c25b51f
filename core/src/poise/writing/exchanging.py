"""Two folders change places in one step."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

_HERE = -100  # AT_FDCWD
_EXCHANGE = 2  # RENAME_EXCHANGE
_UNABLE = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)


def exchange(one: Path, other: Path) -> bool:
    """Exchange two folders of one file system, so that each name leads to one at any time.

    Returns:
        Whether it is done. If not, the system or the file system cannot do it.

    Raises:
        OSError: it can, but not with these two.
    """
    rename = _renameat2()
    if rename is None:
        return False
    if not rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE):
        return True
    number = ctypes.get_errno()
    if number in _UNABLE:
        return False
    raise OSError(number, os.strerror(number), str(other))


@cache
def _renameat2() -> Any:
    """The function of the C library; ``None`` where there is none."""
    if sys.platform != "linux":
        return None
    try:
        function = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return None
    text = ctypes.c_char_p
    function.argtypes = (ctypes.c_int, text, ctypes.c_int, text, ctypes.c_uint)
    return function
