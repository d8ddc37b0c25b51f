"""Animals that a model does not learn: one of a single animal learns the first of each frame."""

from __future__ import annotations

from typing import Any

import numpy as np

from poise import Labels, make_targets
from poise.messages import counted
from poise_workflows.training.plans import Plan


def note_of_ignored(model: Any, plan: Plan) -> str | None:
    """How many labeled animals the targets of a model leave out.

    Whether a head type does so is seen from its targets: they are the same without the others.

    Args:
        model: the network.
        plan: of the training.

    Returns:
        A sentence for the report; ``None`` if every animal is learned.
    """
    if plan.is_of_crops:
        return None
    counts = [len(example.points) for example in plan.sets.of(plan.sets.split.train)]
    several = [count for count in counts if count > 1]
    if not several or not _learns_the_first(model, plan):
        return None
    left = counted(sum(several) - len(several), "animal")
    frames = counted(len(several), "training frame")
    return f"the model learns one animal of each frame, the first: {left} of {frames} left out"


def _learns_the_first(model: Any, plan: Plan) -> bool:
    """Whether the targets of two animals are those of the first alone."""
    parts = plan.sets.skeleton.parts
    height, width = plan.geometry.image[:2]
    middles = np.array([[width, height]]) * [[0.25], [0.625]]
    points = middles[:, None] + np.linspace(-2, 2, len(parts))[:, None]
    classes = np.zeros((1, 2), np.int64)
    alone, both = (
        make_targets(
            model,
            Labels(
                points[None, :count].astype(np.float32), classes=classes[:, :count], parts=parts
            ),
            (height, width),
        )
        for count in (1, 2)
    )
    return all(np.array_equal(_numpy(alone[name]), _numpy(both[name])) for name in alone)


def _numpy(tensor: Any) -> Any:
    import keras

    return keras.ops.convert_to_numpy(tensor)
