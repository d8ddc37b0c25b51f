"""``poise work``: the command."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from poise.cli.commands import complain, import_keras, say
from poise_workflows.frames.arguments import map_option
from poise_workflows.stopping import Terminated

if TYPE_CHECKING:
    from poise_workflows.queueing.plans import Plan

EPILOG = """\b
Examples:
  poise work predictions/
  poise work predictions/ --stop-after 55m
  poise work predictions/ --again

A cluster's script has this line, as often as you like, on any machine that sees the folder.
"""


@click.command("work", epilog=EPILOG)
@click.argument("folder", type=click.Path(path_type=Path), metavar="OUTFOLDER")
@click.option(
    "--device",
    default="auto",
    show_default=True,
    metavar="auto|cpu|gpu:N",
    help="What predicts. The worker sees one GPU, and no other.",
)
@click.option(
    "--stop-after",
    metavar="TIME",
    help="End cleanly after 55m, 1h30m or 90s; the video is given back.",
)
@click.option(
    "--no-wait",
    is_flag=True,
    help="End when nothing waits, even if other workers, which may die, hold videos.",
)
@map_option
@click.option("--again", is_flag=True, help="Try videos that were set aside again.")
@click.option(
    "--progress",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", "rich", "json", "lines", "none"]),
    help="A bar, JSON lines, a line every half minute, or nothing.",
)
def command(folder: Path, **options: Any) -> int:
    """Predict videos of a queue, which poise predict --jobs has planned.

    Any number of workers may do so at once, on any machine that sees OUTFOLDER. SIGTERM and Ctrl-C
    end a worker after its batch of frames, and the video is given back; twice, at once.

    Exit status: 0 every video is done; 1 the others are set aside, with a reason; 2 nothing can be
    predicted; 3 videos are left, and the time is up or other workers hold them; 130 or 143
    interrupted.
    """
    from poise_workflows.results.hdf5 import import_without_locks

    import_without_locks()  # before any other module imports it
    from poise_workflows.queueing.attending import attend
    from poise_workflows.queueing.errors import QueueError
    from poise_workflows.queueing.saying import lines_of_status, text_of_error

    try:
        status = attend(folder, prepare=partial(_prepare, folder), say=complain, **options)
    except QueueError as error:
        complain(text_of_error(error))
        return 2
    except OSError as error:
        complain(f"{error.filename or folder} must be readable and writable, got {error.strerror}")
        return 2
    except KeyboardInterrupt as stop:
        complain("interrupted; the video is given back, and its journal has what is predicted")
        return 143 if isinstance(stop, Terminated) else 130
    if options["progress"] != "json":
        for line in lines_of_status(status):
            say(line)
    return status.exit_status


def _prepare(folder: Path, plan: Plan) -> None:
    """Import the backend as it predicts quickest."""
    from poise_workflows.prediction.devices import grow_on_demand
    from poise_workflows.queueing.attending import needs_keras

    grow_on_demand()  # before the backend is there to notice
    if needs_keras(plan, folder):
        import_keras(in_batches=plan.options["batch_size"] > 1)
