"""Exports of real networks: run in their own runtimes, and compared with Poise.

Nothing here trusts the proof that ``poise export`` makes: each runtime is called once more, on
other images, in a way that a user would.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import exported_models as small
import poise
import poise_workflows

pytestmark = pytest.mark.usefixtures("keras")

TOLERANCE = 1e-4
"""Largest difference, as a part of the largest output."""

FORMATS = ("onnx", "saved_model", "frozen_graph")


@pytest.fixture(autouse=True)
def with_libraries(request: pytest.FixtureRequest, keras: Any) -> None:
    if keras.backend.backend() != "tensorflow":
        pytest.skip("Poise writes these formats from TensorFlow")
    if "onnx" in request.node.name:
        for name in ("onnx", "onnxruntime", "tf2onnx"):
            pytest.importorskip(name, reason="of poise-workflows[onnx]")


def run_onnx(folder: Path, images: Any) -> Mapping[str, Any]:
    import onnxruntime

    session = onnxruntime.InferenceSession(folder / "model.onnx")
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"image": images}), strict=True))


def run_saved_model(folder: Path, images: Any) -> Mapping[str, Any]:
    import tensorflow as tf

    function = tf.saved_model.load(str(folder)).signatures["serving_default"]
    return {name: array.numpy() for name, array in function(image=tf.constant(images)).items()}


def run_frozen_graph(folder: Path, images: Any) -> Mapping[str, Any]:
    import tensorflow as tf

    info = json.loads((folder / "info.json").read_text("utf-8"))
    definition = tf.compat.v1.GraphDef.FromString((folder / "frozen_graph.pb").read_bytes())
    function = tf.compat.v1.wrap_function(lambda: tf.import_graph_def(definition, name=""), [])
    tensors = [function.graph.get_tensor_by_name(each["tensor"]) for each in info["outputs"]]
    pruned = function.prune(function.graph.get_tensor_by_name("x:0"), tensors)
    names = [each["name"] for each in info["outputs"]]
    arrays = [tensor.numpy() for tensor in pruned(tf.constant(images))]
    return dict(zip(names, arrays, strict=True))


RUN: Mapping[str, Callable[[Path, Any], Mapping[str, Any]]] = {
    "onnx": run_onnx,
    "saved_model": run_saved_model,
    "frozen_graph": run_frozen_graph,
}


def images_for(size: tuple[int, int], channels: int) -> Any:
    return np.random.default_rng(5).random((3, *size, channels), dtype=np.float32)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[Path, Any]]:
    """``saved(name, sections, channels)``: a saved model, and its network for any size."""
    root, kept = tmp_path_factory.mktemp("models"), dict[str, tuple[Path, Any]]()

    def save(name: str, sections: Any, channels: int) -> tuple[Path, Any]:
        if name not in kept:
            folder = small.save_model(root / name, sections, (None, None, channels))
            kept[name] = folder, poise.last_stack(poise.load(folder))
        return kept[name]

    return save


def check(
    saved: Any, name: str, sections: Any, form: str, tmp_path: Path, *, channels: int = 1
) -> None:
    """Export a model, run the export, and compare it with the network."""
    model, network = saved(name, sections, channels)

    exported = poise_workflows.export(model, tmp_path / "out", format=form)

    assert exported.difference <= TOLERANCE
    images = images_for((70, 51), channels)
    outputs, expected = RUN[form](exported.folder, images), network.predict_on_batch(images)
    assert outputs.keys() == expected.keys()
    for output, array in expected.items():
        largest = np.abs(array).max()
        assert largest > 0
        assert np.abs(outputs[output] - array).max() <= TOLERANCE * largest


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "head",
    [
        pytest.param(head, marks=[] if head == "multi_instance" else [pytest.mark.slow])
        for head in small.HEADS
    ],
)
def test_every_head_type_gives_poises_numbers_in_every_runtime(
    head: str, form: str, saved: Any, tmp_path: Path
) -> None:
    check(saved, head, small.of_head(head), form, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("backbone", small.BACKBONES)
def test_every_backbone_gives_poises_numbers_in_every_runtime(
    backbone: str, form: str, saved: Any, tmp_path: Path
) -> None:
    check(saved, backbone, small.of_backbone(backbone), form, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("encoder", small.ENCODERS)
def test_encoders_give_poises_numbers_in_every_runtime(
    encoder: str, form: str, saved: Any, tmp_path: Path
) -> None:
    check(saved, encoder, small.of_encoder(encoder), form, tmp_path, channels=3)


@pytest.mark.parametrize(
    "form", [*(pytest.param(form, marks=pytest.mark.slow) for form in FORMATS[:2]), FORMATS[2]]
)
def test_an_export_of_one_size_and_batch_says_so_and_gives_poises_numbers(
    form: str, saved: Any, tmp_path: Path
) -> None:
    model, network = saved("single_instance", small.of_head("single_instance"), 1)

    exported = poise_workflows.export(model, tmp_path / "out", format=form, image=(64, 96), batch=3)

    assert exported.manifest["input"]["shape"] == [3, 64, 96, 1]
    shapes = {output["name"]: output["shape"] for output in exported.manifest["outputs"]}
    assert shapes == {"confmaps": [3, 32, 48, 3], "offsets": [3, 32, 48, 6]}
    images = images_for((64, 96), 1)
    outputs, expected = RUN[form](exported.folder, images), network.predict_on_batch(images)
    for name, array in expected.items():
        assert np.abs(outputs[name] - array).max() <= TOLERANCE * np.abs(array).max()
    assert json.loads((exported.folder / "manifest.json").read_text("utf-8")) == exported.manifest


def test_a_frozen_graph_runs_in_a_process_that_imports_tensorflow_alone(
    saved: Any, tmp_path: Path
) -> None:
    model, network = saved("multi_instance", small.of_head("multi_instance"), 1)
    poise_workflows.export(model, tmp_path / "out", format="frozen_graph")
    images = images_for((48, 64), 1)
    np.save(tmp_path / "images.npy", images)

    done = subprocess.run(
        [sys.executable, "-c", TENSORFLOW_ALONE], capture_output=True, text=True, cwd=tmp_path
    )

    assert done.returncode == 0, done.stderr
    expected = network.predict_on_batch(images)
    for name, array in expected.items():
        found = np.load(tmp_path / f"{name}.npy")
        assert np.abs(found - array).max() <= TOLERANCE * np.abs(array).max()


TENSORFLOW_ALONE = """
import json, sys
import numpy as np
import tensorflow as tf

info = json.load(open("out/info.json"))
definition = tf.compat.v1.GraphDef.FromString(open("out/frozen_graph.pb", "rb").read())
with tf.Graph().as_default() as graph:
    tf.import_graph_def(definition, name="")
    with tf.compat.v1.Session(graph=graph) as session:
        for output in info["outputs"]:
            array = session.run(output["tensor"], {"x:0": np.load("images.npy")})
            np.save(f"{output['name']}.npy", array)
sys.exit(sorted({"poise", "poise_workflows"} & set(sys.modules)) or 0)
"""


def test_a_frozen_graph_has_the_names_that_sleaps_exports_have(saved: Any, tmp_path: Path) -> None:
    model, _ = saved("multi_instance", small.of_head("multi_instance"), 1)

    out = poise_workflows.export(model, tmp_path / "out", format="frozen_graph").folder

    info = json.loads((out / "info.json").read_text("utf-8"))
    assert [each["tensor"] for each in info["inputs"]] == ["x:0"]
    assert {each["name"]: each["tensor"] for each in info["outputs"]} == {
        "confmaps": "Identity:0",
        "pafs": "Identity_1:0",
    }
    job = poise.read(out / "training_config.json")
    assert job.config.heads.multi_instance.confmaps.part_names == tuple(small.PARTS)
    assert job.config == poise.resolve(poise.read(model).config).config


def test_the_proof_finds_weights_that_are_not_the_models_and_keeps_the_draft(
    saved: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from poise_workflows.exporting.formats import frozen_graphs

    model, _ = saved("single_instance", small.of_head("single_instance"), 1)
    run = frozen_graphs.run

    def wrong(place: Path, images: Any) -> Any:
        outputs = run(place, images)
        outputs["offsets"][1, 2, 3, 4] += 1
        return outputs

    monkeypatch.setattr(frozen_graphs, "run", wrong)
    poise.registry.reset()
    for name in ("out.failed", "out.failed-2"):
        with pytest.raises(poise_workflows.UnprovenError) as error:
            poise_workflows.export(model, tmp_path / "out", format="frozen_graph", image=(32, 32))

        message = str(error.value)
        assert "offsets must differ by at most" in message
        assert "in frame 1 at [2, 3, 4]" in message
        assert f"kept: {tmp_path / name}" in message
        assert not (tmp_path / "out").exists()
        manifest = json.loads((tmp_path / name / "manifest.json").read_text("utf-8"))
        assert len(manifest["proof"]["faults"]) == 1
    poise.registry.reset()


def test_the_command_ends_with_1_if_the_proof_fails(
    saved: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from poise.cli import main
    from poise_workflows.exporting.formats import frozen_graphs

    model, _ = saved("single_instance", small.of_head("single_instance"), 1)
    run = frozen_graphs.run
    monkeypatch.setattr(
        frozen_graphs,
        "run",
        lambda place, images: {name: 2 * array for name, array in run(place, images).items()},
    )
    poise.registry.reset()
    words = ["export", str(model), "--format", "frozen_graph", "-o", str(tmp_path / "out")]

    assert main(words) == 1

    assert (
        "must give the numbers of Poise in its own runtime, got others" in capsys.readouterr().err
    )
    assert [path.name for path in tmp_path.iterdir()] == ["out.failed"]
    poise.registry.reset()


def test_frames_of_a_video_prove_an_export(saved: Any, tmp_path: Path, workspace: Path) -> None:
    model, _ = saved("single_instance", small.of_head("single_instance"), 1)
    video = workspace / "docs/examples/flies/flies.mp4"

    exported = poise_workflows.export(
        model, tmp_path / "out", format="saved_model", frames=video, image=(64, 96)
    )

    assert exported.manifest["proof"]["frames"] == "flies.mp4"
    assert exported.manifest["proof"]["count"] == 8


def test_an_export_is_kept_under_a_number_but_only_an_export(saved: Any, tmp_path: Path) -> None:
    model, _ = saved("single_instance", small.of_head("single_instance"), 1)
    out = tmp_path / "out"
    options: dict[str, Any] = {"format": "frozen_graph", "image": (32, 32), "renew": True}
    first = poise_workflows.export(model, out, **options)

    again = poise_workflows.export(model, out, **{**options, "batch": 2})
    (out / "manifest.json").unlink()
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(poise_workflows.ExportError, match="which holds other files"):
        poise_workflows.export(model, out, **options)

    assert (first.former, again.former) == (None, tmp_path / "out.1")
    manifest = json.loads((tmp_path / "out.1" / "manifest.json").read_text("utf-8"))
    assert manifest["input"]["shape"][0] is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "out.1"]


def test_an_export_is_replaced_only_if_asked_and_as_a_whole(saved: Any, tmp_path: Path) -> None:
    model, _ = saved("single_instance", small.of_head("single_instance"), 1)
    out = tmp_path / "out"
    options: dict[str, Any] = {"format": "frozen_graph", "image": (32, 32)}
    poise_workflows.export(model, out, **options)

    with pytest.raises(poise_workflows.ExportError, match="pass overwrite=True to replace it"):
        poise_workflows.export(model, out, **options)
    again = poise_workflows.export(model, out, **{**options, "batch": 2}, overwrite=True)

    assert again.manifest["input"]["shape"][0] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_provider_that_is_not_installed_is_refused(saved: Any, tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime", reason="of poise-workflows[onnx]")
    pytest.importorskip("tf2onnx", reason="of poise-workflows[onnx]")
    if "TensorrtExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("it is installed")
    model, _ = saved("single_instance", small.of_head("single_instance"), 1)

    with pytest.raises(poise_workflows.ExportError, match=r"there is .*cpu.* @ provider"):
        poise_workflows.export(model, tmp_path / "out", format="onnx", provider="tensorrt")

    assert not (tmp_path / "out").exists()
