"""Output names in networks with several stacks, and how to select the last stack.

Each stack refines the features of the previous one and has its own heads: training
supervises every stack. Users want the predictions of the last stack.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from poise.building.record import record_of
from poise.errors import BuildError, Fault
from poise.messages import join_names

if TYPE_CHECKING:
    import keras

_NUMBERED = re.compile(r"(?P<name>.+)_(?P<stack>0|[1-9][0-9]*)")


def suffixes(stacks: int) -> tuple[str, ...]:
    """The suffixes of a model's output and head layer names, one per stack."""
    return ("",) if stacks == 1 else tuple(f"_{stack}" for stack in range(stacks))


def stack_of(name: str) -> tuple[str, int] | None:
    """The plain name and the stack of an output; ``None`` if its name has no number."""
    match = _NUMBERED.fullmatch(name)
    return (match["name"], int(match["stack"])) if match else None


def model_of(images: Any, outputs: dict[str, Any], name: str) -> keras.Model:
    """A model whose outputs have their names in Keras' arguments, too.

    Before 3.12 Keras names outputs after their layers where it looks up metrics, but after the
    keys of ``outputs`` where it looks up losses.
    """
    import keras

    model = keras.Model(inputs=images, outputs=outputs, name=name)
    model.output_names = list(outputs)
    return model


def last_stack(model: keras.Model) -> keras.Model:
    """Make a model of the last stack's outputs, under plain names.

    ``poise.build`` returns the outputs of every stack (``confmaps_0``, ``confmaps_1``, …),
    because all of them are trained. The new model shares the layers and weights of ``model``
    and has only the last stack's outputs, as ``confmaps``: for prediction and export.
    Load weights and save model folders with ``model`` itself.

    Args:
        model: a model of ``poise.build``, or one that Keras saved and loaded.

    Returns:
        A model with the same inputs; ``model`` itself if it has a single stack.

    Raises:
        BuildError: ``model`` has no outputs by name, or only some of them have a stack number.
    """
    outputs = getattr(model, "output", None)
    if not isinstance(outputs, dict):
        what = (
            f"must have a dict of outputs by name, got a {type(model).__name__} without it; pass a "
            "model of poise.build"
        )
        raise BuildError([Fault(what, "model")])
    names = _names(model, outputs)
    if all(len(of_output) == 1 for of_output in names.values()):
        return model
    last = {name: outputs[of_output[-1]] for name, of_output in names.items()}
    return model_of(model.input, last, f"{model.name}_last_stack")


def _names(model: Any, outputs: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Plain name of each output → its names in the model, one per stack."""
    record = record_of(model)
    if record is not None and {name for of in record.names.values() for name in of} == set(outputs):
        return dict(record.names)
    # A model that Keras saved and loaded has no record, only the names of its outputs.
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
        what = f"outputs must all be numbered for every stack, or none, got {join_names(outputs)}"
        raise BuildError([Fault(what, "model")])
    (stacks,) = counts
    return {name: tuple(f"{name}{suffix}" for suffix in suffixes(stacks)) for name in numbers}
