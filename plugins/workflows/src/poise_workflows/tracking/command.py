"""``poise track``: the command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from poise.cli.commands import complain, say
from poise.errors import FaultsError
from poise.messages import counted
from poise_workflows.frames.arguments import map_option
from poise_workflows.tracking.arguments import TrackingCommand, track_option
from poise_workflows.tracking.saying import lines_of_tracks

EPILOG = """\b
Examples:
  poise track flies.slp -o tracked.slp
  poise track flies.slp -o tracked.slp --tracking.similarity centroid --tracking.max_tracks 2
  poise track flies.slp -o sleap.slp --track flow --tracking.edition sleap-1.4
"""

SETTINGS = {"token_normalize_func": lambda token: token.replace("_", "-")}


@click.command("track", cls=TrackingCommand, epilog=EPILOG, context_settings=SETTINGS)
@click.argument("predictions", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    type=click.Path(path_type=Path),
    help="The new .slp file.  [required]",
)
@track_option(
    names=("--track", "--tracker"),
    default="simple",
    show_default=True,
    help="Which tracker: simple, flow, kalman, …; `poise list` has all.",
)
@click.option(
    "-m", "--model", "of_predict", multiple=True, type=click.Path(path_type=Path), hidden=True
)
@click.option(
    "--color-matrix",
    default="bt601",
    show_default=True,
    type=click.Choice(["bt601", "bt709", "file"]),
    help="For trackers that see images: how YUV becomes RGB, as for SLEAP, or as the file says.",
)
@map_option
@click.option("--overwrite", is_flag=True, help="Keep what is there under numbered names.")
@click.option(
    "--progress",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", "rich", "json", "lines", "none"]),
    help="A bar, JSON lines, a line every half minute, or nothing.",
)
def command(
    predictions: Path, output: Path | None, of_predict: tuple[Path, ...], **options: Any
) -> int:
    """Give the animals of a .slp file new tracks, and write a new file.

    Each video is tracked on its own, its frames in order. The new file has everything of
    PREDICTIONS: what people labeled, suggestions, sessions and videos. To predict and track a
    video in one go, use `poise predict --track`.

    Exit status: 0 tracked; 1 frames cannot be read, or the file cannot be written; 2 something
    was asked for that cannot be done, and nothing was written; 130 interrupted, and nothing was
    written.
    """
    from poise_workflows.results.hdf5 import import_without_locks

    import_without_locks()
    from poise_workflows.prediction.command import NOTES
    from poise_workflows.results.errors import ResultsError
    from poise_workflows.tracking.outputs import refuse_prediction
    from poise_workflows.tracking.workflow import track_file

    is_json = options["progress"] == "json"
    try:
        refuse_prediction(predictions, of_predict, output)
        if output is None:
            raise click.UsageError("Missing option '-o' / '--output'.")
        result = track_file(
            predictions,
            output,
            **options,
            command=("poise", *sys.argv[1:]),
            note=(lambda *note: None) if is_json else _note,
            notes=click.get_current_context().meta.get(NOTES, ()),
        )
    except FaultsError as error:
        faults = "\n".join(f"  {line}" for f in error.faults for line in str(f).splitlines())
        complain(f"{error.heading or 'cannot track'}:\n{faults}")
        return 1 if isinstance(error, ResultsError) else 2
    except KeyboardInterrupt:
        complain("interrupted; nothing was written")
        return 130
    if not is_json:
        _show(result)
    if result.failed:
        complain(f"{result.output}: {result.failed}")
    return int(bool(result.failed))


def _note(source: str, text: str) -> None:
    say(f"note    {source}: {text}")


def _show(result: Any) -> None:
    report = result.report
    say(f"tracked  {result.output}")
    say(f"  {counted(report['frames'], 'frame')}, {counted(report['instances'], 'animal')}")
    for line in lines_of_tracks(report):
        say(line)
    for limit, count in report["dropped"].items():
        say(f"  dropped   {counted(count, 'animal')}: {limit}")
