"""Options of trackers as the command line has them: texts that become typed values."""

from __future__ import annotations

import math
import re
import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin

from poise.fields.descriptions import hints_of
from poise_workflows.tracking.options import max_tracking_of

_WHOLE = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_BOOLS = {"true": True, "1": True, "false": False, "0": False}
_NONE = frozenset({"none", "null", ""})


class Texts(dict[str, str]):
    """Options of a tracker from the command line. The names have ``_``, never ``-``."""


def values_of(texts: Mapping[str, str], config: type) -> dict[str, Any]:
    """What the texts mean for the fields of a configuration class.

    A text that does not mean a value of its field's type stays a text, and names that are no
    fields stay: whoever makes the configuration refuses both.
    """
    kinds = hints_of(config)
    values = {name: value_of(text, kinds.get(name)) for name, text in texts.items()}
    if kinds.get("max_tracking") is bool and "max_tracking" in texts:
        values["max_tracking"] = max_tracking_of(texts["max_tracking"])  # the edition decides
    return values


def value_of(text: str, kind: Any) -> Any:
    """The value of a type that a text means; the text itself if it means none.

    Args:
        text: ``5``, ``0.5``, ``true``, ``0,1,2``, ``none``.
        kind: an annotation: ``int | None``, ``tuple[int, ...]``, ``Literal["a", "b"]``.
    """
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _of_any(text, inner)
    if origin is Literal:
        return next((choice for choice in inner if str(choice) == text), text)
    if _is_list(kind):
        parts = [part.strip() for part in text.split(",")] if text.strip() else []
        return tuple(value_of(part, inner[0] if inner else str) for part in parts)
    return _of_scalar(text, kind)


def _of_any(text: str, members: tuple[Any, ...]) -> Any:
    """The first meaning of several types that is no mere text."""
    if type(None) in members and text.strip().lower() in _NONE:
        return None
    # A list has any text, so the others come first.
    ordered = sorted(members, key=_is_list)
    for member in ordered:
        value = value_of(text, member)
        if not isinstance(value, str):
            return value
    return text


def _is_list(kind: Any) -> bool:
    origin: Any = get_origin(kind)
    return origin is tuple or origin is list


def _of_scalar(text: str, kind: Any) -> Any:
    plain = text.strip()
    if kind is bool:
        return _BOOLS.get(plain.lower(), text)
    if kind is int and _WHOLE.fullmatch(plain):
        return int(plain)
    if kind is float and _NUMBER.fullmatch(plain) and math.isfinite(float(plain)):
        return float(plain)
    return text
