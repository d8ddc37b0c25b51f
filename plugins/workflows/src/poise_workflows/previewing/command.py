"""``poise preview``: a picture of what a configuration makes of labels."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from poise.cli import _output
from poise.cli._shared import complain_of_faults, import_keras
from poise.editions import EDITIONS, Edition
from poise.errors import FaultsError
from poise.reading import read

if TYPE_CHECKING:
    from poise.instances import Instances
    from poise.preview.labelled import LabelledFrame

EPILOG = """\b
Examples:
  poise preview profile.json --labels flies.slp
  poise preview models/flies --labels flies.slp --video flies.mp4 --frame 12 -o flies.png
  poise preview model.json --labels points.json
  poise preview models/flies.centered --labels flies.slp --crop 128

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
    "labels_file",
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
@click.option("--frame", default=0, show_default=True, help="Which labelled frame, from 0.")
@click.option("--video", type=click.Path(path_type=Path), help="Where the labels' video is now.")
@click.option(
    "--crop",
    type=click.IntRange(min=8),
    metavar="PIXELS",
    help="Cut a square out around one animal, as for models of crops.",
)
@click.option("--animal", default=0, show_default=True, help="Which animal to cut out, from 0.")
@click.option("--edition", type=click.Choice(EDITIONS), help="Instead of what FILE says.")
def command(
    file: Path,
    labels_file: Path,
    output: Path,
    frame: int,
    video: Path | None,
    crop: int | None,
    animal: int,
    edition: Edition | None,
) -> int:
    """Draw labels, the targets that FILE makes of them, and what decoding finds in these.

    FILE is what `poise check` takes. The picture shows what sigma and stride do: how wide
    peaks are, which animals run together, and how far off decoded points are at best.

    Exit status: 0 drawn; 1 there are faults; 2 a file cannot be read.
    """
    try:
        return _preview(file, labels_file, output, frame, video, crop, animal, edition)
    except FaultsError as error:
        complain_of_faults(file, error)
        return 1


def _preview(
    file: Path,
    labels_file: Path,
    output: Path,
    frame: int,
    video: Path | None,
    crop: int | None,
    animal: int,
    edition: Edition | None,
) -> int:
    reading = read(file)
    config = attrs.evolve(reading.config, edition=edition) if edition else reading.config
    import_keras()
    import keras

    from poise.building.resolving import resolve
    from poise.decoding import decode
    from poise.preview.drawing import draw
    from poise.preview.labelled import read_frame
    from poise.training import make_targets

    labelled = read_frame(labels_file, frame, video).scaled(reading.input_scaling)
    if crop is not None:
        labelled = labelled.around(animal, crop)
    classes = reading.classes or labelled.class_names or None
    resolution = resolve(config, reading.skeleton or labelled.skeleton, classes)
    targets = make_targets(resolution, labelled.labels(classes), labelled.size)
    # Every stack is to predict the same: the first one's targets will do.
    arrays = {
        one.name: keras.ops.convert_to_numpy(targets.get(one.name, targets.get(f"{one.name}_0")))
        for one in resolution.outputs
    }
    found = decode(resolution, arrays)
    title = f"{file.name}: {resolution.head.key}, edition {config.edition}"
    draw(output, labelled, resolution.outputs, arrays, found, title)
    _output.heading(title)
    _output.say(f"  labelled  {len(labelled.points)} in {labelled.title}")
    _output.say(f"  decoded   {int(found.counts[0])}{_off(labelled, found)}")
    _output.say(f"  drawn in  {os.fspath(output)}")
    return 0


def _off(labelled: LabelledFrame, found: Instances) -> str:
    """How far the parts that were found are from those of the nearest labelled animal."""
    import numpy as np

    parts = [part for part in found.parts if part in labelled.skeleton.parts]
    animals = found.points[0, : int(found.counts[0])]
    if not parts or not len(animals) or not len(labelled.points):
        return ""
    ours = animals[:, [found.parts.index(part) for part in parts]]
    theirs = labelled.points[:, [labelled.skeleton.parts.index(part) for part in parts]]
    away = np.linalg.norm(ours[:, None] - theirs[None], axis=-1)  # (found, labelled, parts)
    known = ~np.isnan(away)
    mean = np.where(known, away, 0).sum(axis=-1) / np.maximum(known.sum(axis=-1), 1)
    nearest = np.where(known.any(axis=-1), mean, np.inf).argmin(axis=1)
    off = away[np.arange(len(ours)), nearest]
    if np.isnan(off).all():
        return ""
    return f", parts {np.nanmean(off):.2f} pixels off on average, {np.nanmax(off):.2f} at most"
