"""Files of ONNX that tf2onnx writes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from poise_workflows.exporting.formats.onnx_files import outputs_keep_their_axes

ORDER = ("remove_identity", "optimize_transpose", "reshape_optimizer")
"""tf2onnx comes to this order where it looks at an output's transpose late, by its address."""


@pytest.fixture
def channel_last() -> Any:
    """A network that moves its only channel behind height and width."""
    helper = pytest.importorskip("onnx").helper
    maps = helper.make_tensor_value_info("maps", 1, ["n", 1, "height", "width"])
    moved = helper.make_tensor_value_info("moved", 1, ["n", "height", "width", 1])
    move = helper.make_node("Transpose", ["maps"], ["moved"], perm=[0, 2, 3, 1])
    graph = helper.make_graph([move], "graph", [maps], [moved])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def simplified(model: Any) -> Any:
    """The network after tf2onnx' optimizers."""
    graphs = pytest.importorskip("tf2onnx.graph")
    optimizer = pytest.importorskip("tf2onnx.optimizer")
    every = optimizer._get_optimizers()
    order = {name: every[name] for name in ORDER}
    graph = graphs.GraphUtil.create_graph_from_onnx_model(model)
    return optimizer.optimize_graph(graph, catch_errors=False, optimizers=order).make_model("")


def shape_of(model: Any, images: Any) -> tuple[int, ...]:
    """The shape of what a network computes."""
    session = pytest.importorskip("onnxruntime").InferenceSession(model.SerializeToString())
    (outputs,) = session.run(None, {"maps": images})
    return tuple(outputs.shape)


def test_an_output_keeps_its_axes_in_whatever_order_tf2onnx_simplifies(channel_last: Any) -> None:
    """tf2onnx 1.17 alone gives ``(1, 3, 8, 12, 1)``."""
    images = np.zeros((3, 1, 8, 12), np.float32)

    with outputs_keep_their_axes():
        model = simplified(channel_last)

    assert shape_of(model, images) == (3, 8, 12, 1)
