"""A network with its preparation of images: one compiled function for each shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from poise_workflows.pipelines.members import Member
from poise_workflows.pipelines.torch_calls import OFTEN_OF_CROPS, TorchFunction, keep_kernels

Array = npt.NDArray[Any]

FLOAT32 = "float32"
PRECISIONS = (FLOAT32, "float16", "bfloat16")
"""What a network may compute in."""

PROBED = 8
"""Cells along each side of the maps that a decoder is asked about before the first frame."""


class Network:
    """A built model, from images as they are read to its outputs.

    Args:
        member: the model.
        batch_size: how many images each call of the compiled function has. Fewer are padded, so
            that nothing is compiled twice.
        scaling: the factor by which images are resized first.
        multiple: images are padded at the right and at the bottom to a multiple of this besides
            the network's own.
        precision: of what the network computes; its weights and its outputs stay float32.
        of_crops: whether the images are crops, so that nearly every batch has a rest. Where a
            compiled function takes any number of images, a rest is not padded.
        jit_compile: whether XLA, or PyTorch's compiler, compiles the function; by default on JAX
            alone.
    """

    def __init__(
        self,
        member: Member,
        batch_size: int,
        *,
        scaling: float = 1.0,
        multiple: int = 1,
        precision: str = FLOAT32,
        of_crops: bool = False,
        jit_compile: bool | None = None,
    ) -> None:
        import poise

        with computing_in(precision):
            # Poise pads below, where the compiled function knows the size.
            self.model: Any = member.reading.build((None, None, None), auto_pad=False)
        self._biases = keep_kernels(self.model) if _is_torch() else {}
        self.batch_size = batch_size
        self._jit_compile = jit_compile
        self._pads = not of_crops or not _takes_any_number()
        self._scaling = scaling
        record: Any = poise.record_of(self.model)
        self._multiple = int(np.lcm(multiple, record.resolution.max_stride))
        self.channels = int(record.image[2])
        self._compiled: dict[tuple[Any, ...], Any] = {}

    def __call__(self, images: Array) -> dict[str, Array]:
        """The outputs of images.

        Args:
            images: ``(N, H, W, C)``, at least one; integers up to the largest of their type, or
                floats up to 1. More than a batch are predicted batch by batch.

        Returns:
            The arrays ``(N, …)`` of each output.
        """
        starts = range(0, len(images), self.batch_size)
        parts = [self._predict(images[start : start + self.batch_size]) for start in starts]
        if len(parts) == 1:
            return parts[0]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def zeros(self, count: int) -> dict[str, Array]:
        """Outputs of this many images as if nothing was in them, of a few cells."""
        return {
            name: np.zeros((count, *(side or PROBED for side in output.shape[1:])), np.float32)
            for name, output in self.model.output.items()
        }

    def bytes_of_maps(self) -> float:
        """Memory that the outputs take, for each pixel of an image before it is resized."""
        import poise

        record: Any = poise.record_of(self.model)
        outputs = [output for output in record.resolution.outputs if output.spatial]
        cells = sum(output.channels / output.stride**2 for output in outputs)
        stacks = len(self.model.output) / len(record.resolution.outputs)
        return float(4 * cells * stacks * self._scaling**2)

    def _predict(self, images: Array) -> dict[str, Array]:
        count, shape = len(images), images.shape[1:]
        key = (*shape, images.dtype.str)
        if key not in self._compiled:
            self._compiled[key] = self._compile(shape, images.dtype)
        missing = self.batch_size - count if self._pads else 0
        padded = np.pad(images, ((0, missing), (0, 0), (0, 0), (0, 0))) if missing else images
        outputs: Mapping[str, Any] = self._compiled[key].predict_on_batch(padded)
        return {name: np.asarray(array)[:count] for name, array in outputs.items()}

    def _compile(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
        import keras

        image = keras.Input(shape, dtype=dtype.name)
        function: Any = keras.Model(image, self.model(self.prepared(image, shape, dtype)))
        function.jit_compile = self._jit_compile
        if self._jit_compile is None:
            # XLA takes seconds to compile on a CPU, and PyTorch's compiler minutes; JAX needs it.
            function.jit_compile = keras.backend.backend() == "jax"
        if not _is_torch() or function.jit_compile:
            return function
        return TorchFunction(function, self._biases, 2 if self._pads else OFTEN_OF_CROPS)

    def prepared(self, image: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
        """Images as the model takes them: floats, resized and padded.

        Args:
            image: a tensor ``(N, H, W, C)``.
            shape: its height, width and channels.
            dtype: of its values: integers up to the largest of their type, or floats up to 1.
        """
        from keras import ops

        x = ops.cast(image, "float32")
        height, width = (max(1, int(side * self._scaling)) for side in shape[:2])
        if self._scaling != 1:
            x = ops.image.resize(
                x, (height, width), interpolation="bilinear", data_format="channels_last"
            )
        if dtype.kind in "ui":
            x = x * (1 / np.iinfo(dtype).max)  # after resizing: there are fewer pixels then
        rows, columns = -height % self._multiple, -width % self._multiple
        return ops.pad(x, ((0, 0), (0, rows), (0, columns), (0, 0))) if rows or columns else x


@contextmanager
def computing_in(precision: str) -> Iterator[None]:
    """Layers that are built meanwhile compute in this precision."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision if precision == FLOAT32 else f"mixed_{precision}")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _is_torch() -> bool:
    import keras

    return bool(keras.backend.backend() == "torch")


def _takes_any_number() -> bool:
    """Whether another number of images costs no further compilation, or a quick one, once."""
    import keras

    backend: str = keras.backend.backend()
    return backend != "jax"
