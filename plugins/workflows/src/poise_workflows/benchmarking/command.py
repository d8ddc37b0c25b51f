"""``poise benchmark``: the command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from poise.cli.commands import complain, import_keras, names_options, say, say_json
from poise.errors import FaultsError

EPILOG = """\b
Examples:
  poise benchmark models/flies.bottomup --image 384,512,1
  poise benchmark baseline_medium_rf.single --image 256,256,1 --batch-sizes 1,4,16
  poise benchmark models/flies.bottomup --runtimes keras,onnx --image 1024,1024,1
  poise benchmark models/flies.bottomup --image 384,512,1 -o speed.json

Each row is measured in a process of its own. `poise predict --runtime auto` takes the fastest.
"""


@click.command("benchmark", epilog=EPILOG)
@click.argument("model", metavar="MODEL")
@click.option(
    "--image",
    metavar="H,W,C",
    help="Size and channels of the frames; by default those that the model is known to be for.",
)
@click.option(
    "--batch-sizes",
    default="1,4",
    show_default=True,
    metavar="N,N,...",
    help="How many frames each call has.",
)
@click.option(
    "--runtimes",
    metavar="A,B,...",
    help="keras, xla, onnx, openvino or those of plugins; by default all that are installed.",
)
@click.option(
    "--precisions",
    default="float32",
    show_default=True,
    metavar="A,B,...",
    help="float32, float16, bfloat16; exports compute in float32 alone.",
)
@click.option(
    "--device", default="auto", show_default=True, metavar="auto|cpu|gpu:N", help="What computes."
)
@click.option(
    "--seconds",
    default=3.0,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    metavar="S",
    help="How long each row is timed.",
)
@names_options
@click.option(
    "-o",
    "--output",
    metavar="OUT.json",
    type=click.Path(path_type=Path),
    help="Also write the result there, as JSON.",
)
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object, for programs.")
def command(model: str, as_json: bool, **options: Any) -> int:
    """Measure how fast a network is in every runtime that is installed.

    MODEL is a model folder, archive or configuration, an export, or the name of a profile of
    `poise train`. Of each runtime, precision and batch size: frames a second, latency, memory, and
    how far that is from what this machine computes at most. Reading videos and finding animals in
    maps are not part of it.

    Exit status: 0 measured; 1 a row has no figures, or the file cannot be written; 2 something was
    asked for that cannot be done, and nothing was measured.
    """
    from poise_workflows.results.hdf5 import import_without_locks

    import_without_locks()  # before any other module imports it
    from poise_workflows.benchmarking.saying import show
    from poise_workflows.benchmarking.workflow import benchmark_all
    from poise_workflows.pipelines.cached_exports import exports_told

    try:
        with exports_told(complain):
            result = benchmark_all(model, options, None if as_json else _tell, import_keras)
    except FaultsError as error:
        faults = "\n".join(f"  {line}" for f in error.faults for line in str(f).splitlines())
        complain(f"{error.heading or 'cannot measure'}:\n{faults}")
        return 2
    if as_json:
        say_json(result.to_json())
    else:
        show(result)
        if options["output"] is not None:
            say(f"written  {options['output']}")
    return int(result.failed)


def _tell(row: Any) -> None:
    """Say that a row is measured: all of them may take minutes."""
    complain(f"measured {row.runtime}, {row.precision}, batch {row.batch_size}")
