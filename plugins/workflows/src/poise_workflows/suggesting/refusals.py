"""What is refused before anything is read: options out of their domain, paths that cannot be."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from poise.errors import Fault
from poise.messages import argument, argument_path, short_repr
from poise_workflows.prediction.outputs import SUFFIX


def option_faults(count: Any, min_gap: Any) -> Iterator[Fault]:
    """What is wrong with the numbers."""
    if not _is_whole(count, 1):
        what = f"must be a whole number from 1, got {short_repr(count)}"
        yield Fault(what, argument_path("n"))
    if min_gap is not None and not _is_whole(min_gap, 0):
        what = f"must be a whole number of frames from 0, got {short_repr(min_gap)}"
        yield Fault(what, argument_path("min_gap"))


def _is_whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def path_faults(predicted: Any, output: Any, *, overwrite: bool) -> Iterator[Fault]:
    """What is wrong with the paths."""
    if not isinstance(predicted, str | os.PathLike):
        what = f"must be the path of a {SUFFIX} file, got {type(predicted).__name__}"
        yield Fault(f"{what}; save it first", argument_path("predicted"))
    else:
        yield from _source_faults(Path(predicted))
    if not isinstance(output, str | os.PathLike):
        what = f"must be the path of a new {SUFFIX} file, got {short_repr(output)}"
        yield Fault(what, argument_path("output"))
    else:
        source = Path(predicted) if isinstance(predicted, str | os.PathLike) else None
        yield from _output_faults(source, Path(output), overwrite=overwrite)


def _source_faults(predicted: Path) -> Iterator[Fault]:
    where = argument_path("predicted")
    if predicted.is_dir():
        yield Fault(f"must be a {SUFFIX} file, got the folder {predicted}", where)
    elif not predicted.exists():
        yield Fault(f"must be a {SUFFIX} file that is there, got {predicted}", where)
    elif predicted.suffix.lower() != SUFFIX:
        fix = f"predict it first: poise predict {predicted} -m MODEL"
        yield Fault(f"must be a {SUFFIX} file with predictions, got {predicted}; {fix}", where)


def _output_faults(predicted: Path | None, output: Path, *, overwrite: bool) -> Iterator[Fault]:
    where = argument_path("output")
    if output.suffix.lower() != SUFFIX:
        yield Fault(f"must end in {SUFFIX}, got {output}", where)
    if output.is_dir():
        yield Fault(f"must be a file, got the folder {output}", where)
    elif not output.parent.is_dir():
        fix = f"make the folder {output.parent}"
        yield Fault(f"must be in a folder that is there, got {output}; {fix}", where)
    elif predicted is not None and _are_one(predicted, output):
        what = f"must be another file than the predictions, got {output}"
        yield Fault(f"{what}; name a new one", where)
    elif os.path.lexists(output) and not overwrite:
        fix = f"name another, or pass {argument('overwrite', value='True')} to keep it aside"
        yield Fault(f"must be free, got {output}; {fix}", where)


def _are_one(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)
