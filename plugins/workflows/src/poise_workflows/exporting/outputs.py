"""The folder of an export: whether it may be written, and where a draft goes whose proof failed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatch
from itertools import count
from pathlib import Path

from poise.errors import Fault, PoiseError
from poise.files import read_text_of
from poise.messages import argument, argument_path
from poise.wire.text import read_json
from poise_workflows.exporting.errors import refused
from poise_workflows.journal.aside import set_aside

MANIFEST = "manifest.json"
"""The file by which a folder is known as an export."""

SLEAP_HAS, SLEAP_MAY_HAVE = "frozen_graph.pb", ("info.json", "*_config.json")
"""Files of SLEAP's exports. A folder with others may be more than an export, as that of a model."""


def fault_of_place(output: Path, *, overwrite: bool, renew: bool = False) -> Iterator[Fault]:
    """Why an export cannot be written there."""
    if not os.path.lexists(output):
        parent = next(place for place in output.absolute().parents if os.path.lexists(place))
        if not parent.is_dir():
            what = f"must be a folder in a folder, got {output}, below the file {parent}"
            yield Fault(what, argument_path("output"))
        return
    if not output.is_dir():
        yield Fault(f"must be a folder, got the file {output}", argument_path("output"))
    elif renew and is_export_of_sleap(output):
        return
    elif any(output.iterdir()) and not may_be_replaced(output):
        what = f"must be a new folder or an export, got {output}, which holds other files"
        yield Fault(what, argument_path("output"))
    elif may_be_replaced(output) and not (overwrite or renew):
        what = f"must be a new folder, got {output}, which holds an export"
        keep = f"or {argument('renew', value='True')} to keep it under a numbered name"
        fix = f"pass {argument('overwrite', value='True')} to replace it, {keep}"
        yield Fault(f"{what}; {fix}", argument_path("output"))


def is_export(folder: Path) -> bool:
    """Whether a folder is taken for an export, which may be damaged."""
    return (folder / MANIFEST).is_file()


def may_be_replaced(folder: Path) -> bool:
    """Whether ``poise export`` has written a folder.

    Others have a file of this name, too, as web pages do: nobody may lose those.
    """
    try:
        data = read_json(read_text_of(folder / MANIFEST))
    except (OSError, PoiseError):
        return False
    return isinstance(data, dict) and {"format", "proof", "poise"} <= data.keys()


def is_export_of_sleap(folder: Path) -> bool:
    """Whether a folder holds an export of SLEAP, and nothing else."""
    names = {path.name for path in folder.iterdir()}
    rest = {name for name in names if not any(fnmatch(name, each) for each in SLEAP_MAY_HAVE)}
    return rest == {SLEAP_HAS}


def keep_former(output: Path) -> Path | None:
    """Give an export that is there a numbered name.

    Returns:
        Its new path; ``None`` if there is nothing.

    Raises:
        ExportError: it is no export any more.
        OSError: it cannot be renamed.
    """
    place = output.resolve()  # not a link to it: the new export takes the place of the folder
    if not place.is_dir() or not any(place.iterdir()):
        return None
    if not is_export_of_sleap(place):
        refuse_others(place)
    return set_aside(place)


def refuse_others(folder: Path) -> None:
    """Refuse to replace what has become another folder since it was checked.

    Raises:
        ExportError: it is no export any more.
    """
    if not may_be_replaced(folder):
        raise refused(f"must be an export to be replaced, got {folder}", "output")


def keep_failed(draft: Path, output: Path) -> Path:
    """Give a draft whose proof failed a name of its own: ``OUT.failed``, or with a number.

    Returns:
        Its new path.
    """
    numbered = (f"-{number}" if number > 1 else "" for number in count(1))
    places = (output.with_name(f"{output.name}.failed{number}") for number in numbered)
    return draft.rename(next(place for place in places if not os.path.lexists(place)))
