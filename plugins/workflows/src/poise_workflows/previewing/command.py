"""``poise preview``: the command."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from poise import Skeleton
from poise.cli.commands import (
    complain_of_faults,
    heading,
    import_keras,
    names_options,
    say,
    say_json,
    set_option,
)
from poise.editions import EDITIONS, Edition
from poise.errors import FaultsError, LabelsError
from poise.processes.output import output_to_stderr
from poise.writing.whole_files import refuse_taken
from poise_workflows.frames.labeled import UnreadableError

if TYPE_CHECKING:
    from poise_workflows.previewing.views import Outcome
    from poise_workflows.previewing.workflow import Preview

EPILOG = """\b
Examples:
  poise preview profile.json --labels flies.slp
  poise preview models/flies --labels flies.slp --video flies.mp4 --frame 2 -o flies.png
  poise preview model.json --labels points.json
  poise preview models/flies.centered --labels flies.slp --crop 128
  poise preview models/flies --labels flies.slp --frame 0 --frame 3 --no-predictions

\b
points.json holds
  {"size": [height, width], "parts": ["head", "tail"],
   "instances": [[[x, y], [x, y]], [[x, y], null]]}
and, if you like, "classes" (a name an instance) and "edges" (pairs of parts).
"""


@click.command("preview", epilog=EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--labels",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Labels: a .slp file of SLEAP, or points in JSON.",
)
@click.option(
    "-o",
    "--output",
    default="preview.png",
    show_default=True,
    type=click.Path(path_type=Path),
    help="The picture.",
)
@click.option(
    "--frame",
    multiple=True,
    default=[0],
    show_default=True,
    type=click.IntRange(min=0),
    help="Which labeled frame, from 0. Repeat it to draw several.",
)
@click.option("--video", type=click.Path(path_type=Path), help="Where the labels' video is now.")
@click.option(
    "--crop",
    type=click.IntRange(min=8),
    metavar="PIXELS",
    help="Cut a square out around one animal, as for models of crops.",
)
@click.option(
    "--animal",
    type=click.IntRange(min=0),
    help="Which animal to cut out with --crop, from 0; by default the first.",
)
@click.option(
    "--no-predictions",
    is_flag=True,
    help="Draw targets alone, also of a model that has weights.",
)
@names_options
@click.option("--edition", type=click.Choice(EDITIONS), help="Instead of what FILE says.")
@set_option
@click.option("--overwrite", is_flag=True, help="Replace a picture that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object, for programs.")
def command(
    file: Path,
    labels: Path,
    output: Path,
    frame: tuple[int, ...],
    video: Path | None,
    crop: int | None,
    animal: int | None,
    no_predictions: bool,
    skeleton: Skeleton | None,
    classes: tuple[str, ...] | None,
    edition: Edition | None,
    values: dict[str, Any],
    overwrite: bool,
    as_json: bool,
) -> int:
    """Draw labels, the targets that FILE makes of them, and what decoding finds in these.

    FILE is what `poise check` takes. The picture shows what sigma and stride do: how wide
    peaks are, which animals run together, and how far off decoded points are at best. If FILE
    is a trained model, what it predicts is drawn below the targets.

    Exit status: 0 drawn; 1 there are faults; 2 a file cannot be read.
    """
    if animal is not None and crop is None:
        raise click.UsageError(f"--animal {animal} needs --crop PIXELS, the side of the square")
    from poise_workflows.results.hdf5 import import_without_locks

    import_without_locks()
    from poise_workflows.previewing.inputs import read_inputs
    from poise_workflows.previewing.workflow import draw_preview

    refuse_taken(output, overwrite, "the picture")
    try:
        inputs = read_inputs(
            file,
            labels,
            frame=frame,
            video=video,
            skeleton=skeleton,
            classes=classes,
            edition=edition,
            values=values,
        )
        import_keras()
        with output_to_stderr() if as_json else nullcontext():
            result = draw_preview(inputs, output, crop, animal or 0, predictions=not no_predictions)
    except UnreadableError as error:
        complain_of_faults(labels, error)
        return 2
    except LabelsError as error:
        complain_of_faults(labels, error)
        return 1
    except FaultsError as error:
        complain_of_faults(file, error)
        return 1
    if as_json:
        say_json(_as_data(result))
    else:
        _show(result)
    return 0


def _as_data(preview: Preview) -> dict[str, Any]:
    frames = [
        {
            "title": view.frame.title,
            "labeled": len(view.frame.points),
            "decoded": _outcome(view.targets),
            "predicted": None if view.predictions is None else _outcome(view.predictions),
        }
        for view in preview.views
    ]
    return {
        "title": preview.title,
        "output": os.fspath(preview.output),
        "frames": frames,
        "notes": list(preview.notes),
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    """How many animals, how many of them match no label, and pixels between matching parts."""
    distances = outcome.distances[outcome.distances == outcome.distances]  # without NaN
    return {
        "animals": len(outcome.matches),
        "unmatched": int((outcome.matches < 0).sum()),
        "mean_distance": float(distances.mean()) if distances.size else None,
        "largest_distance": float(distances.max()) if distances.size else None,
    }


def _show(preview: Preview) -> None:
    heading(preview.title)
    for view in preview.views:
        _row("labeled", f"{len(view.frame.points)} in {view.frame.title}")
        _row("decoded", _summary(view.targets))
        if view.predictions is not None:
            _row("predicted", _summary(view.predictions))
    _row("drawn in", os.fspath(preview.output))
    for note in preview.notes:
        _row("note", note)


def _row(name: str, words: str) -> None:
    say(f"  {name:<9} {words}")


def _summary(outcome: Outcome) -> str:
    distances = outcome.distances[outcome.distances == outcome.distances]  # without NaN
    words = [str(len(outcome.matches))]
    if distances.size:
        average, most = f"{distances.mean():.2f}", f"{distances.max():.2f}"
        words.append(f"parts {average} pixels off on average, {most} at most")
    alone = int((outcome.matches < 0).sum())
    if alone:
        words.append(f"{alone} without a label nearby")
    return ", ".join(words)
