"""Upsampling layers in files of ONNX."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise_workflows.exporting.contract import Subject
from poise_workflows.exporting.formats.onnx_files import write_onnx
from poise_workflows.exporting.sessions import FILE, Session

pytestmark = pytest.mark.usefixtures("keras")

OPEN, FIXED = (None, None, 2), (6, 10, 2)


@pytest.fixture
def tensorflow() -> Any:
    """Skips where a file of ONNX cannot be written and run."""
    import keras

    for name in ("onnx", "tf2onnx", "onnxruntime"):
        pytest.importorskip(name)
    if keras.backend.backend() != "tensorflow":
        pytest.skip("ONNX is written from TensorFlow")
    return pytest.importorskip("tensorflow")


def decoder(image: tuple[int | None, int | None, int], *, interpolation: str = "bilinear") -> Any:
    """Two upsampling layers of other factors, and a convolution between them."""
    import keras
    from keras import layers

    from poise.blocks.open_sizes import upsampled_at_any_size

    keras.utils.set_random_seed(0)
    with upsampled_at_any_size():
        images = keras.Input(image)
        x = layers.UpSampling2D((2, 3), interpolation=interpolation)(images)
        x = layers.Conv2D(3, 3, padding="same", activation="relu")(x)
        x = layers.UpSampling2D(2, interpolation=interpolation)(x)
    return keras.Model(images, {"maps": x})


def written(model: Any, folder: Path) -> Any:
    """The graph of a model's file."""
    import onnx

    image = model.inputs[0].shape[1:]
    subject = Subject(
        model=model, outputs=("maps",), image=image, batch=None, readings=(), source=Path("model")
    )
    write_onnx(subject, folder)
    return onnx.load(str(folder / FILE)).graph


def made_up(shape: tuple[int, ...]) -> Any:
    """Images of noise."""
    return np.random.default_rng(0).random(shape, np.float32)


def scales_of(graph: Any) -> list[list[float]]:
    """The scales of all operators that resize, in their order."""
    from onnx import numpy_helper

    arrays = {array.name: numpy_helper.to_array(array) for array in graph.initializer}
    return [arrays[node.input[2]].tolist() for node in graph.node if node.op_type == "Resize"]


@pytest.mark.usefixtures("tensorflow")
@pytest.mark.parametrize("image", [OPEN, FIXED], ids=["open", "fixed"])
def test_an_upsampling_layer_is_one_operator_with_fixed_scales(image: Any, tmp_path: Path) -> None:
    """The operators of sizes that are computed, and of slices, are gone."""
    graph = written(decoder(image), tmp_path)

    assert scales_of(graph) == [[1, 1, 2, 3], [1, 1, 2, 2]]
    operators = {node.op_type for node in graph.node}
    assert operators <= {"Transpose", "Resize", "Conv", "Relu"}, operators


@pytest.mark.usefixtures("tensorflow")
@pytest.mark.parametrize("size", [(6, 10), (1, 3), (7, 2)])
def test_images_of_every_size_give_what_keras_gives(size: tuple[int, int], tmp_path: Path) -> None:
    model = decoder(OPEN)
    images = made_up((3, *size, 2))
    expected = np.asarray(model(images)["maps"])

    written(model, tmp_path)

    maps = Session(tmp_path / FILE).run(images)["maps"]
    np.testing.assert_allclose(maps, expected, atol=1e-6)


@pytest.mark.usefixtures("tensorflow")
def test_copies_of_the_nearest_cell_stay_as_keras_writes_them(tmp_path: Path) -> None:
    model = decoder(OPEN, interpolation="nearest")
    images = made_up((1, 5, 4, 2))

    graph = written(model, tmp_path)

    assert scales_of(graph) == []
    maps = Session(tmp_path / FILE).run(images)["maps"]
    np.testing.assert_allclose(maps, np.asarray(model(images)["maps"]), atol=1e-6)


def operators_of_a_trace(tensorflow: Any) -> set[str]:
    """The operators of TensorFlow in a function that upsamples at any size."""
    model = decoder(OPEN)
    images = tensorflow.TensorSpec((None, *OPEN))
    graph = tensorflow.function(lambda x: model(x)["maps"]).get_concrete_function(images).graph
    inner = {node.op for each in graph.as_graph_def().library.function for node in each.node_def}
    return inner | {node.type for node in graph.get_operations()}


def test_only_the_thread_that_writes_a_file_resizes(tensorflow: Any) -> None:
    from poise_workflows.exporting.formats.onnx_resizes import upsampled_by_resizes

    traces: list[set[str]] = []
    thread = threading.Thread(target=lambda: traces.append(operators_of_a_trace(tensorflow)))
    with upsampled_by_resizes():
        thread.start()
        thread.join()
        writing = operators_of_a_trace(tensorflow)
    after = operators_of_a_trace(tensorflow)

    assert "ResizeBilinear" in writing
    assert all("ResizeBilinear" not in trace for trace in (*traces, after))
    assert len(traces) == 1


def test_what_nothing_reads_is_removed_and_what_a_branch_reads_is_kept() -> None:
    helper = pytest.importorskip("onnx").helper
    from poise_workflows.exporting.formats.onnx_resizes import remove_unread

    def branch(name: str) -> Any:
        output = helper.make_tensor_value_info(name, 1, [None])
        return helper.make_graph([helper.make_node("Neg", ["kept"], [name])], name, [], [output])

    nodes = [
        helper.make_node("Abs", ["x"], ["kept"]),
        helper.make_node("Abs", ["x"], ["unread"]),
        helper.make_node("Add", ["unread", "array"], ["unread, too"]),
        helper.make_node("If", ["q"], ["y"], then_branch=branch("a"), else_branch=branch("b")),
    ]
    values = [
        helper.make_tensor_value_info(name, kind, [None]) for name, kind in (("x", 1), ("q", 9))
    ]
    array = helper.make_tensor("array", 1, [1], [0.0])
    outputs = [helper.make_tensor_value_info("y", 1, [None])]
    graph = helper.make_graph(nodes, "graph", values, outputs, [array])

    remove_unread(graph)

    assert [node.output[0] for node in graph.node] == ["kept", "y"]
    assert not graph.initializer
