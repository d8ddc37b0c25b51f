"""How much memory a training takes at most, and which batches fit into what there is.

The outputs of all layers of a batch, which gradients need, are read from the graph of the network
(``poise.inspect``); what the backend takes besides was measured.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import attrs
import psutil

import poise
from poise.messages import counted
from poise_workflows.prediction.devices import Device
from poise_workflows.training.memory_limits import free_memory
from poise_workflows.training.plans import Plan

_COPIES = 8
"""Numbers for each weight: its gradient, the optimizer's, and all of them again while they are
written."""

_STEP = {"tensorflow": 180e6, "jax": 180e6, "torch": 180e6}
"""Bytes that a backend takes for its first step, whatever the network."""

_OUTPUTS = {"tensorflow": 0.95, "jax": 0.95, "torch": 0.95}
"""The part of the outputs of all layers that is held at once: some are computed in place."""


@attrs.frozen(kw_only=True)
class Memory:
    """An estimate of the memory of a training.

    Attributes:
        where: ``"memory"`` of the machine, or ``"memory of the GPU"``.
        fixed: bytes, whatever the batch; of the machine, with what this process has already.
        image: bytes for each image of a batch.
        batch_size: images of a batch on each device that has memory of its own.
        limit: bytes that there are for this process; ``None`` if the backend does not tell.
        devices: how many share a batch.
    """

    where: str
    fixed: float
    image: float
    batch_size: int
    limit: float | None
    devices: int = 1

    @property
    def bytes(self) -> float:
        """The most that is taken at a time."""
        return self.fixed + self.image * self.batch_size

    def fitting(self) -> int:
        """The largest batch that fits; 0 if none does. At most that of the job."""
        if self.limit is None:
            return self.batch_size
        fits = int(max(0, self.limit - self.fixed) / self.image)
        return min(fits - fits % self.devices, self.batch_size)

    def __str__(self) -> str:
        return f"about {_gigabytes(self.bytes)} of {self.where} at most"

    def warning(self) -> str:
        """That the batches do not fit, and which do; empty if they fit."""
        if self.limit is None or self.bytes <= self.limit:
            return ""
        what = f"training takes {self}, and there are {_gigabytes(self.limit)}"
        return f"{what}; {self.fix(self.fitting())}"

    def after_failure(self) -> str:
        """What to do after the device had no memory for a batch."""
        limit = _most_of_gpu_of_tensorflow() if self.limit is None else self.limit
        fits = attrs.evolve(self, limit=limit).fitting()
        if fits == self.batch_size:  # the estimate was too low
            fits = self.batch_size // 2
            fits -= fits % self.devices
        images = counted(self.batch_size, "image")
        return f"no memory for batches of {images}; {self.fix(fits)}"

    def fix(self, fits: int) -> str:
        """What to set, so that so many images are in a batch."""
        smaller = "a smaller input_scaling or crop_size, or fewer filters"
        if not fits:
            least = "one image" if self.devices == 1 else f"a batch of {self.devices}"
            return f"not even {least} fits: set {smaller}"
        return f"set optimization.batch_size={fits}, or {smaller}"


Tell = Callable[[Plan, Device, Memory], None]
"""Gets what will be trained, on what, and how much memory that takes."""


def untold(plan: Plan, device: Device, memory: Memory) -> None:
    """Tell nobody."""


def memory_of(model: Any, batch_size: int, device: Device, devices: int, held: int = 0) -> Memory:
    """Estimate the memory of a training that is about to begin.

    Args:
        model: the network, compiled.
        batch_size: images of a batch.
        device: what trains.
        devices: how many share a batch.
        held: bytes of the images of all frames, if they are kept in the memory of the machine.
    """
    import keras

    backend = keras.backend.backend()
    costs = poise.inspect(model, model.inputs[0].shape[1:3])
    step = bytes_of_step(costs.weight_bytes, backend)
    image = bytes_of_image(costs.training_bytes, backend)
    if "gpu" in str(device):
        return Memory(
            where="memory of the GPU" if devices == 1 else "memory of each GPU",
            fixed=step,
            image=image / devices,
            batch_size=batch_size,
            limit=_limit_of_gpu(backend, str(device)),
            devices=devices,
        )
    here = psutil.Process().memory_info().rss
    return Memory(
        where="memory",
        fixed=here + held + step * devices,
        image=image,
        batch_size=batch_size,
        limit=here + free_memory(),
        devices=devices,
    )


def bytes_of_step(weight_bytes: int, backend: str) -> float:
    """Memory of a step, whatever the batch.

    Args:
        weight_bytes: memory of the weights.
        backend: of Keras.
    """
    return weight_bytes * _COPIES + _STEP[backend]


def bytes_of_image(training_bytes: int, backend: str) -> float:
    """Memory of each image of a batch.

    Args:
        training_bytes: memory of the outputs of all layers, for one image.
        backend: of Keras.
    """
    return training_bytes * _OUTPUTS[backend]


def _limit_of_gpu(backend: str, device: str) -> float | None:
    """Bytes of a GPU that this process can have."""
    number = int(device.partition("gpu:")[2].partition(" ")[0] or 0)
    if backend == "torch":
        free, _ = import_module("torch").cuda.mem_get_info(number)
        return float(free)
    if backend == "jax":
        told = import_module("jax").devices("gpu")[number].memory_stats() or {}
        return float(told["bytes_limit"]) if "bytes_limit" in told else None
    return None


def _most_of_gpu_of_tensorflow() -> float | None:
    """Bytes that TensorFlow had before it failed; it does not tell how many there are."""
    import keras

    if keras.backend.backend() != "tensorflow":
        return None
    told = import_module("tensorflow").config.experimental.get_memory_info("GPU:0")
    return float(told["peak"])


def _gigabytes(count: float) -> str:
    return f"{count / 2**30:.2g} GiB" if count < 10 * 2**30 else f"{count / 2**30:.0f} GiB"
