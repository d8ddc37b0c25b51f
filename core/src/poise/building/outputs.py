"""Networks repeated in stacks: when one can follow another, and how to take the last alone.

Each stack refines the features of the one before it and has heads of its own, so that every
one of them is supervised in training. What users want in the end is the last one's word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from poise.errors import BuildError, Fault
from poise.fields import Rule, rule
from poise.messages import listed

if TYPE_CHECKING:
    import keras

_NUMBERED = re.compile(r"(?P<name>.+)_(?P<stack>0|[1-9][0-9]*)")


def stacks_join(begins: Callable[[Any], Any], where: str) -> Rule:
    """A rule for a number of stacks: each must end at the stride at which the next begins.

    The class must have a field ``output_stride``, the stride at which a stack ends.

    Args:
        begins: ``begins(config)``: the stride at which every stack begins.
        where: what decides that, in words, as ``"stem_stride"``.
    """
    return rule(
        f"must be 1 unless output_stride equals {where}",
        lambda config, stacks: bool(stacks == 1 or config.output_stride == begins(config)),
        lambda config, stacks: (
            f"output_stride is {config.output_stride!r}, "
            f"a further stack would begin at stride {begins(config)!r}"
        ),
        cases=((1, {"const": 1}), (2, {"minimum": 2})),
    )


def last_stack(model: keras.Model) -> keras.Model:
    """Take what the last stack of a model predicts, under plain names.

    ``poise.build`` gives the outputs of every stack (``confmaps_0``, ``confmaps_1``, …), for
    all of them are trained. The model made here shares the layers and weights of ``model``
    and has the last stack's outputs alone, as ``confmaps``: for prediction and export.
    Layers keep their names, so load weights and save model folders with ``model`` itself.

    Args:
        model: a model of ``poise.build``, or one that Keras saved and loaded.

    Returns:
        A model of the same inputs; ``model`` itself if it is of a single stack.

    Raises:
        BuildError: ``model`` has no outputs by name, or some have a stack's number and
            others have not.
    """
    import keras

    outputs = getattr(model, "output", None)
    if not isinstance(outputs, dict):
        what = f"{type(model).__name__} has no dict of outputs by name, as poise.build gives it"
        raise BuildError([Fault(what, "model")])
    stacks = _stacks(model, outputs)
    if stacks == 1:
        return model
    ending = f"_{stacks - 1}"
    return keras.Model(
        inputs=model.input,
        outputs={
            name.removesuffix(ending): tensor
            for name, tensor in outputs.items()
            if name.endswith(ending)
        },
        name=f"{model.name}_last_stack",
    )


def _stacks(model: Any, outputs: Iterable[str]) -> int:
    """The number of stacks, going by the names of the outputs."""
    from poise.model import record_of

    record = record_of(model)
    if record is not None and {one.name for one in record.resolution.outputs} == set(outputs):
        return 1  # whatever a head calls its outputs
    numbers: dict[str, set[int]] = {}
    plain = []
    for output in outputs:
        match = _NUMBERED.fullmatch(output)
        if match is None:
            plain.append(output)
        else:
            numbers.setdefault(match["name"], set()).add(int(match["stack"]))
    if not numbers:
        return 1
    counts = {max(found) + 1 for found in numbers.values()}
    whole = all(found == set(range(max(found) + 1)) for found in numbers.values())
    if plain or len(counts) > 1 or not whole:
        what = f"its outputs {listed(outputs)} are not those of one or more stacks"
        raise BuildError([Fault(f"{what}: each needs every stack's, or none a number", "model")])
    return counts.pop()
