"""What runs files of ONNX."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise_workflows.exporting.sessions import Session


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A network that adds 1."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    helper: Any = onnx.helper
    shape = [None, None, None, 1]
    tensors = [
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
        for name in ("image", "brighter")
    ]
    one = helper.make_tensor("one", onnx.TensorProto.FLOAT, [], [1.0])
    add = helper.make_node("Add", ["image", "one"], ["brighter"])
    graph = helper.make_graph([add], "graph", tensors[:1], tensors[1:], [one])
    opsets = [helper.make_opsetid("", 18)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    onnx.save(model, str(tmp_path / "model.onnx"))
    return tmp_path / "model.onnx"


def test_a_session_gives_each_output_by_its_name(file: Path) -> None:
    images = np.zeros((2, 3, 4, 1), np.float32)

    outputs = Session(file).run(images)

    assert outputs.keys() == {"brighter"}
    np.testing.assert_array_equal(outputs["brighter"], images + 1)


def test_threads_of_a_session_leave_the_cores_to_others_between_two_calls(file: Path) -> None:
    """``session.force_spinning_stop`` of ONNX Runtime's ``session_options_config_keys.h``."""
    settings = Session(file)._session.get_session_options()

    assert settings.get_session_config_entry("session.force_spinning_stop") == "1"
