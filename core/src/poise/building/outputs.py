"""The names of outputs in networks that are repeated in stacks, and how to take the last alone.

Each stack refines the features of the one before it and has heads of its own, so that every
stack is supervised in training. What users want in the end is what the last stack predicts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from poise.building.record import record_of
from poise.errors import BuildError, Fault
from poise.messages import listed

if TYPE_CHECKING:
    import keras

_NUMBERED = re.compile(r"(?P<name>.+)_(?P<stack>0|[1-9][0-9]*)")


def suffixes(stacks: int) -> tuple[str, ...]:
    """What the names of a model's outputs and head layers end with, a suffix a stack."""
    return ("",) if stacks == 1 else tuple(f"_{stack}" for stack in range(stacks))


def stack_of(name: str) -> tuple[str, int] | None:
    """The plain name of an output and the stack whose it is; ``None`` without a number."""
    match = _NUMBERED.fullmatch(name)
    return (match["name"], int(match["stack"])) if match else None


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
    names = _names(model, outputs)
    if all(len(of_output) == 1 for of_output in names.values()):
        return model
    return keras.Model(
        inputs=model.input,
        outputs={name: outputs[of_output[-1]] for name, of_output in names.items()},
        name=f"{model.name}_last_stack",
    )


def _names(model: Any, outputs: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Plain name of each output → its names in the model, a name a stack."""
    record = record_of(model)
    if record is not None and {name for of in record.names.values() for name in of} == set(outputs):
        return dict(record.names)
    # Of a model that Keras saved and loaded, all that is left is how its outputs are called.
    numbers: dict[str, list[int]] = {}
    plain = []
    for output in outputs:
        parts = stack_of(output)
        if parts is None:
            plain.append(output)
        else:
            numbers.setdefault(parts[0], []).append(parts[1])
    if not numbers:
        return {output: (output,) for output in plain}
    counts = {len(stacks) for stacks in numbers.values()}
    whole = all(sorted(stacks) == list(range(len(stacks))) for stacks in numbers.values())
    if plain or len(counts) > 1 or not whole:
        what = f"its outputs {listed(outputs)} are not those of one or more stacks"
        raise BuildError([Fault(f"{what}: each needs every stack's, or none a number", "model")])
    (stacks,) = counts
    return {name: tuple(f"{name}{suffix}" for suffix in suffixes(stacks)) for name in numbers}
