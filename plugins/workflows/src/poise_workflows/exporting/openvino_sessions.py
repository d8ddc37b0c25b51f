"""OpenVINO: a session runs a file of its own format, or of ONNX. It needs NumPy and no Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from poise.files import open_file
from poise.messages import join_names
from poise_workflows.exporting.contract import Array
from poise_workflows.exporting.errors import refused

FILE, WEIGHTS = "model.xml", "model.bin"
"""The files of an export: the network, and its arrays."""

SETTINGS = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
"""Where a processor has bfloat16, OpenVINO would compute in it, and give other numbers."""


class Session:
    """A network that OpenVINO runs.

    OpenVINO is quicker where it knows the shape, so that the network is compiled for each.

    Args:
        network: what ``openvino.Core().read_model`` gives.
        device: ``"auto"``, ``"cpu"`` or ``"gpu:N"``.

    Raises:
        ExportError: OpenVINO here has no such device.
    """

    def __init__(self, network: Any, device: str = "cpu") -> None:
        self._network = network
        self._device = _device_of(device)
        self._compiled: dict[tuple[int, ...], Any] = {}

    def run(self, images: Array) -> dict[str, Array]:
        """The outputs of images ``(N, H, W, C)``, by name."""
        count = len(images)
        more = self._compiled_number(images.shape) - count
        padded = np.pad(images, ((0, more), (0, 0), (0, 0), (0, 0))) if more else images
        compiled = self._for(padded.shape)
        # Without a copy the arrays would change with the next call.
        outputs = compiled(padded, share_inputs=True, share_outputs=False)
        return {
            output.get_any_name(): np.asarray(outputs[output])[:count]
            for output in compiled.outputs
        }

    def _compiled_number(self, shape: tuple[int, ...]) -> int:
        """How many images are computed: a power of two, but never more than once before.

        Crops come in any number, and each would cost a compilation.
        """
        count = shape[0]
        largest = max((key[0] for key in self._compiled if key[1:] == shape[1:]), default=0)
        return count if count >= largest else min(largest, 1 << (count - 1).bit_length())

    def _for(self, shape: tuple[int, ...]) -> Any:
        if shape not in self._compiled:
            import openvino

            network = self._network.clone()
            network.reshape(list(shape))
            self._compiled[shape] = openvino.compile_model(network, self._device, SETTINGS)
        return self._compiled[shape]


def session_of(place: Path, onnx: str, device: str) -> Session:
    """A session for an export of OpenVINO, or of ONNX.

    Args:
        place: the folder.
        onnx: the name of the file, if it is one of ONNX.
        device: ``"auto"``, ``"cpu"`` or ``"gpu:N"``.

    Raises:
        ExportError: OpenVINO here has no such device.
        OSError: a file cannot be read.
    """
    import openvino

    core = openvino.Core()
    if (place / FILE).is_file():
        with open_file(place / FILE) as network, open_file(place / WEIGHTS) as weights:
            arrays = np.frombuffer(weights.read(), np.uint8)
            read = core.read_model(network.read().decode("utf-8"), openvino.Tensor(arrays))
    else:
        with open_file(place / onnx) as stream:
            read = core.read_model(stream.read())
    return Session(read, device)


def _device_of(device: str) -> str:
    if not device.startswith("gpu:"):
        return "CPU"
    import openvino

    available = openvino.Core().available_devices
    name = f"GPU.{device.partition(':')[2]}"
    if name == "GPU.0" and "GPU" in available:  # the only one has no number
        name = "GPU"
    if name not in available:
        what = f"must be a GPU that OpenVINO can use, got {device}"
        raise refused(f"{what}; it has {join_names(available)}", "device")
    return name
