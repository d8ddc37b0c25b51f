"""TensorFlow's SavedModel, by Keras' own export."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from poise_workflows.exporting.contract import Array, ExporterSpec, Library, Subject

SIGNATURE = "serving_default"
"""The name by which TensorFlow Serving calls it."""

TENSORFLOW = Library("tensorflow", "pip install tensorflow")


def spec() -> ExporterSpec:
    """The exporter of SavedModel."""
    return ExporterSpec(
        key="saved_model",
        summary="TensorFlow's SavedModel, for TensorFlow Serving and programs with TensorFlow",
        needs=(TENSORFLOW,),
        write=write,
        run=run,
        backends=("tensorflow",),
    )


def write(subject: Subject, place: Path) -> Mapping[str, Any]:
    """Write the folder of a SavedModel: ``tensorflow.saved_model.load`` takes the export itself."""
    import keras

    image = keras.InputSpec(shape=subject.signature, dtype=subject.dtype, name=subject.inputs[0])
    subject.model.export(
        str(place), format="tf_saved_model", verbose=False, input_signature=[image]
    )
    return {"signature": SIGNATURE}


def run(place: Path, images: Array) -> dict[str, Array]:
    """Run an export with TensorFlow, without Keras."""
    import tensorflow as tf

    function = tf.saved_model.load(str(place)).signatures[SIGNATURE]
    (name,) = function.structured_input_signature[1]
    return {
        output: tensor.numpy() for output, tensor in function(**{name: tf.constant(images)}).items()
    }
