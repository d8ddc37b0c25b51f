"""ONNX, by Keras' own export, run by ONNX Runtime."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from poise_workflows.exporting.contract import Array, ExporterSpec, Library, Subject
from poise_workflows.exporting.formats.graphs import listed
from poise_workflows.exporting.outputs import is_export
from poise_workflows.exporting.sessions import (
    FILE,
    PROVIDERS,
    Session,
    refuse_provider,
    session_on,
)

OPSET = 18
"""Of the operators in the file. ONNX Runtime has it since 1.14, TensorRT since 8.6."""

INSTALL = 'pip install "poise-workflows[onnx]"'


def spec() -> ExporterSpec:
    """The exporter of ONNX."""
    return ExporterSpec(
        key="onnx",
        summary="An ONNX file, for ONNX Runtime, TensorRT and DirectML",
        needs=tuple(Library(name, INSTALL) for name in ("onnxruntime", "onnx", "tf2onnx")),
        write=write,
        run=run,
        backends=("tensorflow",),
        providers=tuple(PROVIDERS),
        runtime=Library("onnxruntime", "pip install onnxruntime"),
        open=open_export,
    )


def write(subject: Subject, place: Path) -> Mapping[str, Any]:
    """Write ``model.onnx``, whose input and outputs have the names of the subject.

    Raises:
        ExportError: ONNX Runtime here cannot compute with the provider.
    """
    refuse_provider(subject.provider)
    return {"opset": write_onnx(subject, place)}


def write_onnx(subject: Subject, place: Path) -> int:
    """Write ``model.onnx``, and return its opset."""
    import keras

    from poise_workflows.exporting.formats.onnx_resizes import upsampled_by_resizes

    image = keras.InputSpec(shape=subject.signature, dtype=subject.dtype, name=subject.inputs[0])
    with warnings.catch_warnings(), outputs_keep_their_axes(), upsampled_by_resizes():
        warnings.simplefilter("ignore", FutureWarning)  # Keras' own use of NumPy
        listed(subject).export(
            str(place / FILE),
            format="onnx",
            verbose=False,
            input_signature=[image],
            opset_version=OPSET,
        )
    return _name(place / FILE, subject)


@contextmanager
def outputs_keep_their_axes() -> Iterator[None]:
    """Let tf2onnx leave reshapes alone that compute an output.

    It simplifies a reshape with an axis more, which it removes behind it for all that read the
    array, and an output of the graph is not among these. Whether a reshape of one channel computes
    an output at that time depends on addresses of objects: one of 80 files had an axis more.
    """
    from tf2onnx.optimizer.reshape_optimizer import ReshapeOptimizer

    simplify = ReshapeOptimizer._optimize_reshape

    def simplify_within(self: Any, node: Any, graph: Any) -> bool:
        return node.output[0] not in graph.outputs and bool(simplify(self, node, graph))

    ReshapeOptimizer._optimize_reshape = simplify_within
    try:
        yield
    finally:
        ReshapeOptimizer._optimize_reshape = simplify


def run(place: Path, images: Array, provider: str = "") -> dict[str, Array]:
    """Run an export with ONNX Runtime."""
    return Session(place / FILE, provider).run(images)


def open_export(place: Path, device: str) -> Session:
    """Make an export ready to run with ONNX Runtime."""
    from poise_workflows.exporting.manifests import read_manifest

    manifest = read_manifest(place) if is_export(place) else {}  # a draft has none
    return session_on(place / FILE, device, manifest.get("provider", ""))


def _name(file: Path, subject: Subject) -> int:
    """Give the outputs of a file their names, and return the file's opset."""
    import onnx

    from poise_workflows.exporting.formats.onnx_resizes import fix_scales

    model = onnx.load(str(file))
    names = {
        output.name: name for output, name in zip(model.graph.output, subject.outputs, strict=True)
    }
    names[model.graph.input[0].name] = subject.inputs[0]
    for node in model.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    for value in (*model.graph.input, *model.graph.output):
        value.name = names[value.name]
    model.graph.name = subject.model.name
    fix_scales(model.graph)
    onnx.checker.check_model(model)
    onnx.save(model, str(file))
    return int(max(each.version for each in model.opset_import if each.domain in ("", "ai.onnx")))
