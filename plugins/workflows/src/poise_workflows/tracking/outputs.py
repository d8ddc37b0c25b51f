"""Where the tracks of a label file go, and what is refused before the first frame is tracked."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from poise.errors import Fault
from poise.messages import argument, argument_path
from poise_workflows.prediction.options import OptionsError
from poise_workflows.prediction.outputs import SUFFIX
from poise_workflows.prediction.reports import report_of


def check_paths(predictions: Path, output: Path, *, overwrite: bool) -> None:
    """Refuse paths that cannot be read, written, or that would be replaced.

    Raises:
        OptionsError: lists every fault.
    """
    faults = list(_faults(predictions, output, overwrite=overwrite))
    if faults:
        raise OptionsError(faults)


def refuse_prediction(predictions: Path, models: Sequence[Path], output: Path | None) -> None:
    """Answer who wants to predict and track with the command that does it.

    Raises:
        OptionsError: models are named, or the file is no label file.
    """
    if not models and predictions.suffix == SUFFIX:
        return
    words = ["poise", "predict", str(predictions)]
    for model in models or [Path("MODEL")]:
        words += ["-m", str(model)]
    words += ["--track", "simple", *(["-o", str(output)] if output else [])]
    got = f"{predictions} with a model" if models else str(predictions)
    what = f"must be a {SUFFIX} file that has poses, got {got}"
    fix = f"to predict and track in one go, type\n  {shlex.join(words)}"
    raise OptionsError([Fault(f"{what}; {fix}")])


def _faults(predictions: Path, output: Path, *, overwrite: bool) -> Iterator[Fault]:
    where = argument_path("output")
    if not predictions.is_file():
        what = f"must be a {SUFFIX} file that is there, got {predictions}"
        yield Fault(what, argument_path("predictions"))
    if output.suffix != SUFFIX:
        yield Fault(f"must end in {SUFFIX}, got {output}", where)
    if not output.parent.is_dir():
        fix = f"make the folder {output.parent}"
        yield Fault(f"must be in a folder that is there, got {output}; {fix}", where)
    elif output.exists() and predictions.exists() and output.samefile(predictions):
        what = f"must be another file than the one that is tracked, got {output}"
        yield Fault(f"{what}; name a new one", where)
    elif not overwrite:
        for path in filter(Path.exists, (output, report_of(output))):
            fix = f"name another, or pass {argument('overwrite', value='True')} to keep it aside"
            yield Fault(f"must be free, got {path}; {fix}", where)
