"""The machine that a network is measured on."""

from __future__ import annotations

import os
import platform
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

PROCESSORS = Path("/proc/cpuinfo")
"""Where Linux describes each processor."""

VECTORS = {"avx512f": "AVX-512", "avx2": "AVX2", "asimd": "NEON"}
"""A processor's flag → the instructions for vectors that it stands for, the widest ones first."""


def machine() -> dict[str, Any]:
    """The processor and its vectors, the number of cores that may be used, memory, and system."""
    count = None
    with suppress(AttributeError, NotImplementedError):  # not on macOS
        count = len(psutil.Process().cpu_affinity())
    description = ""
    with suppress(OSError):  # other systems than Linux
        description = PROCESSORS.read_text(encoding="utf-8", errors="replace")
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "processor": processor_of(description) or platform.processor() or platform.machine(),
        "vectors": vectors_of(description),
        "cores": count or os.cpu_count(),
        "memory": psutil.virtual_memory().total,
    }


def processor_of(description: str) -> str:
    """The name of the first processor that Linux describes; empty if it names none."""
    named = re.search(r"^model name\s*:(.*)$", description, re.MULTILINE)
    return " ".join(named[1].split()) if named else ""


def vectors_of(description: str) -> str:
    """The widest instructions for vectors of a description; empty if it tells none."""
    told = re.search(r"^(?:flags|Features)\s*:(.*)$", description, re.MULTILINE)
    flags = told[1].split() if told else []
    return next((name for flag, name in VECTORS.items() if flag in flags), "")
