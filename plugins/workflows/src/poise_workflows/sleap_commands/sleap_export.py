"""``poise sleap-export``: the command."""

from __future__ import annotations

from collections.abc import Sequence

from poise.cli.commands import complain
from poise_workflows.sleap_commands.export_parser import HELP, parser
from poise_workflows.sleap_commands.parsing import SleapCommand, ignored_by, run_command


def run(arguments: Sequence[str]) -> int:
    """Export."""
    grammar = parser()
    options, unknown = grammar.parse_known_args(arguments)
    notes = ignored_by(grammar, unknown)
    from poise_workflows.results.hdf5 import import_without_locks

    import_without_locks()  # before any other module imports it
    from poise_workflows.exporting.command import command as export
    from poise_workflows.prediction.options import OptionsError
    from poise_workflows.sleap_commands.export_plan import plan

    try:
        planned = plan(options)
    except OptionsError as error:
        complain("\n".join(map(str, (error.heading or "cannot run sleap-export", *error.faults))))
        return 2
    for text in (*notes, *planned.notes):
        complain(text)
    return run_command(export, planned.command)


command = SleapCommand("sleap-export", parser, run, help=HELP)
