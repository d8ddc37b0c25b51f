"""``poise suggest``: the command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from poise.cli.commands import complain, rows, say, say_json
from poise.errors import FaultsError
from poise.messages import counted

EPILOG = """\b
Examples:
  poise suggest flies.slp -o project.slp
  poise suggest flies.slp -o project.slp -n 20 --by jump --by score
  poise suggest flies.slp -o project.slp --min-gap 2 --json
"""

WORST = 8
"""Frames of a suggester that are named."""


@click.command("suggest", epilog=EPILOG)
@click.argument("predicted", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    metavar="PROJECT",
    type=click.Path(path_type=Path),
    help="The project to correct, a new .slp file.  [required]",
)
@click.option(
    "-n", "n", metavar="N", type=int, default=50, show_default=True, help="How many frames."
)
@click.option(
    "--by",
    metavar="NAME",
    multiple=True,
    help="What judges the frames: score, jump, count, missing; may be repeated. By default all "
    "four take turns. `poise list suggesters` has all.",
)
@click.option(
    "--min-gap",
    metavar="N",
    type=int,
    help="Frames that suggestions of a video are apart, at least; by default a quarter of an even "
    "distance.",
)
@click.option("--overwrite", is_flag=True, help="Keep what is there under a numbered name.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object, for programs.")
def command(predicted: Path, output: Path | None, as_json: bool, **options: Any) -> int:
    """Suggest the frames of PREDICTED that are worth labeling next.

    PROJECT is a copy of PREDICTED, what `poise predict` wrote, with more suggestions. Open it in
    SLEAP: the suggestions are listed there, and the predictions are what you correct. Frames
    that people have labeled, or that are suggested already, are not suggested again.

    Exit status: 0 suggested; 1 the project cannot be written; 2 something was asked for that
    cannot be done, or no frame has a fault, and nothing was written.
    """
    from poise_workflows.results.hdf5 import import_without_locks

    import_without_locks()
    from poise_workflows.results.errors import ResultsError
    from poise_workflows.suggesting.workflow import suggest

    if output is None:
        raise click.UsageError("Missing option '-o' / '--output'.")
    try:
        result = suggest(predicted, output, **options)
    except FaultsError as error:
        faults = "\n".join(f"  {line}" for f in error.faults for line in str(f).splitlines())
        complain(f"{error.heading or 'cannot suggest'}:\n{faults}")
        return 1 if isinstance(error, ResultsError) else 2
    if as_json:
        say_json(result.to_json())
    else:
        _show(result)
    return 0


def _show(result: Any) -> None:
    say(f"suggested  {result.output}")
    videos = list(dict.fromkeys(each.video for each in result.frames))
    of_videos = videos[0] if len(videos) == 1 else counted(len(videos), "video")
    say(f"  {counted(len(result.frames), 'frame')} of {of_videos}, the worst first")
    named = {name: [each for each in result.frames if each.by == name] for name in result.by}
    rows(
        [
            (f"by {name}", counted(len(frames), "frame"), _list(frames, len(videos) > 1))
            for name, frames in named.items()
            if frames
        ],
        "  ",
    )
    for note in result.notes:
        say(f"  note  {note}")


def _list(frames: list[Any], with_videos: bool) -> str:
    texts = [f"{each.video} {each.frame}" if with_videos else str(each.frame) for each in frames]
    more = f", and {len(texts) - WORST} more" if len(texts) > WORST else ""
    return ", ".join(texts[:WORST]) + more
