"""What is asked for: every fault at once, before Keras is imported and anything is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import poise
import poise_workflows
from poise.cli import main
from poise_workflows.exporting import ExportError
from poise_workflows.exporting.plugin import poise_exporters
from poise_workflows.exporting.requests import Request, request_of

OPTIONS: dict[str, Any] = {
    "format": "saved_model",
    "points": False,
    "image": None,
    "batch": "any",
    "provider": None,
    "frames": None,
    "overwrite": False,
}


@pytest.fixture
def model(made_up_with_exporters: None, keras: Any, tmp_path: Path) -> Path:
    """A model whose images have sides that are multiples of 4."""
    stride = {"output_stride": 4}
    config = poise.ModelConfig.from_data(
        {"backbone": {"plain": stride}, "heads": {"cells": stride}}
    )
    poise.save(poise.build(config, (None, None, 2)), tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def ask(model: Path, tmp_path: Path) -> Callable[..., Request]:
    """``ask(image=…)`` asks for an export of the model."""

    def ask(models: Any = model, output: Any = tmp_path / "out", **options: Any) -> Request:
        return request_of(models, output, {**OPTIONS, **options})

    return ask


def faults_of(call: Callable[[], Any]) -> list[str]:
    with pytest.raises(ExportError) as error:
        call()
    return [str(fault) for fault in error.value.faults]


def test_a_request_has_what_was_asked_for(ask: Any) -> None:
    request = ask(image="8,12", batch="3")

    assert (request.spec.key, request.size, request.batch) == ("saved_model", (8, 12), 3)
    assert ask(image=(8, 12), batch=3).size == (8, 12)
    assert ask().size is None
    assert ask(image="any").size == (None, None)


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (
            {"format": "saved_modl"},
            "must be a format, got 'saved_modl'; did you mean 'saved_model'? @ format",
        ),
        (
            {"format": None},
            "must be a format, got none; there are frozen_graph, onnx, openvino, saved_model, "
            "sleap, strict @ format",
        ),
        ({"image": "8"}, "must be height and width in pixels, as 96,128, or any, got '8' @ image"),
        (
            {"image": "8,-4"},
            "must be height and width in pixels, as 96,128, or any, got '8,-4' @ image",
        ),
        (
            {"image": (8, True)},
            "must be height and width in pixels, as 96,128, or any, got (8, True) @ image",
        ),
        ({"image": (8, 10)}, "width must be a multiple of 4 pixels, got 10; use 8 or 12 @ image"),
        ({"batch": 0}, "must be a whole number from 1, or any, got 0 @ batch"),
        ({"batch": "all"}, "must be a whole number from 1, or any, got 'all' @ batch"),
        ({"batch": True}, "must be a whole number from 1, or any, got True @ batch"),
        ({"batch": 2.5}, "must be a whole number from 1, or any, got 2.5 @ batch"),
        ({"provider": "cuda"}, "must be left out for saved_model, got 'cuda' @ provider"),
        (
            {"format": "onnx", "provider": "cude"},
            "must be one of cpu, cuda, tensorrt, directml, got 'cude' @ provider",
        ),
        (
            {"frames": "no.mp4"},
            "must be a video or labels, got no.mp4, which is not there @ frames",
        ),
        (
            {"models": []},
            "must be a model, or both stages of top-down, got none; pass a model folder @ models",
        ),
        (
            {"models": "gone"},
            "must be a model folder, got gone: No such file or directory @ models",
        ),
    ],
)
def test_a_wrong_call_is_refused_with_what_to_do(ask: Any, options: Any, fault: str) -> None:
    assert fault in faults_of(lambda: ask(**options))


def test_all_faults_are_told_at_once(ask: Any) -> None:
    faults = faults_of(
        lambda: ask(["gone", "lost"], format="nnx", image="x", batch=-1, frames="no.mp4")
    )

    assert [fault.rpartition(" @ ")[2] for fault in faults] == [
        *("format", "models", "models", "image", "batch", "frames")
    ]


def test_an_output_that_is_taken_is_refused(ask: Any, tmp_path: Path) -> None:
    file, other, export = tmp_path / "file", tmp_path / "other", tmp_path / "export"
    file.write_text("a file")
    page = tmp_path / "page"
    for folder, name, text in (
        (other, "notes.txt", "{}"),
        (export, "manifest.json", '{"format": "onnx", "proof": {}, "poise": "0.1"}'),
        (page, "manifest.json", '{"name": "of a web page", "icons": []}'),
    ):
        folder.mkdir()
        (folder / name).write_text(text)

    assert faults_of(lambda: ask(output=file)) == [
        f"must be a folder, got the file {file} @ output"
    ]
    assert faults_of(lambda: ask(output=file / "below")) == [
        f"must be a folder in a folder, got {file / 'below'}, below the file {file} @ output"
    ]
    for folder in (other, page):
        assert faults_of(lambda folder=folder: ask(output=folder, overwrite=True)) == [
            f"must be a new folder or an export, got {folder}, which holds other files @ output"
        ]
    assert faults_of(lambda: ask(output=export)) == [
        f"must be a new folder, got {export}, which holds an export; pass overwrite=True to "
        "replace it, or renew=True to keep it under a numbered name @ output"
    ]
    assert ask(output=export, overwrite=True).output == export


def test_two_models_are_one_graph_only_with_points(ask: Any, model: Path) -> None:
    (fault,) = faults_of(lambda: ask([model, model]))

    assert "must be one model of stage image" in fault


def test_a_model_without_weights_is_no_export(ask: Any, tmp_path: Path) -> None:
    config = tmp_path / "model.json"
    config.write_text('{"backbone": {"plain": {}}, "heads": {"cells": {}}}')

    (fault,) = faults_of(lambda: ask(config))

    assert fault.startswith(f"must be a trained model, got {config}, a configuration without")


def test_a_library_that_is_missing_is_named_with_what_installs_it(
    ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poise_workflows.exporting.choosing.find_spec", lambda name: None)

    assert faults_of(lambda: ask(format="onnx")) == [
        f"must have {name} for the format onnx, got an environment without it; "
        'pip install "poise-workflows[onnx]" @ format'
        for name in ("onnxruntime", "onnx", "tf2onnx")
    ]


def test_what_a_format_cannot_have_is_refused_with_its_reasons(ask: Any) -> None:
    from poise import registry
    from poise.errors import Fault

    ours = registry.default().plugins_of("exporter")["strict"]
    assert ours.takes_points is False

    faults = faults_of(lambda: ask(format="strict", points=True, image=(8, 8), batch=2))

    assert faults == [
        "must be left out for strict, which holds a network alone, got True @ points",
        "must be left out for strict, which is written as it was trained, got (8, 8) @ image",
        "must be left out for strict, which is written as it was trained, got 2 @ batch",
        str(Fault("must be a U-Net, got plain", "model.backbone")),
    ]


def test_the_command_names_its_options_and_ends_with_2(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["export", str(model), "-o", str(tmp_path / "out"), "--format", "onx", "--batch", "0"]

    assert main(words) == 2

    said = capsys.readouterr().err
    assert "did you mean 'onnx'? @ --format" in said
    assert "must be a whole number from 1, or any, got '0' @ --batch" in said
    assert not (tmp_path / "out").exists()


def test_python_has_the_same_refusals(model: Path, tmp_path: Path) -> None:
    with pytest.raises(poise_workflows.ExportError, match="@ batch"):
        poise_workflows.export(model, tmp_path / "out", format="saved_model", batch="many")


def test_ours_need_tensorflow_as_backend() -> None:
    of_ours = {spec.key: spec.backends for spec in poise_exporters()}
    assert of_ours.pop("sleap") == ()  # it is written from arrays
    assert set(of_ours.values()) == {("tensorflow",)}
