"""``poise inspect`` of every backbone, of real models, and of labels."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import poise
import poise_workflows
from poise.cli import main
from poise.sphinx.facts import default_of
from poise.wire.structure import unstructure
from poise_workflows.inspecting.saying import say_network

FIRST_PARTY = (
    *("hourglass", "leap", "pretrained_encoder", "resnet", "unet"),
    *("keras_cv", "keras_hub"),
)
SVG = "{http://www.w3.org/2000/svg}"

Inspect = Callable[..., str]


@pytest.fixture
def inspected(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Inspect:
    """What the command writes on a terminal of eighty columns."""
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments: str | Path, status: int = 0) -> str:
        assert main(["inspect", *map(str, arguments)]) == status
        return capsys.readouterr().out

    return run


def configuration_of(key: str, folder: Path) -> Path:
    """A file with the default configuration of a backbone, or its first example."""
    spec = poise.backbones[key]
    config = default_of(spec)
    head = {"single_instance": {"output_stride": spec.output_stride(config)}}
    path = folder / f"{key}.json"
    sections = {"backbone": {key: unstructure(config)}, "heads": head, "edition": "2026"}
    path.write_text(json.dumps(sections), encoding="utf-8")
    return path


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("key", FIRST_PARTY)
def test_every_backbone_is_readable_at_eighty_columns(
    key: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    if key not in poise.backbones:
        pytest.skip(f"needs the plugin of {key}")
    monkeypatch.chdir(tmp_path)
    file = configuration_of(key, tmp_path).name

    facts = poise_workflows.inspect(file, image=(128, 128, 1), diagram="a.svg")
    assert isinstance(facts, poise_workflows.NetworkFacts)
    say_network(facts, layers=False)
    text = capsys.readouterr().out

    assert [line for line in text.splitlines() if len(line) > 80] == []
    costs = facts.inspection
    assert costs.assumed == ()
    assert sum(block.parameters for block in facts.blocks) == costs.parameters
    assert sum(block.operations for block in facts.blocks) == costs.operations
    accounted = [name for block in facts.blocks for name in block.layers]
    assert sorted(accounted) == sorted(layer.name for layer in costs.layers)
    total = next(line for line in text.splitlines() if line.split()[:1] == ["all"])
    assert f"{costs.parameters:,}" in total.split()
    boxes = ET.parse(tmp_path / "a.svg").getroot().findall(f"{SVG}g")
    assert len(boxes) == len(facts.blocks)


@pytest.mark.usefixtures("keras")
def test_a_real_model_is_set_beside_the_animals_that_it_learned(
    shared: Path, inspected: Inspect
) -> None:
    model = shared / "sleap" / "models" / "minimal_instance.UNet.centroid"
    labels = shared / "sleap" / "labels" / "minimal_instance.pkg.slp"

    data = json.loads(inspected(model, "--labels", labels, "--json", "--batch-size", "4"))

    assert data["image"] == [384, 384, 1]
    assert data["image_from"] == "from the labels"
    assert data["parameters"] == sum(block["parameters"] for block in data["blocks"])
    assert data["animals"]["count"] == 2
    (field,) = {tuple(each) for each in data["receptive_fields"].values()}
    assert (data["animals"]["covered"] == 1.0) == (data["animals"]["most"] <= min(field))
    training, prediction = data["memory"]["training"], data["memory"]["prediction"]
    assert training["total"] > prediction["total"] > prediction["weights"]
    assert training["optimizer"] == 2 * prediction["weights"]


@pytest.mark.usefixtures("keras")
def test_a_profile_is_found_by_its_name_and_its_made_up_parts_are_told(inspected: Inspect) -> None:
    text = inspected("baseline_medium_rf.single", "--image", "128,128,1")

    assert "unet with single_instance, edition 2026" in text
    assert "nothing names the parts or classes" in " ".join(text.split())


@pytest.mark.usefixtures("keras")
def test_every_layer_is_shown_if_it_is_asked_for(inspected: Inspect, workspace: Path) -> None:
    model = workspace / "docs" / "examples" / "flies" / "model"
    facts = poise_workflows.inspect(model)
    assert isinstance(facts, poise_workflows.NetworkFacts)

    text = inspected(model, "--layers")

    lines = [line.split()[0].rstrip("…") for line in text.splitlines() if line.strip()]
    for layer in facts.inspection.layers:
        assert any(layer.name.startswith(line) for line in lines), layer.name
    assert max(map(len, text.splitlines())) <= 80 + len(str(model))


def test_labels_are_counted_as_sleap_inspect_does(
    shared: Path, inspected: Inspect, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = shared / "sleap" / "labels" / "clip.slp"

    text = inspected(labels)

    assert main(["sleap-inspect", str(labels)]) == 0
    assert text == capsys.readouterr().out
    data = json.loads(inspected(labels, "--json"))
    assert f"labeled frames: {data['frames']}" in text.splitlines()


def test_labels_have_no_network_that_options_could_be_about(
    shared: Path, inspected: Inspect
) -> None:
    inspected(shared / "sleap" / "labels" / "clip.slp", "--layers", status=2)


def test_what_is_no_model_is_refused_before_keras_is_imported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "faulty.json").write_text('{"backbone": {"unet": {"filtres": 1}}, "heads": {}}')

    assert main(["inspect", str(tmp_path / "faulty.json")]) == 1
    assert main(["inspect", str(tmp_path / "nowhere")]) == 2
    assert main(["inspect", "baseline.centrod"]) == 2
    said = capsys.readouterr().err
    assert "importing Keras" not in said
    assert "did you mean 'baseline.centroid'?" in said


@pytest.mark.usefixtures("keras")
def test_a_diagram_that_is_there_is_replaced_only_if_that_is_said(
    tmp_path: Path, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = str(workspace / "docs" / "examples" / "flies" / "model")
    place = tmp_path / "flies.svg"
    place.write_text("mine", encoding="utf-8")

    assert main(["inspect", model, "--diagram", str(place)]) == 2
    assert "--diagram" in capsys.readouterr().err
    assert place.read_text(encoding="utf-8") == "mine"
    assert main(["inspect", model, "--diagram", str(place), "--overwrite"]) == 0
    assert ET.parse(place).getroot().tag == f"{SVG}svg"
