"""``poise evaluate``: the command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from poise.cli.commands import complain, say, say_json
from poise.editions import DOCUMENTED, EDITIONS
from poise.errors import FaultsError

EPILOG = """\b
Examples:
  poise evaluate labels.slp flies.slp
  poise evaluate labels.slp flies.slp -o metrics.json
  poise evaluate labels.slp flies.slp -o metrics.npz --edition sleap-1.4
"""


@click.command("evaluate", epilog=EPILOG)
@click.argument("truth", type=click.Path(path_type=Path))
@click.argument("predicted", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    type=click.Path(path_type=Path),
    help="A file for the metrics: .json for figures, .npz for arrays by SLEAP's names.",
)
@click.option(
    "--edition",
    default=DOCUMENTED,
    show_default=True,
    type=click.Choice(EDITIONS),
    help="Of the metrics: all, or SLEAP's alone with SLEAP's numbers.",
)
@click.option(
    "--user-labels-only/--all-labels",
    default=True,
    show_default=True,
    help="Only what people labeled in TRUTH counts, or its predictions, too.",
)
@click.option(
    "--oks-stddev",
    type=float,
    default=0.025,
    show_default=True,
    help="How far off a part may be, as a part of the animal's size.",
)
@click.option(
    "--oks-scale",
    type=float,
    metavar="AREA",
    help="Area of an animal in square pixels; by default that of its box.",
)
@click.option(
    "--match-threshold",
    type=float,
    default=0.0,
    show_default=True,
    help="Animals match if their OKS is above it.",
)
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object, for programs.")
def command(truth: Path, predicted: Path, as_json: bool, **options: Any) -> int:
    """Compare the predictions of PREDICTED with the labels of TRUTH.

    Errors in pixels come first, then which animals were missed and invented, then similarities,
    identities and tracks; last, each part and each animal. PREDICTED is what `poise predict`
    wrote.

    Exit status: 0 compared; 1 the metrics cannot be written; 2 the files cannot be compared, or
    a file cannot be read, and nothing was written.
    """
    from poise_workflows.results.hdf5 import import_without_locks

    import_without_locks()
    from poise_workflows.evaluation.errors import UnwritableMetricsError
    from poise_workflows.evaluation.showing import show
    from poise_workflows.evaluation.workflow import evaluate

    try:
        result = evaluate(truth, predicted, **options)
    except FaultsError as error:
        faults = "\n".join(f"  {line}" for f in error.faults for line in str(f).splitlines())
        complain(f"{error.heading or 'cannot evaluate'}:\n{faults}")
        return 1 if isinstance(error, UnwritableMetricsError) else 2
    if as_json:
        say_json(result.to_json())
        return 0
    show(result)
    if options["output"] is not None:
        say(f"written  {options['output']}")
    return 0
