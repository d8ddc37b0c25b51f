"""The device that predicts, on every backend."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

import attrs

from poise.building.devices import gpus_of
from poise.building.drivers import why_unused
from poise.errors import Fault
from poise.messages import argument_path, join_names, short_repr
from poise_workflows.pipelines.runtimes import KERAS, opened_on, runtime_of, title_of
from poise_workflows.prediction.options import OptionsError

_FORM = re.compile(r"auto|cpu|gpu:\d+")

_GROWTH = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
"""Two runs can share a card. Backends read these when they first use it; PyTorch needs none."""


@attrs.frozen(kw_only=True)
class Device:
    """What predicts.

    Attributes:
        name: ``"cpu"`` or ``"gpu:N"``, and the backend.
        note: why a GPU of this machine is not used, and the command that mends it; else empty.
    """

    name: str
    note: str = ""

    def __str__(self) -> str:
        return self.name


def grow_on_demand() -> None:
    """Let the backend take the memory of a GPU as it needs it, unless the user has decided."""
    for name, value in _GROWTH.items():
        os.environ.setdefault(name, value)


def prepare_devices(device: str) -> None:
    """Check the name of a device, and let the backend's memory grow on demand.

    Raises:
        OptionsError: it is no name of a device.
    """
    if not _FORM.fullmatch(device):
        what = f"must be auto, cpu or gpu:N, got {short_repr(device)}"
        raise OptionsError([Fault(f"{what}; gpu:0 is the first GPU", argument_path("device"))])
    grow_on_demand()


@contextmanager
def on_device(device: str, runtime: str = KERAS) -> Iterator[Device]:
    """Predict on a device.

    Args:
        device: ``"auto"``, ``"cpu"`` or ``"gpu:N"``.
        runtime: what runs the networks.

    Yields:
        What is used.

    Raises:
        OptionsError: the backend has no such device. Other runtimes say so when they open a model.
        ModelsError: the runtime is not installed.
    """
    if runtime != KERAS:
        with opened_on(device):
            yield Device(name=f"{device} ({title_of(runtime_of(runtime))})")
        return
    import keras

    backend = keras.backend.backend()
    gpus = [] if device == "cpu" else gpus_of(backend)
    note = "" if gpus or device == "cpu" else why_unused(backend)
    if device == "auto":
        yield Device(name=f"{gpus[0] if gpus else 'cpu'} ({backend})", note=note)
        return
    if device != "cpu" and device not in gpus:
        there = f"there are {join_names(gpus)}" if gpus else note or "the driver shows none, either"
        what = f"must be a GPU that {backend} can use, got {device}; {there}"
        raise OptionsError([Fault(what, argument_path("device"))])
    with keras.device(device if ":" in device else f"{device}:0"):
        yield Device(name=f"{device} ({backend})")
