"""ONNX Runtime: a session runs a file. It needs NumPy and no Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from poise.files import open_file
from poise.messages import join_names, short_repr
from poise_workflows.exporting.contract import Array
from poise_workflows.exporting.errors import refused

FILE = "model.onnx"
"""The file of an export."""

PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "directml": "DmlExecutionProvider",
}
"""Name of a provider → ONNX Runtime's."""

OF_GPUS = ("cuda", "directml")
"""Providers that take a GPU by its number, the one that is tried first."""

WARNINGS = 3
"""Log level of ONNX Runtime: errors only."""


class Session:
    """A file of ONNX, ready to run.

    Args:
        file: the file.
        provider: a name of ``PROVIDERS``; empty for the CPU.
        options: of the provider, as ``{"device_id": 0}``.

    Raises:
        ExportError: ONNX Runtime here has no such provider.
        OSError: the file cannot be read.
    """

    def __init__(self, file: Path, provider: str = "", options: dict[str, Any] | None = None):
        refuse_provider(provider)
        import onnxruntime

        chosen = [(PROVIDERS[provider or "cpu"], options or {})]
        if provider not in ("", "cpu"):  # for operators that the provider lacks
            chosen.append((PROVIDERS["cpu"], {}))
        settings = onnxruntime.SessionOptions()
        settings.log_severity_level = WARNINGS
        # Threads of a session that spin between two calls take the cores from whatever runs then:
        # the other network of a pipeline, or the decoding of a video.
        settings.add_session_config_entry("session.force_spinning_stop", "1")
        with open_file(file) as stream:
            self._session: Any = onnxruntime.InferenceSession(
                stream.read(), settings, providers=chosen
            )
        self._input: str = self._session.get_inputs()[0].name
        self._outputs: list[str] = [output.name for output in self._session.get_outputs()]

    def run(self, images: Array) -> dict[str, Array]:
        """The outputs of images ``(N, H, W, C)``, by name."""
        arrays = self._session.run(self._outputs, {self._input: images})
        return dict(zip(self._outputs, arrays, strict=True))


def session_on(file: Path, device: str, provider: str = "") -> Session:
    """A session that computes on a device.

    Args:
        file: the file.
        device: ``"cpu"``, ``"gpu:N"``, or ``"auto"`` for the provider of the export.
        provider: that of the export; empty if it names none.

    Raises:
        ExportError: ONNX Runtime here has no provider for the device.
        OSError: the file cannot be read.
    """
    if device == "auto":
        return Session(file, provider)
    if device == "cpu":
        return Session(file, "cpu")
    import onnxruntime

    available = onnxruntime.get_available_providers()
    name = next((each for each in OF_GPUS if PROVIDERS[each] in available), "")
    if not name:
        what = "must be a GPU that ONNX Runtime can use"
        raise refused(f"{what}, got {device}; it has {join_names(available)}", "device")
    return Session(file, name, {"device_id": int(device.partition(":")[2])})


def refuse_provider(provider: str) -> None:
    """Refuse a provider that ONNX Runtime here does not have.

    Raises:
        ExportError: names those that it has.
    """
    if not provider:
        return
    import onnxruntime

    available = onnxruntime.get_available_providers()
    if PROVIDERS[provider] in available:
        return
    here = join_names(name for name, theirs in PROVIDERS.items() if theirs in available)
    what = f"must be a provider of the ONNX Runtime that is installed, got {short_repr(provider)}"
    raise refused(f"{what}; there is {here}, and the file is the same for all", "provider")
