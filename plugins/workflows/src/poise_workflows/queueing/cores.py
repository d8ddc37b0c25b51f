"""How many cores a process may use: those of its affinity, and of the group that it is in."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from poise_workflows.control_groups import GROUPS, OWN, groups_of

THREADS = (
    "OMP_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
)
"""Environment variables by which a process that starts learns how many threads compute."""


def allowed_cores(groups: Path = GROUPS, own: Path = OWN) -> tuple[int, ...]:
    """The numbers of the cores that this process may use.

    Where a control group gives less time than that of all of them, there are fewer.

    Args:
        groups: where Linux shows control groups.
        own: where it says in which this process is.
    """
    if hasattr(os, "sched_getaffinity"):
        cores = sorted(os.sched_getaffinity(0))
    else:
        cores = list(range(os.cpu_count() or 1))
    most = min([len(cores), *_quotas(groups, own)])
    return tuple(cores[: max(1, int(most))])


def _quotas(groups: Path, own: Path) -> Iterator[float]:
    """How many cores' time each group gives."""
    for folder in groups_of("cpu", groups, own):
        quota, period = _texts(folder / "cpu.max", 2)
        if quota is None:  # version 1
            (quota,) = _texts(folder / "cpu.cfs_quota_us", 1)
            (period,) = _texts(folder / "cpu.cfs_period_us", 1)
        if quota is not None and period and quota > 0:
            yield quota / period


def _texts(file: Path, count: int) -> Sequence[float | None]:
    """The numbers in a file; ``None`` for each that is missing, or is ``max``."""
    try:
        words = file.read_text("ascii").split()
    except (OSError, ValueError):
        words = []
    numbers = [float(word) if word.lstrip("-").isdecimal() else None for word in words[:count]]
    return [*numbers, *[None] * (count - len(numbers))]


def shares_of(cores: Sequence[int], count: int) -> list[tuple[int, ...]]:
    """The cores of each of several workers. Where there are too few, workers share one.

    Args:
        cores: their numbers.
        count: of workers.
    """
    if count >= len(cores):
        return [(cores[index % len(cores)],) for index in range(count)]
    each, rest = divmod(len(cores), count)
    shares, start = [], 0
    for index in range(count):
        end = start + each + (index < rest)
        shares.append(tuple(cores[start:end]))
        start = end
    return shares


def thread_settings(count: int) -> Mapping[str, str]:
    """The environment of a process in which so many threads compute."""
    return {**dict.fromkeys(THREADS, str(count)), "TF_NUM_INTEROP_THREADS": "1"}
