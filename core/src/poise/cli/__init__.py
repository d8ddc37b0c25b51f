"""The ``poise`` command.

``poise list`` must cost little more than starting Python and reading metadata, so it runs
before click is imported. Everything else goes through click, which imports only the module of
the called command.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: without the program's name; by default those of ``sys.argv``.

    Returns:
        The exit status: 0 for success, 1 if a fault was found, 2 for a mistake in the call or
        a file that cannot be read.
    """
    argv = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # Characters that the encoding lacks, such as "≤", are escaped and cause no traceback.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    try:
        status = _run(argv, owns_process=arguments is None)
        sys.stdout.flush()
        if arguments is None:
            _end_output()
        return status
    except BrokenPipeError:
        # The reader stopped early (`poise list | head`). Without this, Python would report the
        # error again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except BaseException as error:
        message = _mistake(error, argv)
        if message is None:
            raise  # a bug: its authors need the traceback
        if message[0]:
            from poise.cli._output import complain

            complain(message[0])
        return message[1]


def _run(arguments: list[str], *, owns_process: bool) -> int:
    from poise.cli._listing import options_of, show

    options = options_of(arguments)
    if options is not None:
        return show(options)
    from poise.cli._group import run

    if owns_process:
        from poise.registry.in_force import guard

        guard()
    return run(arguments)


def _end_output() -> None:
    """Keep what plugins print while the process ends out of the output."""
    with contextlib.suppress(OSError):
        os.dup2(2, 1)


def _mistake(error: BaseException, arguments: Sequence[str]) -> tuple[str, int] | None:
    """Message and exit status for an error that the user can fix; ``None`` for any other."""
    from poise.cli._group import OWN
    from poise.errors import BuildError, PluginError, PoiseError, WeightsError
    from poise.messages import printable, short_repr
    from poise.processes.interrupts import from_signal

    if isinstance(error, KeyboardInterrupt) and from_signal(error):
        return "", 130
    if isinstance(error, SystemExit) and arguments[:1] and arguments[0] in OWN:
        # No command of Poise ends so; whatever did must not look like success.
        return f"what it called ended the program (sys.exit({short_repr(error.code)}))", 1
    if isinstance(error, PoiseError):
        # The status tells scripts a faulty plugin or model from a mistake in the call.
        misfit = isinstance(error, WeightsError) and error.report is not None
        return str(error), 1 if misfit or isinstance(error, BuildError | PluginError) else 2
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return printable(f"{where}{error.strerror or error}"), 2
    return None
