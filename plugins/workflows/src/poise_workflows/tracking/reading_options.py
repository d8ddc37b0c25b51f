"""From options by name, as programs and command lines have them, to the options of a tracker."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, get_args, get_origin

import attrs

from poise.fields.descriptions import hints_of
from poise.scalars import plain
from poise.wire.structure import structure


def config_of(config: type, options: Mapping[str, Any]) -> Any:
    """The options of a tracker, from values or from texts of a command line.

    SLEAP's forms are accepted: 0 and 1 for flags, a number or ``"0,1,2"`` for a list.

    Args:
        config: the class of the options, ``TrackerSpec.config``.
        options: name → value, or the text of one.

    Raises:
        ConfigError: there is no such option, or a value is out of its domain; lists every one.
    """
    hints = hints_of(config)
    fields = attrs.fields_dict(config)
    data = {
        name: _plain(value, hints.get(name), fields[name]) if name in fields else value
        for name, value in options.items()
    }
    return structure(data, config)


def _plain(value: Any, hint: Any, field: Any) -> Any:
    value = plain(value)
    if isinstance(value, str):
        of_text = field.metadata.get("of_text", lambda text: _of_text(text, hint))
        value = of_text(value)
    if hint is bool and type(value) is int and value in (0, 1):
        return bool(value)
    if _is_list(hint):
        if type(value) in (int, float):
            return [value]
        if isinstance(value, tuple):
            return list(value)
    return value


def _of_text(text: str, hint: Any) -> Any:
    if hint is str or str in get_args(hint):
        return text
    if _is_list(hint):
        return [_literal(item) for item in text.split(",") if item.strip()]
    return _literal(text.strip())


def _literal(text: str) -> Any:
    """The number, truth value or null that a text is; else the text, which is refused later."""
    try:
        return json.loads({"none": "null"}.get(text.lower(), text.lower()))
    except ValueError:
        return text


def _is_list(hint: Any) -> bool:
    return any(get_origin(item) is tuple for item in (hint, *get_args(hint)))
