"""OpenVINO's own format, made from ONNX, run by OpenVINO."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from poise_workflows.exporting import sessions
from poise_workflows.exporting.contract import Array, ExporterSpec, Library, Subject
from poise_workflows.exporting.formats.onnx_files import write_onnx
from poise_workflows.exporting.openvino_sessions import FILE, Session, session_of

INSTALL = 'pip install "poise-workflows[openvino]"'


def spec() -> ExporterSpec:
    """The exporter of OpenVINO."""
    return ExporterSpec(
        key="openvino",
        summary="Files for OpenVINO, on processors and GPUs of Intel and others",
        needs=tuple(Library(name, INSTALL) for name in ("openvino", "onnx", "tf2onnx")),
        write=write,
        run=run,
        backends=("tensorflow",),
        runtime=Library("openvino", "pip install openvino"),
        open=open_export,
        reads=("onnx",),
    )


def write(subject: Subject, place: Path) -> Mapping[str, Any]:
    """Write ``model.xml`` and ``model.bin``, whose input and outputs have the subject's names."""
    import openvino

    # `openvino.convert_model` reads more formats, and tells its makers that it was called.
    with TemporaryDirectory() as folder:
        opset = write_onnx(subject, Path(folder))
        network = openvino.Core().read_model((Path(folder) / sessions.FILE).as_posix())
        openvino.save_model(network, (place / FILE).as_posix(), compress_to_fp16=False)
    return {"opset": opset}


def run(place: Path, images: Array) -> dict[str, Array]:
    """Run an export with OpenVINO."""
    return open_export(place, "cpu").run(images)


def open_export(place: Path, device: str) -> Session:
    """Make an export of OpenVINO, or of ONNX, ready to run with OpenVINO."""
    return session_of(place, sessions.FILE, device)
