"""The device that predicts, on every backend."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from poise.errors import Fault
from poise.messages import argument_path, short_repr
from poise_workflows.prediction.options import OptionsError

_FORM = re.compile(r"auto|cpu|gpu:\d+")

# Two runs can share a card; backends read these when they are imported.
_GROWTH = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}


def prepare_devices(device: str) -> None:
    """Check the name of a device, and let the backend's memory grow on demand.

    Raises:
        OptionsError: it is no name of a device.
    """
    if not _FORM.fullmatch(device):
        what = f"must be auto, cpu or gpu:N, got {short_repr(device)}"
        raise OptionsError([Fault(f"{what}; gpu:0 is the first GPU", argument_path("device"))])
    for name, value in _GROWTH.items():
        os.environ.setdefault(name, value)


@contextmanager
def on_device(device: str) -> Iterator[str]:
    """Predict on a device.

    Args:
        device: ``"auto"``, ``"cpu"`` or ``"gpu:N"``.

    Yields:
        What is used, for people.

    Raises:
        OptionsError: the backend has no such device.
    """
    import keras

    backend = keras.backend.backend()
    gpus = _gpus()
    if device == "auto":
        yield f"{gpus[0] if gpus else 'cpu'} ({backend})"
        return
    kind, _, number = device.partition(":")
    if kind == "gpu" and int(number) >= len(gpus):
        what = f"must be a GPU that {backend} can use, got {device}; there are {len(gpus)}"
        raise OptionsError([Fault(f"{what}; poise doctor says why", argument_path("device"))])
    with keras.device(f"{kind}:{number or 0}"):
        yield f"{device} ({backend})"


def _gpus() -> list[str]:
    """The GPUs that the backend can use."""
    import keras

    try:
        return list(keras.distribution.list_devices("gpu"))
    except (RuntimeError, NotImplementedError, AttributeError):  # a backend without it, or a GPU
        return []
