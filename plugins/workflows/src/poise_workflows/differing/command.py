"""``poise diff``: the command."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from poise.cli.commands import complain, complain_of_faults, import_keras, say_json
from poise.errors import FaultsError, PoiseError
from poise.processes.output import output_to_stderr

if TYPE_CHECKING:
    from poise_workflows.differing.results import Diff

EPILOG = """\b
Examples:
  poise diff models/flies models/flies.bottomup
  poise diff models/flies profile.json --spelled
  poise diff profile.json baseline.centroid        a file and a profile
  poise diff models/flies models/flies.bottomup --tolerance 1e-6 --arrays
  poise diff profile.json new.json --ignore outputs --ignore data.labels
  poise diff models/flies profile.json --json | jq '.fields[].path'
"""

DIFFERENT, NOT_COMPARED = 1, 2


@click.command("diff", epilog=EPILOG)
@click.argument("a", type=click.Path(path_type=Path))
@click.argument("b", type=click.Path(path_type=Path))
@click.option(
    "--tolerance",
    metavar="NUMBER",
    type=float,
    default=0.0,
    show_default=True,
    help="The absolute difference of two numbers of an array that still counts as equal.",
)
@click.option(
    "--ignore",
    metavar="PATH",
    multiple=True,
    help="A field that does not count, with everything below it, as outputs. Repeatable.",
)
@click.option("--layers", is_flag=True, help="Show every layer that differs, not ten.")
@click.option("--arrays", is_flag=True, help="Show every array that differs, not ten.")
@click.option(
    "--spelled",
    is_flag=True,
    help="Also show equal fields that one file spells and the other leaves at the default.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object, for programs.")
def command(
    a: Path,
    b: Path,
    tolerance: float,
    ignore: tuple[str, ...],
    layers: bool,
    arrays: bool,
    spelled: bool,
    as_json: bool,
) -> int:
    """Show what differs between two configurations, model folders or profiles.

    A and B are what `poise check` takes, or names of profiles. Fields are compared with their
    defaults: a field that one file leaves out equals the default in the other. Layers are built
    where the fields differ; arrays are read from the files of weights.

    Exit status: 0 equal; 1 different; 2 they cannot be compared.
    """
    try:
        with output_to_stderr() if as_json else nullcontext():
            diff = _compared(a, b, tolerance, ignore)
    except FaultsError as error:
        complain_of_faults(_file_of(error, a, b), error)
        return NOT_COMPARED
    except PoiseError as error:
        complain(str(error))
        return NOT_COMPARED
    if as_json:
        say_json(diff.as_data())
    else:
        from poise_workflows.differing.saying import say_diff

        say_diff(diff, layers=layers, arrays=arrays, spelled=spelled)
    return 0 if diff.equal else DIFFERENT


def _compared(a: Path, b: Path, tolerance: float, ignore: tuple[str, ...]) -> Diff:
    from poise_workflows.differing.pairs import read_pair
    from poise_workflows.differing.workflow import check_tolerance, compare

    check_tolerance(tolerance)
    pair = read_pair(a, b, ignore=ignore)
    if pair.must_build:
        import_keras()
    return compare(pair, tolerance)


def _file_of(error: FaultsError, a: Path, b: Path) -> Path:
    """The file that an error is about, by its heading."""
    return b if error.heading.startswith(str(b)) else a
