"""Whether what a spec declares, beside what its functions return, keeps the contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from poise.editions import Difference
from poise.messages import short_repr
from poise.registry.failures import Broken
from poise.scalars import is_integer
from poise.specs import EncoderSpec, Normalization


def refuse_declarations(spec: Any) -> None:
    """Refuse a spec with a value that a listing or a caller could not use.

    Raises:
        Broken: a text is none, a function cannot be called, or a number is none.
    """
    _refuse_texts(spec)
    _refuse_functions(spec)
    _refuse_collections(spec)
    if isinstance(spec, EncoderSpec):
        _refuse_numbers(spec)


def _refuse(spec: Any, name: str, what: str) -> None:
    raise Broken(
        f"{name} of its {type(spec).__name__} must be {what}, got "
        f"{short_repr(getattr(spec, name))}",
        f"give {name} such a value",
    )


def _refuse_texts(spec: Any) -> None:
    # Exactly str: a subclass may have a str() that fails, and every listing would call it.
    if type(spec.summary) is not str:
        _refuse(spec, "summary", "a text")
    if type(getattr(spec, "paper", None)) not in (str, type(None)):
        _refuse(spec, "paper", "a text or None")


def _refuse_functions(spec: Any) -> None:
    for field in attrs.fields(type(spec)):
        value = getattr(spec, field.name)
        # A spec may serve for its configuration alone; who calls such a function is told.
        if "Callable" in str(field.type) and value is not None and not callable(value):
            _refuse(spec, field.name, "a function" + (" or None" if field.default is None else ""))


def _refuse_collections(spec: Any) -> None:
    differences = getattr(spec, "differences", ())
    if not isinstance(differences, list | tuple) or not all(
        isinstance(difference, Difference) for difference in differences
    ):
        _refuse(spec, "differences", "a tuple of poise.Difference")
    examples = getattr(spec, "examples", {})
    if not isinstance(examples, Mapping) or not all(isinstance(name, str) for name in examples):
        _refuse(spec, "examples", "a mapping from name to configuration")


def _refuse_numbers(spec: EncoderSpec) -> None:
    for name in ("max_stride", "minimum_size"):
        if not is_integer(getattr(spec, name)) or getattr(spec, name) < 1:
            _refuse(spec, name, "an integer ≥ 1")
    if not isinstance(spec.normalization, Normalization | None):
        _refuse(spec, "normalization", "a poise.Normalization or None")
