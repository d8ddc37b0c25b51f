"""``poise predict``: the command."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from poise.cli.commands import complain, import_keras, say
from poise.errors import Fault, FaultsError
from poise_workflows.frames.arguments import map_option
from poise_workflows.prediction.saying import listed, show
from poise_workflows.queueing.options import queue_options, taken
from poise_workflows.stopping import Terminated, terminated_as_interrupted
from poise_workflows.tracking.arguments import TrackingCommand, track_option

if TYPE_CHECKING:
    from poise_workflows.prediction.devices import Device

EPILOG = """\b
Examples:
  poise predict flies.mp4 -m models/flies.bottomup
  poise predict flies.mp4 -m models/flies.centroid -m models/flies.centered -o flies.slp
  poise predict flies.mp4 -m models/flies.bottomup --track simple
  poise predict flies.slp -m models/flies.bottomup --only-suggested -o suggested.slp
  poise predict recordings/ -m models/flies.bottomup -o predictions/
  poise predict recordings/ -m models/flies.bottomup -o predictions/ --jobs 2

Each finished batch is in a journal beside the output. The same command again goes on from
there, and leaves a finished run alone.
"""

INTERRUPTED = "interrupted; a journal beside the output has what is predicted"
GO_ON = "the same command again goes on from there"

NOTES = "poise_workflows.notes"
"""Where a command that calls this one leaves sentences for the report, in ``Context.meta``."""

SETTINGS = {"token_normalize_func": lambda token: token.replace("_", "-")}
"""``--batch_size``, as SLEAP spells it, is ``--batch-size``."""


@click.command("predict", cls=TrackingCommand, epilog=EPILOG, context_settings=SETTINGS)
@click.argument("sources", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "-m",
    "--model",
    "models",
    multiple=True,
    metavar="MODEL",
    type=click.Path(path_type=Path),
    help="A model folder, archive or training_config.json; of top-down, one for each stage.",
)
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    type=click.Path(path_type=Path),
    help="The .slp file, or a folder. By default beside the source: flies.predictions.slp.",
)
@click.option("--frames", metavar="FRAMES", help="Of a video: 0-99,200. By default all.")
@click.option(
    "--only-labeled",
    "--only-labeled-frames",
    is_flag=True,
    help="Of a label file: frames that a person labeled.",
)
@click.option(
    "--only-suggested",
    "--only-suggested-frames",
    is_flag=True,
    help="Of a label file: suggestions that no person has labeled yet.",
)
@click.option(
    "--video-index",
    type=click.IntRange(min=0),
    help="Of a label file: one video, from 0, instead of the listed frames.",
)
@click.option("--dataset", metavar="NAME", help="Of an HDF5 file.")
@click.option(
    "--input-format",
    default="channels_last",
    show_default=True,
    type=click.Choice(["channels_last", "channels_first"]),
    metavar="[channels_last|channels_first]",  # else with hyphens, unlike its default
    help="Order of the axes of the dataset.",
)
@click.option(
    "--color-matrix",
    default="bt601",
    show_default=True,
    type=click.Choice(["bt601", "bt709", "file"]),
    help="How YUV becomes RGB: as for SLEAP, or as the file says.",
)
@map_option
@click.option(
    "--batch-size",
    default=4,
    show_default=True,
    type=click.IntRange(min=1),
    help="How many frames the network sees at once.",
)
@click.option("--peak-threshold", type=float, help="The least value of a peak; by default 0.2.")
@click.option(
    "--refinement",
    type=click.Choice(["auto", "integral", "local", "none"]),
    help="How parts are located within their cells.",
)
@click.option(
    "-n",
    "--max-instances",
    type=click.IntRange(min=1),
    help="Keep at most this many animals of a frame, the best.",
)
@click.option(
    "--max-edge-length-ratio",
    type=click.FloatRange(min=0),
    help="Of bottom-up models: longer edges, as a part of the image, cost; by default 0.25.",
)
@click.option(
    "--dist-penalty-weight",
    type=click.FloatRange(min=0),
    help="Of bottom-up models: how much they cost; by default 1.",
)
@track_option(help="Follow the animals: simple, flow, kalman, …; `poise list` has all.")
@click.option(
    "--continue-tracks",
    is_flag=True,
    help="The videos of a folder are one recording: tracks go on from each to the next one.",
)
@click.option(
    "--no-empty-frames", is_flag=True, help="Leave frames without animals out of the file."
)
@click.option(
    "--format",
    default="slp",
    show_default=True,
    type=click.Choice(["slp", "analysis", "analysis.csv", "dlc", "nwb"]),
    help="A format that is written beside the .slp file.",
)
@click.option(
    "--merge",
    metavar="PROJECT",
    type=click.Path(path_type=Path),
    help="Make OUT a copy of this .slp file with the poses.",
)
@click.option(
    "--render",
    metavar="OUT",
    type=click.Path(path_type=Path),
    help="Draw the poses over the source, as a video (.mp4) or a picture (.png).",
)
@click.option(
    "--device", default="auto", show_default=True, metavar="auto|cpu|gpu:N", help="What predicts."
)
@click.option(
    "--precision",
    default="float32",
    show_default=True,
    type=click.Choice(["float32", "float16", "bfloat16"]),
    help="What the networks compute in; half of it is quicker on GPUs, and less exact.",
)
@click.option(
    "--runtime",
    default="keras",
    show_default=True,
    metavar="keras|auto|NAME",
    help="What runs the networks: keras, onnx, openvino; auto takes the fastest that agrees.",
)
@click.option("--strict", is_flag=True, help="Stop at the first frame that cannot be read.")
@click.option(
    "--allow-unreadable",
    default=0,
    show_default=True,
    type=click.IntRange(min=0),
    metavar="N",
    help="How many frames that cannot be read are no failure.",
)
@click.option(
    "--overwrite", is_flag=True, help="Predict anew; keep what is there under numbered names."
)
@click.option(
    "--renew",
    is_flag=True,
    help="Where what is there is of another run, keep it under a numbered name.",
)
@click.option(
    "--progress",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", "rich", "json", "lines", "none"]),
    help="A bar, JSON lines, a line every half minute, or nothing.",
)
@click.option("--open-in-gui", is_flag=True, help="Open the results in SLEAP's sleap-label.")
@queue_options
def command(
    sources: tuple[Path, ...], models: tuple[Path, ...], output: Path | None, **options: Any
) -> int:
    """Predict the animals in videos, images or labels, and write .slp files.

    SOURCES are videos, images, folders of either, TIFF stacks, HDF5 files, .slp files, and
    .txt or .csv lists of paths. Everything is checked before the first frame is predicted.

    Exit status: 0 predicted; 1 frames cannot be read, or a file cannot be written; 2 something
    was asked for that cannot be done, and nothing was written; 130 or 143 interrupted. Of a queue
    also: 1 videos were set aside, with a reason; 3 videos are left.
    """
    try:
        with terminated_as_interrupted():
            return _predict(sources, models, output, options)
    except KeyboardInterrupt as stop:
        complain(f"{str(stop) or INTERRUPTED}\n  fix: {GO_ON}")
        return 143 if isinstance(stop, Terminated) else 130


def _predict(
    sources: tuple[Path, ...], models: tuple[Path, ...], output: Path | None, options: Any
) -> int:
    from poise_workflows.results.hdf5 import import_without_locks

    import_without_locks()  # before any other module imports it
    faults: list[Fault] = []
    queued = taken(options, faults)
    if faults:
        complain(listed(FaultsError(faults)))
        return 2
    if queued is not None:
        from poise_workflows.queueing.predict_command import predict_queue

        return predict_queue(sources, models, output, options, queued)
    from poise_workflows.pipelines.cached_exports import exports_told
    from poise_workflows.pipelines.exports import needs_keras
    from poise_workflows.prediction.devices import grow_on_demand

    grow_on_demand()  # before the backend is there to notice
    if needs_keras(options["runtime"], models):
        import_keras(in_batches=options["batch_size"] > 1)
    from poise_workflows.frames.sources import SourceError
    from poise_workflows.journal.errors import JournalError
    from poise_workflows.pipelines.members import ModelsError
    from poise_workflows.prediction.calls import predict_all
    from poise_workflows.prediction.gui import gui, open_in_gui
    from poise_workflows.prediction.options import OptionsError
    from poise_workflows.prediction.runs import StoppedError, UnreadableFrameError
    from poise_workflows.rendering.errors import RenderingError
    from poise_workflows.results.errors import ResultsError

    notes = click.get_current_context().meta.get(NOTES, ())
    told: set[str] = set(notes)
    is_json, is_opened = options["progress"] == "json", options.pop("open_in_gui")
    try:
        program = gui() if is_opened else ""
        with exports_told(complain):
            results = predict_all(
                sources,
                models,
                output,
                options,
                command=("poise", *sys.argv[1:]),
                tell=partial(_tell, is_json=is_json),
                note=None if is_json else partial(_note, told),
                notes=notes,
            )
    except (ModelsError, OptionsError, SourceError, JournalError, RenderingError) as error:
        complain(listed(error))
        return 2
    except (ResultsError, StoppedError, UnreadableFrameError) as error:
        complain(str(error))  # what is predicted is in the journal
        return 1
    for result in results:
        show(result, told, is_json=is_json)
    if is_opened:
        open_in_gui(program, [result.output for result in results])
    return int(any(result.failed for result in results))


def _tell(device: Device, *, is_json: bool) -> None:
    if not is_json:
        say(f"device  {device}")
    if device.note:
        complain(device.note)


def _note(told: set[str], source: str, text: str) -> None:
    told.add(text)
    say(f"note    {source}: {text}")
