"""``poise render``: the command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from poise.cli.commands import complain_of_faults, say
from poise.errors import FaultsError
from poise.messages import counted
from poise_workflows.frames.arguments import map_option
from poise_workflows.rendering.styles import BACKGROUNDS, COLORED, PALETTES

EPILOG = """\b
Examples:
  poise render flies.slp -o drawn.mp4
  poise render flies.slp -o part.mp4 --frames 0-29 --fps 10 --crop 0,0,160,120
  poise render flies.slp -o flies.png --frames 2
"""


@click.command("render", epilog=EPILOG)
@click.argument("predictions", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="OUT",
    type=click.Path(path_type=Path),
    help="A video (.mp4, .mov, .mkv, .avi), or a picture of one frame (.png, .jpg).",
)
@click.option(
    "--frames", metavar="FRAMES", help="Of the video: 0-99,200. By default those of the file."
)
@click.option("--fps", type=float, help="Frames a second; by default those of the video.")
@click.option(
    "--crop",
    metavar="LEFT,TOP,RIGHT,BOTTOM",
    help="Cut this out, in pixels: 0,0,640,480. WIDTH,HEIGHT follows the animals.",
)
@click.option(
    "--video-index",
    type=click.IntRange(min=0),
    help="Of a file with several videos: which, from 0.",
)
@click.option("--scale", type=float, default=1.0, show_default=True, help="Of the result.")
@click.option("--marker-size", type=float, help="Radius of a part in pixels, before scaling.")
@click.option("--no-edges", is_flag=True, help="Draw parts alone.")
@click.option(
    "--color-by",
    type=click.Choice(COLORED),
    help="What has colors of its own; by default tracks, if there are any.",
)
@click.option(
    "--palette",
    default="standard",
    show_default=True,
    metavar="NAME",
    type=click.Choice(PALETTES),
    help=f"One of {', '.join(PALETTES)}.",
)
@click.option(
    "--background",
    default="video",
    show_default=True,
    type=click.Choice(BACKGROUNDS),
    help="What is behind the poses.",
)
@map_option
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
def command(predictions: Path, output: Path, **options: Any) -> int:
    """Draw the poses of a .slp file over the frames of its video.

    The video is where PREDICTIONS says, or beside it. Animals have the colors of their tracks.
    A picture shows the first frame with an animal, unless --frames names another.

    Exit status: 0 drawn; 1 the output cannot be written; 2 the call is wrong, or a file cannot
    be read.
    """
    from poise_workflows.results.hdf5 import import_without_locks

    import_without_locks()
    from poise_workflows.rendering.errors import UnwritableError
    from poise_workflows.rendering.workflow import render

    try:
        result = render(predictions, output, **options)
    except FaultsError as error:
        complain_of_faults(predictions, error)
        return 1 if isinstance(error, UnwritableError) else 2
    say(f"drawn  {result.output}")
    say(f"  {counted(result.frames, 'frame')}")
    for note in result.notes:
        say(f"  note      {note}")
    if result.unreadable:
        say(f"  note      {counted(result.unreadable, 'frame')} cannot be read: drawn black")
    return 0
