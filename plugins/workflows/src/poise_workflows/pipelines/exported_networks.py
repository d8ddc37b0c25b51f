"""A network that another runtime runs, from an export: no Keras and no backend is imported."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from poise import registry, resolve
from poise.errors import Fault
from poise_workflows.exporting.contract import ExporterSpec
from poise_workflows.exporting.manifests import read_manifest
from poise_workflows.frames.preparation import resized
from poise_workflows.pipelines.members import Member, ModelsError
from poise_workflows.pipelines.networks import FLOAT32, PROBED, Array
from poise_workflows.pipelines.runtimes import device_in_force


class ExportedNetwork:
    """An export of a network, from images as they are read to its outputs.

    It does what ``networks.Network`` does, with NumPy in front of the runtime.

    Args:
        member: the model, with its export.
        runtime: what runs it.
        batch_size: how many images a call has, unless the export takes another number.
        scaling: the factor by which images are resized first.
        multiple: images are padded at the right and at the bottom to a multiple of this besides
            the network's own.
        precision: float32.
        of_crops: whether the images are crops.
    """

    def __init__(
        self,
        member: Member,
        batch_size: int,
        *,
        runtime: ExporterSpec,
        scaling: float = 1.0,
        multiple: int = 1,
        precision: str = FLOAT32,
        of_crops: bool = False,
    ) -> None:
        assert member.export is not None
        assert runtime.open is not None
        reading, manifest = member.reading, read_manifest(member.export)
        self.member = member
        # Decoders take the resolution, since there is no model.
        self.model: Any = resolve(reading.config, reading.skeleton, reading.classes)
        session = runtime.open(member.export, device_in_force())
        self._session = registry.guarded_methods(session, runtime.open)
        self._batch, *self._size, self.channels = manifest["input"]["shape"]
        self._outputs = {each["name"]: each["shape"] for each in manifest["outputs"]}
        self.batch_size = self._batch or batch_size
        self._scaling = scaling
        self._multiple = math.lcm(multiple, self.model.max_stride)

    def __call__(self, images: Array) -> dict[str, Array]:
        """The outputs of images; see ``networks.Network``."""
        starts = range(0, len(images), self.batch_size)
        parts = [self._predict(images[start : start + self.batch_size]) for start in starts]
        if len(parts) == 1:
            return parts[0]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def zeros(self, count: int) -> dict[str, Array]:
        """Outputs of this many images as if nothing was in them, of a few cells."""
        return {
            name: np.zeros((count, *(side or PROBED for side in shape[1:])), np.float32)
            for name, shape in self._outputs.items()
        }

    def bytes_of_maps(self) -> float:
        """Memory that the outputs take, for each pixel of an image before it is resized."""
        outputs = [output for output in self.model.outputs if output.spatial]
        cells = sum(output.channels / output.stride**2 for output in outputs)
        return float(4 * cells * self._scaling**2)

    def _predict(self, images: Array) -> dict[str, Array]:
        count = len(images)
        prepared = self._prepared(images)
        missing = (self._batch or count) - count
        if missing:
            prepared = np.pad(prepared, ((0, missing), (0, 0), (0, 0), (0, 0)))
        return {name: array[:count] for name, array in self._session.run(prepared).items()}

    def _prepared(self, images: Array) -> Array:
        """Floats from 0 to 1, resized and padded as the network takes them."""
        x = images.astype(np.float32)
        height, width = (max(1, int(side * self._scaling)) for side in images.shape[1:3])
        if self._scaling != 1:
            x = np.stack([resized(image, (height, width)) for image in x])
        if images.dtype.kind in "ui":
            x = x * np.float32(1 / np.iinfo(images.dtype).max)
        self.check_size((images.shape[1], images.shape[2]))
        rows, columns = -height % self._multiple, -width % self._multiple
        return np.pad(x, ((0, 0), (0, rows), (0, columns), (0, 0))) if rows or columns else x

    @property
    def frame_size(self) -> tuple[int | None, int | None]:
        """Height and width of frames that fill the images of the export; ``None`` for any."""
        height, width = (side and math.ceil(side / self._scaling) for side in self._size)
        return height, width

    def check_size(self, size: tuple[int, int]) -> None:
        """Refuse frames that the export cannot take.

        Raises:
            ModelsError: it was exported for another size.
        """
        height, width = (max(1, int(side * self._scaling)) for side in size)
        rows, columns = -height % self._multiple, -width % self._multiple
        padded = height + rows, width + columns
        if all(own in (None, side) for own, side in zip(self._size, padded, strict=True)):
            return
        own = " × ".join("any" if side is None else str(side) for side in self._size)
        what = f"takes images of {own} pixels, got {padded[0]} × {padded[1]}"
        fix = "export the model again with --image any"
        text = f"{what} after frames are resized and padded; {fix}"
        raise ModelsError([Fault(text, str(self.member.path))])
