"""The device that ONNX Runtime predicts on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from poise.errors import Fault
from poise.messages import argument_path, join_names
from poise_workflows.exporting.sessions import PROVIDERS
from poise_workflows.pipelines.exports import RUNTIME
from poise_workflows.pipelines.runtimes import Provider, with_provider
from poise_workflows.prediction.options import OptionsError

OF_GPUS = ("cuda", "directml")
"""Providers that take a GPU by its number, the one that is tried first."""


@contextmanager
def on_provider(device: str) -> Iterator[str]:
    """Open exports for a device inside the ``with`` block.

    Args:
        device: ``"cpu"``, ``"gpu:N"``, or ``"auto"`` for the provider that an export names.

    Yields:
        What is used, for the user.

    Raises:
        OptionsError: ONNX Runtime here has no provider for GPUs.
    """
    if find_spec(RUNTIME) is None:  # reading the exports says so, with what to install
        yield device
        return
    import onnxruntime

    available = onnxruntime.get_available_providers()
    provider = Provider("cpu") if device == "cpu" else Provider()
    if device.startswith("gpu:"):
        name = next((each for each in OF_GPUS if PROVIDERS[each] in available), "")
        if not name:
            what = "must be a GPU that ONNX Runtime can use"
            here = f"got {device}; it has {join_names(available)}"
            raise OptionsError([Fault(f"{what}, {here}", argument_path("device"))])
        provider = Provider(name, (("device_id", int(device.partition(":")[2])),))
    with with_provider(provider):
        yield f"{device} (onnxruntime {onnxruntime.__version__})"
