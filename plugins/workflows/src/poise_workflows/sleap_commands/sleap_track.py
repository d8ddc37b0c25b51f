"""``poise sleap-track``: the command."""

from __future__ import annotations

from collections.abc import Sequence

from poise.cli.commands import complain
from poise_workflows.sleap_commands.parsing import SleapCommand, run_command
from poise_workflows.sleap_commands.track_parser import HELP, parser

INTERRUPTED = 128
"""The exit status from which on a run was interrupted, and the next one is not begun."""


def run(arguments: Sequence[str]) -> int:
    """Predict, or track again."""
    from poise_workflows.results.hdf5 import import_without_locks

    import_without_locks()  # before any other module imports it
    from poise_workflows.prediction.options import OptionsError
    from poise_workflows.sleap_commands.track_plan import plan

    try:
        planned = plan(arguments)
    except OptionsError as error:
        complain("\n".join(map(str, (error.heading or "cannot run sleap-track", *error.faults))))
        return 2
    for text in (*planned.notes, *planned.missing):
        complain(text)
    if planned.folder is not None:
        planned.folder.mkdir(parents=True, exist_ok=True)
        complain(f"{planned.folder} is made for the results")
    worst = 1 if planned.missing else 0
    for words in planned.commands:
        worst = max(worst, _run(words, [*planned.notes, *planned.missing]))
        if worst >= INTERRUPTED:
            break
    return worst


def _run(words: Sequence[str], notes: Sequence[str]) -> int:
    from poise_workflows.prediction.command import NOTES
    from poise_workflows.prediction.command import command as predict
    from poise_workflows.tracking.command import command as track

    command = {"predict": predict, "track": track}[words[0]]
    return run_command(command, words, {NOTES: tuple(notes)})


command = SleapCommand("sleap-track", parser, run, help=HELP)
