"""A frozen TensorFlow graph with SLEAP's names of files, for Bonsai.

frozen_graph.pb         the graph, with its weights as constants
info.json               names and shapes of its input and outputs
training_config.json    the model's job, with the names of parts

With points, each job has SLEAP's name: ``centroid_config.json``, or ``confmap_config.json``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import attrs

from poise import HeadSpec, Reading, registry, resolve
from poise.editions import SLEAP
from poise.files import open_file, read_text_of
from poise.registry.discovery import HEAD
from poise.wire.text import read_json, write_json
from poise.writing.whole_files import write_text
from poise_workflows.exporting.contract import Array, ExporterSpec, Subject
from poise_workflows.exporting.formats.graphs import listed
from poise_workflows.exporting.formats.saved_models import TENSORFLOW

GRAPH, INFO = "frozen_graph.pb", "info.json"
INPUT = "x"
"""Name of the input in the graph. TensorFlow calls the outputs Identity, Identity_1, …"""

JOB = "training_config.json"
"""The name of the job of a single model."""

JOBS_OF_SLEAP = {"centroid": "centroid_config.json"}
"""Stage → SLEAP's name of the job; ``confmap_config.json`` for all others."""


def spec() -> ExporterSpec:
    """The exporter of frozen graphs."""
    return ExporterSpec(
        key="frozen_graph",
        summary="A frozen TensorFlow graph with info.json as SLEAP writes it, for Bonsai",
        needs=(TENSORFLOW,),
        write=write,
        run=run,
        backends=("tensorflow",),
    )


def write(subject: Subject, place: Path) -> Mapping[str, Any]:
    """Write the graph, what is needed to call it, and the jobs of the models."""
    frozen = _frozen(subject)
    (place / GRAPH).write_bytes(frozen.graph.as_graph_def().SerializeToString())
    info = {
        "inputs": [_tensor(frozen.inputs[0], subject.inputs[0])],
        "outputs": [
            _tensor(tensor, name)
            for tensor, name in zip(frozen.outputs, subject.outputs, strict=True)
        ],
    }
    write_text(place / INFO, write_json(info) + "\n")
    for reading in subject.readings:
        text = write_json(_job(reading)) + "\n"
        for name in _names(subject, reading):
            write_text(place / name, text)
    return {}


def _names(subject: Subject, reading: Reading) -> Iterator[str]:
    """The names of the job of a model."""
    if len(subject.readings) == 1:
        yield JOB
    if subject.has_points:
        key = reading.config.heads.which_oneof_attrib_name()
        head = cast(HeadSpec, registry.default().spec_of_section(HEAD, str(key)))
        yield JOBS_OF_SLEAP.get(head.stage, "confmap_config.json")


def run(place: Path, images: Array) -> dict[str, Array]:
    """Run an export with TensorFlow, without Keras."""
    import tensorflow as tf

    info = read_json(read_text_of(place / INFO))
    definition = tf.compat.v1.GraphDef()
    with open_file(place / GRAPH) as stream:
        definition.ParseFromString(stream.read())
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(definition, name="")
        with tf.compat.v1.Session(graph=graph) as session:
            names = {output["name"]: output["tensor"] for output in info["outputs"]}
            return dict(session.run(names, {info["inputs"][0]["tensor"]: images}))


def _frozen(subject: Subject) -> Any:
    """The concrete function of a model, with its weights as constants."""
    import tensorflow as tf
    from tensorflow.python.framework import convert_to_constants

    model = listed(subject)
    image = tf.TensorSpec(subject.signature, subject.dtype, name=INPUT)
    function = tf.function(lambda x: model(x, training=False))
    return convert_to_constants.convert_variables_to_constants_v2(
        function.get_concrete_function(image)
    )


def _tensor(tensor: Any, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "tensor": tensor.name,
        "shape": tensor.shape.as_list(),
        "dtype": tensor.dtype.name,
    }


def _job(reading: Reading) -> dict[str, Any]:
    """The job of a model, with the names of its parts and classes in it."""
    from poise_workflows.training.jobs import to_data  # which listing exporters does not need

    resolution = resolve(reading.config, reading.skeleton, reading.classes)
    data = to_data(attrs.evolve(reading, config=resolution.config))
    if data["model"]["edition"] == SLEAP:  # SLEAP's files have no other
        del data["model"]["edition"]
    return data
