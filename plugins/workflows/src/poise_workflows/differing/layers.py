"""The layers of two models, built by Keras and compared one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import attrs

from poise.inspection.graph import calls, is_generated
from poise_workflows.differing.pairs import Member, Pair
from poise_workflows.differing.results import LayerDifference

_NAMES = ("name", "batch_shape")
"""Arguments of layers that say nothing besides the name and the shape of outputs."""


@attrs.frozen
class ComparedLayers:
    """The comparison of all layers.

    Attributes:
        differences: the layers that differ, or that one side lacks.
        count: how many both sides have.
    """

    differences: tuple[LayerDifference, ...]
    count: int


def compare_layers(pair: Pair) -> ComparedLayers:
    """Build both networks, for images of any size, and compare their layers.

    Raises:
        BuildError: a network cannot be built.
    """
    members = zip((pair.a, pair.b), pair.channels(), strict=True)
    a, b = (_layers(member, channels) for member, channels in members)
    differences = []
    for name in dict.fromkeys((*a, *b)):
        if name not in a or name not in b:
            differences.append(LayerDifference(name, only="a" if name in a else "b"))
        elif a[name] != b[name]:
            differences.append(LayerDifference(name, _differing(a[name], b[name])))
    return ComparedLayers(tuple(differences), len(a.keys() & b.keys()))


def _differing(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {
        fact: (a.get(fact), b.get(fact))
        for fact in dict.fromkeys((*a, *b))
        if a.get(fact) != b.get(fact)
    }


def _layers(member: Member, channels: int) -> dict[str, dict[str, Any]]:
    """Layer name → class, shape of its output and of its weights, and its arguments."""
    assert member.resolved is not None
    model = member.reading.build(
        (None, None, channels),
        "none",
        skeleton=member.resolved.skeleton,
        classes=member.resolved.classes,
    )
    ranks: Counter[str] = Counter()
    layers: dict[str, dict[str, Any]] = {}
    for call in calls(model):
        name = call.name
        if is_generated(call):  # the number tells what the process has built before
            name = f"{call.kind}#{ranks[call.kind]}"
            ranks[call.kind] += 1
        layers[name] = _facts(call.operation, call)
    return layers


def _facts(operation: Any, call: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "class": call.kind,
        "output": [list(tensor.shape[1:]) for tensor in call.outputs],
    }
    weights = getattr(operation, "weights", None)
    if weights is None:  # an operation without a layer has no arguments that can be told
        return facts
    facts["weights"] = {
        weight.path.rpartition("/")[2]: [int(size) for size in weight.shape] for weight in weights
    }
    config = operation.get_config()
    return facts | {name: value for name, value in config.items() if name not in _NAMES}
