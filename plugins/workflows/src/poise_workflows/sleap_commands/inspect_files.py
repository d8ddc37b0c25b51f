"""``poise sleap-inspect``: the command."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from poise.cli.commands import complain_of_faults, say
from poise.errors import FaultsError
from poise_workflows.sleap_commands.parsing import SleapCommand, parser_of, say_command

HELP = """Say what is in a .slp file or a model folder, as SLEAP 1.4's sleap-inspect did.

Of anything else it says nothing.

Exit status: 0 said; 2 the call is wrong, or the file cannot be read.
"""


def parser() -> argparse.ArgumentParser:
    """SLEAP's parser."""
    result = parser_of("sleap-inspect", "PATH", HELP)
    result.add_argument("data_path", metavar="PATH", help="A .slp file, or a model folder.")
    result.add_argument("--verbose", action="store_true", help="Say a line for every frame.")
    return result


def run(arguments: Sequence[str]) -> int:
    """Inspect."""
    options = parser().parse_args(arguments)
    from poise_workflows.results.hdf5 import import_without_locks

    import_without_locks()
    from poise_workflows.sleap_commands.inspection import lines_of

    say_command("sleap-inspect", options.data_path, *["--verbose"] * options.verbose)
    try:
        for line in lines_of(options.data_path, verbose=options.verbose):
            say(line)
    except FaultsError as error:
        complain_of_faults(options.data_path, error)
        return 2
    return 0


command = SleapCommand("sleap-inspect", parser, run, help=HELP)
