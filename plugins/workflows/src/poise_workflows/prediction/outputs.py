"""Where results go, and what is refused before the first frame is predicted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from poise.errors import Fault
from poise.messages import argument, argument_path, suggestion
from poise_workflows.frames.selections import Selection
from poise_workflows.journal.errors import JournalError, unwritable
from poise_workflows.journal.reading import Recorded, journal_of, read_journal
from poise_workflows.prediction.options import OptionsError
from poise_workflows.results.formats import FORMATS

SUFFIX = ".slp"


def outputs_of(
    selections: Sequence[Selection], output: str | os.PathLike[str] | None
) -> list[Path]:
    """The ``.slp`` file of each selection.

    Args:
        selections: what is predicted.
        output: a file; or a folder, which the run makes, for one or several results. By
            default each result lies beside its source, as ``flies.predictions.slp``.

    Raises:
        OptionsError: a path is no ``.slp`` file, or lies in no folder, or two results have one.
    """
    named = None if output is None else Path(output)
    if named is not None and len(selections) > 1 and (named.is_file() or named.suffix == SUFFIX):
        what = f"must be a folder for {len(selections)} results, got {named}"
        raise OptionsError([Fault(what, argument_path("output"))])
    is_folder = named is not None and (named.is_dir() or len(selections) > 1)
    if named is not None and is_folder:
        outputs = [named / _beside(selection).name for selection in selections]
    else:
        outputs = [named or selection.output or _beside(selection) for selection in selections]
    faults = list(_faults(outputs, is_folder=is_folder))
    if faults:
        raise OptionsError(faults)
    return outputs


def refuse_taken(path: Path, *, overwrite: bool, output: Path | None = None) -> None:
    """Refuse a file that is there, unless a journal says that such a run has written it.

    Args:
        path: the file.
        overwrite: whether it may be replaced.
        output: the result beside whose name the journal is; by default the file itself.

    Raises:
        OptionsError: the file would be replaced.
        JournalError: the journal is damaged.
    """
    if overwrite or not path.exists():
        return
    recorded = recorded_beside(output or path, is_needed=True)
    if recorded is not None and recorded.report is not None:
        return
    why = "has no journal" if recorded is None else "its journal is of a run that is not finished"
    what = f"must be free, got {path}, which is there and {why}"
    fix = f"name another, or pass {argument('overwrite', value='True')} to keep it aside"
    raise OptionsError([Fault(f"{what}; {fix}", argument_path("output"))])


def recorded_beside(output: Path, *, is_needed: bool = False) -> Recorded | None:
    """What the journal beside an output says; ``None`` if there is none.

    Args:
        output: the result.
        is_needed: whether a journal that cannot be read is an error; else it is as none.

    Raises:
        JournalError: it is damaged.
    """
    try:
        return read_journal(journal_of(output))
    except FileNotFoundError:
        return None
    except OSError as error:
        if is_needed:
            raise unwritable(journal_of(output), error) from None
    except JournalError:
        if is_needed:
            raise
    return None


def check_format(name: str) -> None:
    """Refuse a format that there is not.

    Raises:
        OptionsError: it is neither ``"slp"`` nor one of ``FORMATS``.
    """
    names = ["slp", *FORMATS]
    if name not in names:
        what = f"must be a format, got {name!r}; {suggestion(name, names)}"
        raise OptionsError([Fault(what, argument_path("format"))])


def project_of(
    merge: str | os.PathLike[str] | None,
    outputs: Sequence[Path],
    output: str | os.PathLike[str] | None,
) -> Path | None:
    """The project into a copy of which poses are put.

    Args:
        merge: the project; ``None`` for none.
        outputs: the results.
        output: what the user named.

    Raises:
        OptionsError: it is not there, or there are several results, or none was named.
    """
    if merge is None:
        return None
    project, where = Path(merge), argument_path("merge")
    if not project.is_file() or project.suffix != SUFFIX:
        raise OptionsError([Fault(f"must be a project, a .slp file, got {project}", where)])
    if len(outputs) != 1 or output is None:
        what = f"must be named for one result, got {len(outputs)}"
        raise OptionsError([Fault(f"{what}; name one source and the new project", where)])
    if outputs[0].exists() and outputs[0].samefile(project):
        what = f"must be another file than the project, got {project}"
        raise OptionsError([Fault(f"{what}; name a new one", argument_path("output"))])
    return project


def _beside(selection: Selection) -> Path:
    path = selection.path
    stem = path.name if path.is_dir() else path.stem
    return path.with_name(f"{stem}.predictions{SUFFIX}")


def _faults(outputs: Sequence[Path], *, is_folder: bool) -> Iterator[Fault]:
    where = argument_path("output")
    for output in dict.fromkeys(outputs):
        if output.suffix != SUFFIX:
            yield Fault(f"must end in {SUFFIX}, got {output}; other formats have --format", where)
        if not (is_folder or output.parent.is_dir()):
            fix = f"make the folder {output.parent}"
            yield Fault(f"must be in a folder that is there, got {output}; {fix}", where)
        if outputs.count(output) > 1:
            yield Fault(f"must be one file for each source, got {output} for several", where)
