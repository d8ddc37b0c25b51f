"""The suggesters that the user names, and what they say of each frame, checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from poise import registry
from poise.errors import Fault, PluginError
from poise.messages import argument_path, repeated, short_repr, suggestion
from poise_workflows.suggesting.contract import Floats, Predictions, SuggesterSpec

DEFAULT = ("score", "jump", "count", "missing")
"""The suggesters of Poise, which judge together unless the user names others."""


def suggesters_of(by: object) -> tuple[tuple[str, ...], list[Fault]]:
    """The names of the suggesters, and what is wrong with them.

    Args:
        by: a name, or several; ``None`` or none for those of Poise.
    """
    if by is None or by == () or by == []:
        return DEFAULT, []
    names = (by,) if isinstance(by, str) else by
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        what = f"must be the name of a suggester or a list of names, got {short_repr(by)}"
        return (), [Fault(what, argument_path("by"))]
    return tuple(names), list(_faults(names))


def _faults(names: Sequence[str]) -> Iterator[Fault]:
    where, installed = argument_path("by"), registry.default().plugins_of("suggester")
    for name in dict.fromkeys(names):
        if name not in installed:
            hint = suggestion(name, installed, noun="installed")
            yield Fault(f"must be a suggester, got {name!r}; {hint}", where)
    for name in dict.fromkeys(name for _, name in repeated(names)):
        yield Fault(f"must name each suggester once, got {name!r} twice", where)


def specs_of(names: Sequence[str]) -> list[SuggesterSpec]:
    """The suggesters of some names.

    Raises:
        PluginError: one of them is broken; the message names cause and fix.
    """
    installed = registry.default().plugins_of("suggester")
    return [installed[name] for name in names]


def judge(spec: SuggesterSpec, predictions: Predictions) -> Floats:
    """What a suggester says of each frame, ``(F,)``: NaN where it sees no fault.

    Raises:
        PluginError: it failed, or gave something else.
    """
    value = spec.badness(predictions)
    try:
        badness = np.array(value, np.float64)
    except (TypeError, ValueError):
        raise _broken(spec, f"numbers, got {short_repr(value)}") from None
    if badness.shape != (len(predictions),):
        raise _broken(spec, f"{len(predictions)} numbers, got the shape {badness.shape}")
    if np.isinf(badness).any():
        frame = predictions.frames[np.isinf(badness)][0]
        raise _broken(spec, f"finite numbers or NaN, got infinity for frame {frame}")
    badness[~(badness > 0)] = np.nan
    return badness


def _broken(spec: SuggesterSpec, what: str) -> PluginError:
    message = f"badness of suggester {spec.key!r} must return {what}"
    return PluginError(f"{message}{registry.origin_of(spec.badness)}")
