"""The options of a prediction: what they are called, and what may be said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from poise.errors import Fault, FaultsError
from poise.messages import argument_path, join_names, short_repr, suggestion
from poise_workflows.pipelines.networks import FLOAT32, PRECISIONS
from poise_workflows.pipelines.runtimes import AUTO, KERAS, runtime_named, runtime_names

OF_NETWORKS = "batch_size", "precision", "runtime"
"""Options that no decoder has."""


class OptionsError(FaultsError, ValueError):
    """Options of a prediction that do not exist, or do not fit each other or the sources."""


def _number(least: float, *, is_open: bool = False) -> Any:
    def check(instance: Any, attribute: Any, value: Any) -> None:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if value is None or (is_number and (value > least if is_open else value >= least)):
            return
        bound = f"a number {'above' if is_open else 'of at least'} {least:g}"
        raise _fault(f"must be {bound}, got {short_repr(value)}", attribute.name)

    return check


def _count(instance: Any, attribute: Any, value: Any) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise _fault(f"must be a whole number from 1, got {short_repr(value)}", attribute.name)


def _precision(instance: Any, attribute: Any, value: Any) -> None:
    if value not in PRECISIONS:
        what = f"must be one of {join_names(PRECISIONS)}, got {short_repr(value)}"
        raise _fault(what, attribute.name)


def _runtime(instance: Any, attribute: Any, value: Any) -> None:
    if value == KERAS:  # nothing of plugins is looked at
        return
    if value != AUTO and runtime_named(str(value)) is None:
        what = f"must be one of {join_names(runtime_names())}, got {short_repr(value)}"
        raise _fault(what, attribute.name)
    if instance.precision != FLOAT32:
        what = f"must be {FLOAT32} for an export, got {short_repr(instance.precision)}"
        raise _fault(f"{what}; {KERAS} is the runtime with other precisions", "precision")


def _fault(what: str, name: str) -> OptionsError:
    return OptionsError([Fault(what, argument_path(name))])


@attrs.frozen(kw_only=True)
class Decoding:
    """How predictions become animals. ``None`` is the default of the head type.

    The defaults of SLEAP's head types are SLEAP's.

    Attributes:
        batch_size: how many frames the network sees at once.
        peak_threshold: the least value of a peak, of centroids and of parts; 0.2.
        refinement: how parts are located within their cells: ``"auto"`` (by offsets if the
            model predicts them, else integral), ``"integral"``, ``"local"`` or ``"none"``.
        max_instances: keep at most this many animals of a frame, the best.
        max_edge_length_ratio: of bottom-up models: longer edges, as a part of the image, cost;
            0.25.
        dist_penalty_weight: of bottom-up models: how much they cost; 1.
        precision: what the networks compute in, ``"float32"``, ``"float16"`` or ``"bfloat16"``.
        runtime: what runs the networks: ``"keras"``, ``"onnx"`` for ONNX Runtime, ``"openvino"``,
            that of a plugin, or ``"auto"`` for the fastest that is installed and agrees.
    """

    batch_size: int = attrs.field(default=4, validator=_count)
    peak_threshold: float | None = attrs.field(default=None, validator=_number(float("-inf")))
    refinement: str | None = None
    max_instances: int | None = attrs.field(default=None, validator=_count)
    max_edge_length_ratio: float | None = attrs.field(default=None, validator=_number(0))
    dist_penalty_weight: float | None = attrs.field(default=None, validator=_number(0))
    precision: str = attrs.field(default=FLOAT32, validator=_precision)
    runtime: str = attrs.field(default=KERAS, validator=_runtime)

    def of_decoders(self) -> dict[str, Any]:
        """The options without those of the networks."""
        return {
            name: value for name, value in attrs.asdict(self).items() if name not in OF_NETWORKS
        }

    def facts(self) -> dict[str, Any]:
        """What decides the result, as JSON. Journals from before there were runtimes have none."""
        facts = attrs.asdict(self)
        if self.runtime == KERAS:
            del facts["runtime"]
        return facts


def decoding_of(options: Mapping[str, Any]) -> Decoding:
    """The options of a call.

    Raises:
        OptionsError: there is no such option, or a value is out of its domain.
    """
    refuse_unknown(options, attrs.fields_dict(Decoding))
    return Decoding(**options)


def refuse_unknown(options: Iterable[str], known: Iterable[str]) -> None:
    """Refuse options that do not exist, and name the nearest.

    Raises:
        OptionsError: lists every one.
    """
    names = list(known)
    faults = [
        Fault(f"must be an option, got {name!r}; {suggestion(name, names)}", name)
        for name in options
        if name not in names
    ]
    if faults:
        raise OptionsError(faults)
