"""The exporters of Poise, by the door of every other plugin: the hook ``poise_exporters``."""

from __future__ import annotations

from poise.hookspecs import hookimpl
from poise_workflows.exporting.contract import ExporterSpec
from poise_workflows.exporting.formats import (
    frozen_graphs,
    onnx_files,
    openvino_files,
    saved_models,
)
from poise_workflows.exporting.sleap import plugin as sleap


@hookimpl
def poise_exporters() -> list[ExporterSpec]:
    """The specs of all exporters of Poise."""
    return [
        onnx_files.spec(),
        openvino_files.spec(),
        saved_models.spec(),
        frozen_graphs.spec(),
        sleap.spec(),
    ]
