"""How much memory a process has taken, on every system."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil


def peak_memory() -> int:
    """The most resident memory that this process has had at a time, in bytes."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    if sys.platform == "linux":  # `getrusage` counts the process that started this one, too
        lines = Path("/proc/self/status").read_text("utf-8").splitlines()
        line = next(line for line in lines if line.startswith("VmHWM:"))
        return 1024 * int(line.split()[1])
    import resource

    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)  # bytes on macOS
