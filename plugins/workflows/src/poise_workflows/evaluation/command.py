"""``poise evaluate``: the command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from poise.cli.commands import complain, import_keras, say, say_json
from poise.editions import DOCUMENTED, EDITIONS
from poise.errors import FaultsError
from poise_workflows.frames.arguments import map_option

EPILOG = """\b
Examples:
  poise evaluate labels.slp flies.slp
  poise evaluate labels.slp flies.slp -o metrics.json
  poise evaluate labels.slp flies.slp -o metrics.npz --edition sleap-1.4
  poise evaluate labels.slp -m models/flies.bottomup
  poise evaluate runs/flies runs/flies_larger
"""


@click.command("evaluate", epilog=EPILOG)
@click.argument("truth", metavar="TRUTH|RUN", type=click.Path(path_type=Path))
@click.argument("predicted", metavar="[PREDICTED|RUN…]", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "-m",
    "--model",
    "models",
    multiple=True,
    metavar="MODEL",
    type=click.Path(path_type=Path),
    help="Instead of PREDICTED, what predicts the labeled frames; of top-down, one for each stage.",
)
@click.option(
    "--including-training-frames",
    is_flag=True,
    help="Compare frames, too, on which the model was trained.",
)
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
@map_option
@click.option(
    "--device", default="auto", show_default=True, metavar="auto|cpu|gpu:N", help="What predicts."
)
@click.option(
    "--progress",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", "rich", "json", "lines", "none"]),
    help="Of the prediction: bars, JSON lines, a line every half minute, or nothing.",
)
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object, for programs.")
def command(truth: Path, predicted: tuple[Path, ...], as_json: bool, **options: Any) -> int:
    """Compare the predictions of PREDICTED with the labels of TRUTH.

    Errors in pixels come first, then which animals were missed and invented, then similarities,
    identities and tracks; last, each part and each animal. PREDICTED is what `poise predict`
    wrote; or MODEL predicts the labeled frames first. Frames on which the model was trained are
    refused, as far as Poise knows them.

    With folders of runs instead, a table compares what the runs said of their validation frames.

    Exit status: 0 compared; 1 the metrics cannot be written; 2 the files cannot be compared, or
    a file cannot be read, and nothing was written.
    """
    from poise_workflows.results.hdf5 import import_without_locks

    import_without_locks()
    from poise_workflows.evaluation.errors import UnwritableMetricsError
    from poise_workflows.training.run_folders import is_run

    try:
        if is_run(truth):
            return _show_runs((truth, *predicted), as_json=as_json)
        return _compare(truth, predicted, options, as_json=as_json)
    except FaultsError as error:
        faults = "\n".join(f"  {line}" for f in error.faults for line in str(f).splitlines())
        complain(f"{error.heading or 'cannot evaluate'}:\n{faults}")
        return 1 if isinstance(error, UnwritableMetricsError) else 2


def _compare(
    truth: Path, predicted: tuple[Path, ...], options: dict[str, Any], *, as_json: bool
) -> int:
    from poise_workflows.evaluation.showing import show
    from poise_workflows.evaluation.workflow import evaluate

    if len(predicted) > 1:
        what = f"must be one file of predictions, got {len(predicted)}"
        raise click.UsageError(f"{what}; only runs are compared with each other")
    if options["models"] and not predicted:
        _prepare_keras()
    result = evaluate(truth, predicted[0] if predicted else None, **options)
    if as_json:
        say_json(result.to_json())
        return 0
    show(result)
    if options["output"] is not None:
        say(f"written  {options['output']}")
    return 0


def _prepare_keras() -> None:
    from poise_workflows.prediction.devices import grow_on_demand

    grow_on_demand()  # before the backend is there to notice
    import_keras(in_batches=True)


def _show_runs(runs: tuple[Path, ...], *, as_json: bool) -> int:
    _refuse_options()
    from poise_workflows.evaluation.run_tables import summarize_runs
    from poise_workflows.evaluation.showing_runs import show_runs

    summaries = summarize_runs(runs)
    if as_json:
        say_json({"runs": [each.to_json() for each in summaries]})
    else:
        show_runs(summaries)
    return 0


def _refuse_options() -> None:
    """Nothing that is asked for is ignored: runs have been evaluated already."""
    context = click.get_current_context()
    given = [
        parameter.opts[-1]
        for parameter in context.command.params
        if isinstance(parameter, click.Option)
        and parameter.name != "as_json"
        and context.get_parameter_source(str(parameter.name)) is ParameterSource.COMMANDLINE
    ]
    if given:
        raise click.UsageError(f"must be left out with runs, got {given[0]}; --json is possible")
