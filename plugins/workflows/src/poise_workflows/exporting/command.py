"""``poise export``: the command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from poise.cli.commands import complain, import_keras, say
from poise.errors import FaultsError
from poise_workflows.exporting.errors import ExportError, UnprovenError
from poise_workflows.exporting.saying import show
from poise_workflows.stopping import Terminated, terminated_as_interrupted

EPILOG = """\b
Examples:
  poise export models/flies --format onnx -o flies.onnx
  poise export models/flies --format onnx --image 384,512 --batch 1 -o flies.onnx
  poise export models/flies --format saved_model -o flies.saved
  poise export models/flies --format onnx --points --image 384,512 -o flies.points
  poise export models/flies --format frozen_graph --frames flies.mp4 -o flies.frozen
  poise export models/flies --format sleap -o flies.sleap
  poise list exporters

Poise runs what it has written in its own runtime, and compares every output with its own.
"""


@click.command("export", epilog=EPILOG)
@click.argument("models", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="OUT",
    type=click.Path(path_type=Path),
    help="The folder of the export.",
)
@click.option(
    "--format",
    metavar="FORMAT",
    help="onnx, openvino, saved_model, frozen_graph, sleap, or that of a plugin.",
)
@click.option(
    "--points", is_flag=True, help="Frames in, points and scores out: peaks are in the graph."
)
@click.option(
    "--image",
    metavar="H,W|any",
    help="Size of the images that the network takes; by default the model's, else any.",
)
@click.option(
    "--batch",
    default="any",
    show_default=True,
    metavar="N|any",
    help="How many images a call takes.",
)
@click.option(
    "--max-instances",
    type=click.IntRange(min=1),
    metavar="N",
    help="With --points: room for this many animals of a frame, or peaks of a part; 20 by default.",
)
@click.option(
    "--peak-threshold",
    type=float,
    metavar="VALUE",
    help="With --points: the least value of a peak; that of poise predict by default.",
)
@click.option(
    "--provider",
    metavar="NAME",
    help="What ONNX Runtime computes with: cpu, cuda, tensorrt or directml.",
)
@click.option(
    "--frames",
    metavar="VIDEO|LABELS",
    type=click.Path(path_type=Path),
    help="Prove the export on frames of these; by default on made-up images.",
)
@click.option("--overwrite", is_flag=True, help="Replace an export.")
@click.option(
    "--renew",
    is_flag=True,
    help="Keep an export that is there, also one of SLEAP, under a numbered name.",
)
def command(models: tuple[Path, ...], output: Path, **options: Any) -> int:
    """Write a model in the format of another runtime, and prove that it gives the same numbers.

    MODELS is a model folder, archive or training_config.json, or the folder of a training run.
    OUT appears only when the proof has succeeded; its manifest.json has the figure.

    Exit status: 0 exported; 1 the export does not give Poise's numbers, and the draft is kept
    beside OUT, or it cannot be written; 2 something was asked for that cannot be done, and nothing
    was written; 130 or 143 interrupted.
    """
    try:
        with terminated_as_interrupted():
            return _export(models, output, options)
    except KeyboardInterrupt as stop:
        complain(f"interrupted; {output} is as it was before")
        return 143 if isinstance(stop, Terminated) else 130


def _export(models: tuple[Path, ...], output: Path, options: dict[str, Any]) -> int:
    from poise_workflows.results.hdf5 import import_without_locks

    import_without_locks()  # before any other module imports it
    from poise_workflows.exporting.requests import request_of

    try:
        request = request_of(models, output, options)
        import_keras()
        from poise_workflows.exporting.workflow import export_request

        result = export_request(request)
    except UnprovenError as error:
        complain(str(error))
        return 1
    except FaultsError as error:
        complain(_listed(error))
        return 2
    for line in show(result):
        say(line)
    return 0


def _listed(error: FaultsError) -> str:
    faults = "\n".join(f"  {line}" for fault in error.faults for line in str(fault).splitlines())
    heading = error.heading if not isinstance(error, ExportError) else ""
    return f"{heading or 'cannot export'}:\n{faults}"
