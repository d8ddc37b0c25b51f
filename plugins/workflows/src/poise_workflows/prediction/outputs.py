"""Where results go, and what is refused before the first frame is predicted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from poise.errors import Fault
from poise.messages import argument, argument_path
from poise_workflows.frames.selections import Selection
from poise_workflows.journal.reading import journal_of
from poise_workflows.prediction.options import OptionsError

SUFFIX = ".slp"


def outputs_of(
    selections: Sequence[Selection], output: str | os.PathLike[str] | None
) -> list[Path]:
    """The ``.slp`` file of each selection.

    Args:
        selections: what is predicted.
        output: a file; or a folder, which is made, for one or several results. By default
            each result lies beside its source, as ``flies.predictions.slp``.

    Raises:
        OptionsError: a path is no ``.slp`` file, or lies in no folder, or two results have one.
    """
    named = None if output is None else Path(output)
    if named is not None and len(selections) > 1 and (named.is_file() or named.suffix == SUFFIX):
        what = f"must be a folder for {len(selections)} results, got {named}"
        raise OptionsError([Fault(what, argument_path("output"))])
    is_folder = named is not None and (named.is_dir() or len(selections) > 1)
    if named is not None and is_folder:
        named.mkdir(parents=True, exist_ok=True)
        outputs = [named / _beside(selection).name for selection in selections]
    else:
        outputs = [named or selection.output or _beside(selection) for selection in selections]
    faults = list(_faults(outputs))
    if faults:
        raise OptionsError(faults)
    return outputs


def refuse_taken(output: Path, *, overwrite: bool) -> None:
    """Refuse an output that is there, unless a journal says that it is of such a run.

    Raises:
        OptionsError: the file would be replaced.
    """
    if overwrite or not output.exists() or journal_of(output).exists():
        return
    what = f"must be free, got {output}, which is there and has no journal"
    fix = f"name another, or pass {argument('overwrite', value='True')} to keep it aside"
    raise OptionsError([Fault(f"{what}; {fix}", argument_path("output"))])


def _beside(selection: Selection) -> Path:
    path = selection.path
    stem = path.name if path.is_dir() else path.stem
    return path.with_name(f"{stem}.predictions{SUFFIX}")


def _faults(outputs: Sequence[Path]) -> Iterator[Fault]:
    where = argument_path("output")
    for output in dict.fromkeys(outputs):
        if output.suffix != SUFFIX:
            yield Fault(f"must end in {SUFFIX}, got {output}; other formats have --format", where)
        if not output.parent.is_dir():
            fix = f"make the folder {output.parent}"
            yield Fault(f"must be in a folder that is there, got {output}; {fix}", where)
        if outputs.count(output) > 1:
            yield Fault(f"must be one file for each source, got {output} for several", where)
