"""The folder of an export: whether it may be written, and where a draft goes whose proof failed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from poise.errors import Fault
from poise.messages import argument, argument_path
from poise_workflows.exporting.errors import refused

MANIFEST = "manifest.json"
"""The file by which a folder is known as an export."""


def fault_of_place(output: Path, *, overwrite: bool) -> Iterator[Fault]:
    """Why an export cannot be written there."""
    if not os.path.lexists(output):
        parent = next(place for place in output.absolute().parents if os.path.lexists(place))
        if not parent.is_dir():
            what = f"must be a folder in a folder, got {output}, below the file {parent}"
            yield Fault(what, argument_path("output"))
        return
    if not output.is_dir():
        yield Fault(f"must be a folder, got the file {output}", argument_path("output"))
    elif any(output.iterdir()) and not is_export(output):
        what = f"must be a new folder or an export, got {output}, which holds other files"
        yield Fault(what, argument_path("output"))
    elif is_export(output) and not overwrite:
        what = f"must be a new folder, got {output}, which holds an export"
        fix = f"pass {argument('overwrite', value='True')} to replace it"
        yield Fault(f"{what}; {fix}", argument_path("output"))


def is_export(folder: Path) -> bool:
    """Whether a folder is one that ``poise export`` has written."""
    return (folder / MANIFEST).is_file()


def refuse_others(folder: Path) -> None:
    """Refuse to replace what has become another folder since it was checked.

    Raises:
        ExportError: it is no export any more.
    """
    if not is_export(folder):
        raise refused(f"must be an export to be replaced, got {folder}", "output")


def keep_failed(draft: Path, output: Path) -> Path:
    """Give a draft whose proof failed a name of its own: ``OUT.failed``, or with a number.

    Returns:
        Its new path.
    """
    numbered = (f"-{number}" if number > 1 else "" for number in count(1))
    places = (output.with_name(f"{output.name}.failed{number}") for number in numbered)
    return draft.rename(next(place for place in places if not os.path.lexists(place)))
