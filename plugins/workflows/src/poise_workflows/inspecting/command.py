"""``poise inspect``: the command."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from poise import Skeleton
from poise.cli.commands import (
    complain_of_faults,
    image_size,
    import_keras,
    names_options,
    say,
    say_json,
    set_option,
)
from poise.editions import EDITIONS, Edition
from poise.errors import FaultsError, LabelsError
from poise.processes.output import output_to_stderr
from poise_workflows.frames.sources import SourceError
from poise_workflows.training.errors import TrainingError
from poise_workflows.training.profiles.finding import find_profile

if TYPE_CHECKING:
    from poise_workflows.inspecting.networks import NetworkFacts

EPILOG = """\b
Examples:
  poise inspect models/flies                       blocks, costs and receptive field
  poise inspect baseline.centroid --labels labels.slp
  poise inspect profile.json --image 256,256,1 --batch-size 4 --layers
  poise inspect profile.json --set backbone.unet.filters=32
  poise inspect models/flies --diagram flies.svg
  poise inspect labels.slp                         videos, counts and tracks of labels
  poise inspect models/flies --json | jq '.memory.training.total'
"""

LABELS = ".slp"


@click.command("inspect", epilog=EPILOG)
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "--image",
    metavar="H,W,C",
    callback=image_size,
    help="Height, width and channels of the network's input. By default what the model, --labels "
    "or the configuration say, else 512,512,1.",
)
@click.option(
    "--labels",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A .slp file: say whether the receptive field covers its animals.",
)
@click.option(
    "--batch-size",
    metavar="N",
    type=click.IntRange(min=1),
    help="Images in a batch, for the memory. By default as many as the configuration trains with.",
)
@click.option("--layers", is_flag=True, help="Show every layer instead of blocks.")
@click.option(
    "--diagram",
    metavar="FILE.svg",
    type=click.Path(path_type=Path),
    help="Draw the network there.",
)
@names_options
@click.option("--edition", type=click.Choice(EDITIONS), help="Instead of what SOURCE says.")
@set_option
@click.option("--overwrite", is_flag=True, help="Replace a diagram that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object, for programs.")
def command(
    source: Path,
    image: tuple[int | None, int | None, int] | None,
    labels: Path | None,
    batch_size: int | None,
    layers: bool,
    diagram: Path | None,
    skeleton: Skeleton | None,
    classes: tuple[str, ...] | None,
    edition: Edition | None,
    values: dict[str, Any],
    overwrite: bool,
    as_json: bool,
) -> int:
    """Show what a network is and what it costs, or what is in labels.

    SOURCE is what `poise check` takes, the name of a profile, or a .slp file. The network is
    built, but never run. --image and --labels say for which images.

    Exit status: 0 inspected; 1 no network can be built of it; 2 it cannot be read.
    """
    options: dict[str, Any] = {
        "image": image,
        "labels": labels,
        "batch_size": batch_size,
        "diagram": diagram,
        "skeleton": skeleton,
        "classes": classes,
        "edition": edition,
        "values": values,
        "overwrite": overwrite,
    }
    from poise_workflows.results.hdf5 import import_without_locks

    import_without_locks()
    if source.suffix == LABELS:
        _refuse_options({**options, "layers": layers})
        return _inspect_labels(source, as_json)
    try:
        find_profile(source, "source")
    except TrainingError as error:
        complain_of_faults(source, error)
        return 2
    try:
        with output_to_stderr() if as_json else nullcontext():
            facts = _inspect_network(source, options)
    except SourceError as error:
        complain_of_faults(labels or source, error)
        return 2
    except FaultsError as error:
        complain_of_faults(labels if isinstance(error, LabelsError) and labels else source, error)
        return 1
    if as_json:
        say_json(facts.as_data())
    else:
        from poise_workflows.inspecting.saying import say_network

        say_network(facts, layers=layers)
    return 0


def _inspect_network(source: Path, options: dict[str, Any]) -> NetworkFacts:
    from poise_workflows.inspecting.requests import read_request

    request = read_request(source, **options)
    import_keras()
    from poise_workflows.inspecting.building import inspect_network

    return inspect_network(request)


def _inspect_labels(source: Path, as_json: bool) -> int:
    from poise_workflows.sleap_commands.label_facts import label_facts

    try:
        facts = label_facts(str(source))
    except FaultsError as error:
        complain_of_faults(source, error)
        return 2
    if as_json:
        say_json(facts.as_data())
    else:
        for line in facts.lines():
            say(line)
    return 0


def _refuse_options(options: dict[str, Any]) -> None:
    given = [f"--{name.replace('_', '-')}" for name, value in options.items() if value]
    if given:
        what = "must be left out with a label file, which has no network"
        raise click.UsageError(f"{', '.join(given)} {what}")
