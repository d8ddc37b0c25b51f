"""What a trained model predicts of labeled frames."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from poise.building.outputs import suffixes
from poise.reading import Reading
from poise_workflows.frames.labeled import Array, LabeledFrame
from poise_workflows.frames.preparation import with_channels
from poise_workflows.pipelines.members import Member
from poise_workflows.pipelines.networks import Network


class Trained:
    """A trained model, for labeled frames.

    Args:
        reading: where the model and its weights are.
        resolution: its outputs, as ``poise.resolve`` returns them.
    """

    def __init__(self, reading: Reading, resolution: Any) -> None:
        member = Member(path=reading.source, reading=reading, spec=resolution.head)
        self._network = Network(member, batch_size=1)
        self._scaling = reading.input_scaling
        self._names = [output.name for output in resolution.outputs]

    def maps(self, labeled: LabeledFrame, crop: int | None, animal: int) -> dict[str, Array]:
        """The outputs of the last stack for a frame that has an image.

        Args:
            labeled: the frame as it was labeled.
            crop: the side of a square to cut out after resizing, or ``None``.
            animal: around which animal it is cut out.

        Returns:
            Arrays of a batch of one image, by output name.
        """
        # As floats, since the model never rounds a resized image to whole levels.
        frame = attrs.evolve(labeled, image=_as_floats(labeled.image)).resized(self._scaling)
        seen = frame if crop is None else frame.around(animal, crop)
        assert seen.image is not None
        pixels = seen.image.reshape(*seen.size, -1)
        predicted = self._network(with_channels(pixels, self._network.channels)[None])
        last = suffixes(len(predicted) // len(self._names))[-1]
        return {name: predicted[name + last] for name in self._names}


def _as_floats(image: Any) -> Array:
    largest = np.iinfo(image.dtype).max if image.dtype.kind in "ui" else 1
    return np.asarray(image, np.float32) * np.float32(1 / largest)
