"""``poise sleap-train``: the command."""

from __future__ import annotations

from collections.abc import Sequence

from poise.cli.commands import complain
from poise_workflows.sleap_commands.parsing import SleapCommand, ignored_by, run_command
from poise_workflows.sleap_commands.train_parser import HELP, parser


def run(arguments: Sequence[str]) -> int:
    """Train."""
    grammar = parser()
    options, unknown = grammar.parse_known_args(arguments)
    notes = ignored_by(grammar, unknown)
    from poise_workflows.results.hdf5 import import_without_locks

    import_without_locks()
    from poise_workflows.sleap_commands.train_plan import plan
    from poise_workflows.training.command import command as train
    from poise_workflows.training.command import in_lines
    from poise_workflows.training.errors import RunError, TrainingError

    try:
        planned = plan(options)
    except (TrainingError, RunError) as error:
        complain(in_lines(error))
        return 2
    for text in (*notes, *planned.notes):
        complain(text)
    return run_command(train, planned.command)


command = SleapCommand("sleap-train", parser, run, help=HELP)
