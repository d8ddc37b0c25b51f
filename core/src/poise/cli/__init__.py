"""The ``poise`` command.

Listing is meant to cost no more than Python and a look at the metadata, so ``poise list``
is answered before click is imported. Everything else goes through click, which imports the
module of the command that was called and no other.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: without the program's name; taken from ``sys.argv`` unless given.

    Returns:
        The exit status: 0 fine, 1 a fault was found, 2 a mistake in what was asked or a
        file that cannot be read.
    """
    argv = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows no "≤" is shown a substitute instead of a traceback.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    try:
        status = _run(argv)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # The reader has seen enough (`poise list | head`). Python would complain once more
        # when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        message = _mistake(error)
        if message is None:
            raise  # a fault of the program: the traceback is what its authors need
        sys.stdout.flush()
        sys.stderr.write(f"poise: {message[0]}\n")
        return message[1]


def _run(arguments: list[str]) -> int:
    from poise.cli._listing import options_of, show

    options = options_of(arguments)
    if options is not None:
        return show(options)
    from poise.cli._group import run

    return run(arguments)


def _mistake(error: Exception) -> tuple[str, int] | None:
    """Message and exit status for what its user can mend; ``None`` for anything else."""
    from poise.errors import BuildError, PluginError, PoiseError, WeightsError
    from poise.messages import printable

    if isinstance(error, PoiseError):
        # The call was fine, and what it was about is not: that is for scripts to tell apart.
        misfit = isinstance(error, WeightsError) and error.report is not None
        return str(error), 1 if misfit or isinstance(error, BuildError | PluginError) else 2
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return printable(f"{where}{error.strerror or error}"), 2
    return None
