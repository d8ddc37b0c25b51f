"""``poise status``: the command."""

from __future__ import annotations

import time
from pathlib import Path

import click

from poise.cli.commands import complain, say, say_json

EPILOG = """\b
Examples:
  poise status predictions/
  poise status predictions/ --watch
  poise status predictions/ --json
"""

PAUSE = 2.0
"""Seconds between two looks of ``--watch``."""


@click.command("status", epilog=EPILOG)
@click.argument("folder", type=click.Path(path_type=Path), metavar="OUTFOLDER")
@click.option("--json", "as_json", is_flag=True, help="A JSON object; with --watch, one a line.")
@click.option("--watch", is_flag=True, help="Look again and again, until nothing is left.")
def command(folder: Path, *, as_json: bool, watch: bool) -> int:
    """Say what became of each video of a queue, who works on what, and what to do next.

    It changes nothing, and may be called while workers go on.

    Exit status: 0 every video is done; 1 the others are set aside; 2 there is no queue; 3 videos
    are left.
    """
    from poise_workflows.queueing.errors import QueueError
    from poise_workflows.queueing.saying import lines_of_status, text_of_error
    from poise_workflows.queueing.statuses import status

    while True:
        try:
            seen = status(folder)
        except QueueError as error:
            complain(text_of_error(error))
            return 2
        if as_json:
            say_json(seen.to_json(), indent=None if watch else 2)
        else:
            for line in lines_of_status(seen):
                say(line)
        if not watch or not seen.left:
            return seen.exit_status
        time.sleep(PAUSE)
