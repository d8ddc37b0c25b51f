"""``--set``: single values of a configuration on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import click

from poise.errors import ConfigError, FaultsError
from poise.messages import short_repr
from poise.reading import Reading


def set_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--set`` to a command that reads a configuration.

    Args:
        command: the function below ``click.command``. It receives ``values``, a mapping of
            dotted paths for ``with_set``.
    """
    return click.option(
        "--set",
        "values",
        multiple=True,
        metavar="PATH=VALUE",
        callback=_values,
        help="Set a value of the configuration, as backbone.unet.filters=32; VALUE is JSON, or "
        "text. Repeatable.",
    )(command)


def with_set(reading: Reading, values: Mapping[str, Any]) -> Reading:
    """A reading whose configuration has the values of ``--set``.

    Raises:
        ConfigError: a path or a value is wrong; the error has every fault.
    """
    if not values:
        return reading
    try:
        return attrs.evolve(reading, config=reading.config.with_values(values))
    except FaultsError as error:
        raise ConfigError(error.faults, "--set") from None


def _values(
    ctx: click.Context, parameter: click.Parameter, assignments: tuple[str, ...]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        if not path or not equals:
            what = "must be PATH=VALUE as in backbone.unet.filters=32"
            raise click.BadParameter(f"{what}, got {short_repr(assignment)}", ctx, parameter)
        if path in values:
            what = f"must set {path} once, got {short_repr(assignment)} as well"
            raise click.BadParameter(what, ctx, parameter)
        values[path] = _value(text)
    return values


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text  # a word needs no quotes, which a shell would eat
