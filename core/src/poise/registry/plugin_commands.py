"""Load the commands that plugins add to ``poise``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poise.processes.interrupts import let_signals_pass
from poise.registry.discovery import Candidate
from poise.registry.failures import Broken, Failure, failure_of
from poise.registry.opening import load

if TYPE_CHECKING:
    import click

    from poise.registry.loaders import Loader


def load_command(candidate: Candidate) -> click.Command:
    """What the entry point of a command names. Errors of the import are not caught.

    Raises:
        Broken: it names no command.
    """
    import click  # whoever judges other plugins does not need it

    command = load(candidate)
    if not isinstance(command, click.Command):
        raise Broken(
            f"{candidate.value} must be a click command, got {type(command).__name__}",
            "point its entry point to a function decorated with @click.command",
        )
    return command


def command_of(candidate: Candidate, loader: Loader) -> click.Command | Failure:
    """The command of an entry point; errors become a failure."""
    return loader.load(candidate, lambda: _loaded(candidate))


def _loaded(candidate: Candidate) -> click.Command | Failure:
    try:
        return load_command(candidate)
    except BaseException as error:  # noqa: BLE001 - a plugin may raise anything
        let_signals_pass(error)
        return failure_of(error, candidate)
