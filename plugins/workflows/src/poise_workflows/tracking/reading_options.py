"""From options by name, as programs have them, to the options of a tracker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args, get_origin

from poise.fields.descriptions import hints_of
from poise.scalars import plain
from poise.wire.structure import structure


def config_of(config: type, options: Mapping[str, Any]) -> Any:
    """The options of a tracker, from values by name.

    SLEAP's forms are accepted: 0 and 1 for flags, and a number for a list of one.

    Args:
        config: the class of the options, ``TrackerSpec.config``.
        options: name → value.

    Raises:
        ConfigError: there is no such option, or a value is out of its domain; lists every one.
    """
    hints = hints_of(config)
    data = {name: _strict(value, hints.get(name)) for name, value in options.items()}
    return structure(data, config)


def _strict(value: Any, hint: Any) -> Any:
    value = plain(value)
    if hint is bool and type(value) is int and value in (0, 1):
        return bool(value)
    if any(get_origin(item) is tuple for item in (hint, *get_args(hint))):
        if type(value) in (int, float):
            return [value]
        return list(value) if isinstance(value, tuple) else value
    return value
