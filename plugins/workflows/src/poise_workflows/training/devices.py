"""What trains: a device, or several, each of which gets its part of every batch.

TensorFlow trains by ``tf.distribute.MirroredStrategy``, JAX by ``keras.distribution.DataParallel``.
Without GPUs the CPU is split into logical devices, which is for trying things out.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from typing import Any

from poise.building.devices import gpus_of
from poise.building.drivers import why_unused
from poise.errors import Fault
from poise.messages import argument, argument_path, counted
from poise.reading import Reading
from poise_workflows.prediction.devices import Device, on_device, prepare_devices
from poise_workflows.prediction.options import OptionsError

_FLAG = "--xla_force_host_platform_device_count"
_BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX"}


def split_cpu_of_jax(count: int) -> None:
    """Let JAX have several CPU devices, unless the user has decided; before it is imported."""
    flags = os.environ.get("XLA_FLAGS", "")
    if count > 1 and _FLAG not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} {_FLAG}={count}".strip()


def faults_of_devices(reading: Reading, devices: int) -> Iterator[Fault]:
    """Each device gets the same number of images of every batch."""
    size = reading.sections.optimization.batch_size
    if size % devices:
        lower = size - size % devices
        nearest = [str(number) for number in (lower, lower + devices) if number]
        what = f"must be a multiple of {devices}, the number of devices, got {size}"
        yield Fault(f"{what}; set {' or '.join(nearest)}", "optimization.batch_size")


@contextmanager
def on_devices(device: str, count: int) -> Iterator[Device]:
    """Train on a device, or on several.

    Networks that are built meanwhile are mirrored on all of them, and ``fit`` splits batches.

    Args:
        device: ``"auto"``, ``"cpu"`` or ``"gpu:N"``, which is for a single one.
        count: how many.

    Yields:
        What is used.

    Raises:
        OptionsError: the backend has no such devices, or cannot train on several.
    """
    prepare_devices(device)
    if count == 1:
        with on_device(device) as single:
            yield single
        return
    import keras

    backend = keras.backend.backend()
    names = _names(device, count, backend)
    note = "" if device == "cpu" or names[0].startswith("gpu") else why_unused(backend)
    kind = names[0].partition(":")[0]
    with _SCOPES[backend](names):
        yield Device(name=f"{count} × {kind} ({backend})", note=note)


def notes_of_devices(model: Any, devices: int, *, mines: bool) -> Iterator[str]:
    """What several devices compute each for themselves, a sentence each.

    Args:
        model: the network.
        devices: how many.
        mines: whether hard keypoints are mined.
    """
    import keras

    # JAX computes as if a batch were on one device.
    if devices == 1 or keras.backend.backend() != "tensorflow":
        return
    layers = model._flatten_layers(include_self=False, recursive=True)
    if any(isinstance(layer, keras.layers.BatchNormalization) for layer in layers):
        yield f"each of {devices} devices normalizes its part of a batch by itself"
    if mines:
        yield f"each of {devices} devices finds hard keypoints in its part of a batch"


def _names(device: str, count: int, backend: str) -> Sequence[str]:
    """The devices that are used; logical ones if the CPU is split."""
    if backend not in _BACKENDS:
        what = f"must be 1 with PyTorch, on which Keras trains a model on one device, got {count}"
        fix = "train with TensorFlow or JAX (environment variable KERAS_BACKEND)"
        raise OptionsError([Fault(f"{what}; {fix}", argument_path("devices"))])
    if device.startswith("gpu:"):
        what = f"must be auto or cpu for {count} devices, got {device}"
        fix = "the environment variable CUDA_VISIBLE_DEVICES chooses among GPUs"
        raise OptionsError([Fault(f"{what}; {fix}", argument_path("device"))])
    _split_cpu(count, backend)  # before the backend is asked for its GPUs, which starts it
    gpus = [] if device == "cpu" else gpus_of(backend)
    if gpus and len(gpus) < count:
        what = f"must be at most {len(gpus)}, the number of GPUs, got {count}"
        fix = f"{argument('device', value='cpu')} splits the CPU"
        raise OptionsError([Fault(f"{what}; {fix}", argument_path("devices"))])
    return gpus[:count] or [f"cpu:{number}" for number in range(count)]


def _split_cpu(count: int, backend: str) -> None:
    """Have so many logical CPU devices, whatever is used then."""
    try:
        _SPLITTING[backend](count)
    except RuntimeError:  # it has begun to compute
        there = len(_cpus(backend))
        if there < count:
            name = _BACKENDS[backend]
            what = f"must be at most {there}, as {name} has begun with {counted(there, 'CPU')}"
            fix = "train in a process that has computed nothing yet"
            fault = Fault(f"{what}, got {count}; {fix}", argument_path("devices"))
            raise OptionsError([fault]) from None


def _split_tensorflow(count: int) -> None:
    tf = import_module("tensorflow")
    (cpu,) = tf.config.list_physical_devices("CPU")
    logical = [tf.config.LogicalDeviceConfiguration() for _ in range(count)]
    tf.config.set_logical_device_configuration(cpu, logical)


def _split_jax(count: int) -> None:
    split_cpu_of_jax(count)
    if len(_cpus("jax")) < count:
        raise RuntimeError


def _cpus(backend: str) -> Sequence[Any]:
    if backend == "jax":
        devices: Sequence[Any] = import_module("jax").devices("cpu")
    else:
        devices = import_module("tensorflow").config.list_logical_devices("CPU")
    return devices


def _mirrored(names: Sequence[str]) -> AbstractContextManager[Any]:
    strategy = import_module("tensorflow").distribute.MirroredStrategy(
        [f"/{name}" for name in names]
    )
    scope: AbstractContextManager[Any] = strategy.scope()
    return scope


def _data_parallel(names: Sequence[str]) -> AbstractContextManager[Any]:
    import keras

    # Keras lists the CPUs of JAX by their platform.
    scope: AbstractContextManager[Any] = keras.distribution.DataParallel(
        devices=list(names)
    ).scope()
    return scope


_SPLITTING: dict[str, Callable[[int], None]] = {
    "tensorflow": _split_tensorflow,
    "jax": _split_jax,
}

_SCOPES: dict[str, Callable[[Sequence[str]], AbstractContextManager[Any]]] = {
    "tensorflow": _mirrored,
    "jax": _data_parallel,
}
