"""SLEAP's names of the folders of runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, count
from pathlib import Path
from time import strftime

from poise.job.sections import OutputsConfig

STAMP = "%y%m%d_%H%M%S"
STAMP_AS_GLOB = "[0-9]" * 6 + "_" + "[0-9]" * 6


def default_name(head: str, frames: int, stamp: str | None = None) -> str:
    """The name of a run that has none.

    Args:
        head: the key of the head type.
        frames: how many train and validate.
        stamp: the time; by default now.
    """
    return f"{strftime(STAMP) if stamp is None else stamp}.{head}.n={frames}"


def paths_of(outputs: OutputsConfig, name: str) -> Iterator[Path]:
    """Where the folder of a run may be, the place to take first.

    A job without a suffix has further places: SLEAP takes the first that is free.

    Args:
        outputs: of the job.
        name: of the run.
    """
    suffix = outputs.run_name_suffix
    ends = chain([""], (f"_{number}" for number in count(1))) if suffix is None else [suffix]
    for end in ends:
        yield Path(outputs.runs_folder) / f"{outputs.run_name_prefix or ''}{name}{end}"


def first_free(paths: Iterator[Path], is_ours: Callable[[Path], bool]) -> Path:
    """The first path where nothing is, or a run that goes on; the last path if there is none."""
    path = Path()
    for path in paths:
        if is_ours(path) or not path.exists():
            break
    return path
