"""An export in the repository predicts, on a machine that has no backend of Keras.

``tox run -e onnx`` has none. Elsewhere the tests hide Keras and its backends from a process.
``python tests/test_exported.py`` writes the export anew, from a model of ``five_pipelines``.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
FOLDER = HERE / "data" / "exported"
PIPELINE, MODEL = "bottom-up", "multi_instance"

ALONE = """
import json, sys
import numpy, onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1])
(image,) = session.get_inputs()
images = numpy.random.default_rng(5).random((2, 40, 48, 1), dtype="float32")
outputs = session.run(["confmaps", "pafs"], {image.name: images})
heavy = {"keras", "tensorflow", "jax", "torch", "onnx", "poise"} & set(sys.modules)
print(json.dumps([image.name, [array.shape for array in outputs], sorted(heavy)]))
"""

PREDICTING = """
import json, sys

HIDDEN = {"keras", "tensorflow", "jax", "torch"}

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in HIDDEN:
            raise ModuleNotFoundError(f"{name} is hidden", name=name)

sys.meta_path.insert(0, Hidden())
sys.path.insert(0, sys.argv[2])

import numpy as np
import poise_workflows
from five_pipelines import frames

animals = poise_workflows.load(sys.argv[1], runtime=sys.argv[3]).predict_frames(frames())
points = np.where(np.isnan(animals.points), None, animals.points)
print(json.dumps([animals.counts.tolist(), points.tolist(), sorted(HIDDEN & set(sys.modules))]))
"""

pytest.importorskip("onnxruntime", reason="of poise-workflows[onnx]")


def said(code: str, *arguments: str, cwd: Path) -> list[object]:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, cwd=cwd
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


@pytest.mark.skipif(
    "POISE_EXPECT_NO_BACKEND" not in os.environ, reason="is about the environment `onnx`"
)
def test_this_environment_has_no_backend() -> None:
    assert not any(map(importlib.util.find_spec, ("tensorflow", "jax", "torch")))


def test_it_runs_with_onnxruntime_and_numpy_alone(tmp_path: Path) -> None:
    name, shapes, heavy = said(ALONE, str(FOLDER / "model.onnx"), cwd=tmp_path)

    assert (name, heavy) == ("image", [])
    assert shapes == [[2, 20, 24, 3], [2, 10, 12, 4]]


@pytest.mark.parametrize(
    ("runtime", "library"),
    [("onnx", "onnxruntime"), ("openvino", "openvino"), ("auto", "onnxruntime")],
)
def test_it_finds_the_animals_that_keras_finds(runtime: str, library: str, tmp_path: Path) -> None:
    import numpy as np

    pytest.importorskip(library, reason="of poise-workflows[onnx,openvino]")
    words = str(FOLDER), str(HERE / "support"), runtime
    counts, points, heavy = said(PREDICTING, *words, cwd=tmp_path)

    expected = json.loads((HERE / "data" / "predictions.json").read_text("utf-8"))[PIPELINE]
    assert heavy == []
    assert counts == [len(frame["points"]) for frame in expected]
    assert isinstance(points, list)
    for found, frame in zip(points, expected, strict=True):
        here = np.array(found, np.float64)[: len(frame["points"])]
        there = np.array(frame["points"], np.float64)
        np.testing.assert_allclose(here, there, rtol=0, atol=0.05)


def main() -> None:
    """Write the export."""
    sys.path.insert(0, str(HERE / "support"))
    import five_pipelines
    import poise_workflows

    with tempfile.TemporaryDirectory() as folder:
        model = five_pipelines.models(Path(folder))[MODEL]
        poise_workflows.export(model, FOLDER, format="onnx", overwrite=True)


if __name__ == "__main__":
    main()
