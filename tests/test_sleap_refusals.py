"""What SLEAP 1.4 cannot have is refused before anything is written, with the reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import poise
from poise.testing.standins import POOLS, registry_of
from poise_workflows.exporting.errors import ExportError
from poise_workflows.exporting.sleap.folders import write_sleap_folder
from poise_workflows.exporting.sleap.running import run_folder
from poise_workflows.exporting.sleap.runs import write_best_model
from sleap_exports import SKELETON, images_for, largest_difference, maps_of

pytestmark = pytest.mark.usefixtures("keras")

UNET = {"filters": 4, "max_stride": 8, "output_stride": 2}
SINGLE = {"single_instance": {"sigma": 5.0, "output_stride": 2}}
ENCODER = {"encoder": "resnet18", "decoder_filters": 8, "output_stride": 2}


def model_of(
    backbone: dict[str, Any],
    heads: dict[str, Any] = SINGLE,
    *,
    edition: str = "sleap-1.4",
    channels: int = 1,
    registry: Any = None,
) -> Any:
    data = {"edition": edition, "backbone": backbone, "heads": heads}
    with poise.registry.using(registry):
        config = poise.ModelConfig.from_data(data)
        return poise.build(config, (64, 64, channels), SKELETON, seed=0)


def assert_refused(model: Any, folder: Path, *parts: str) -> None:
    with pytest.raises(ExportError) as refusal:
        write_sleap_folder(model, folder)
    for part in parts:
        assert part in str(refusal.value)
    assert list(folder.iterdir()) == []


def test_a_backbone_that_sleap_does_not_have(tmp_path: Path) -> None:
    registry = registry_of(POOLS, poise.heads["single_instance"])
    model = model_of({POOLS.key: {"max_stride": 4}}, registry=registry)

    assert_refused(
        model,
        tmp_path,
        "SLEAP cannot have this model: must be one of SLEAP 1.4's (leap, unet, hourglass, resnet, "
        f"pretrained_encoder), got {POOLS.key!r}; export it as onnx, saved_model or frozen_graph "
        "instead @ model.backbone",
    )


def test_heads_on_several_stacks(tmp_path: Path) -> None:
    hourglass = {"stem_stride": 2, "max_stride": 8, "output_stride": 2, "stacks": 2}
    sizes = {"stem_filters": 4, "filters": 4, "filter_increase": 2}

    assert_refused(
        model_of({"hourglass": hourglass | sizes}),
        tmp_path,
        "must be 1, got 2: SLEAP 1.4 builds no heads on several stacks, and of a model that has "
        "them it predicts with the first stack instead of the last",
        "@ model.backbone.hourglass.stacks",
    )


@pytest.mark.parametrize(
    ("backbone", "difference"),
    [
        (
            {"resnet": {"weights": "random", "max_stride": 32, "output_stride": 4}},
            "resnet_first_features_of_a_stride",
        ),
        ({"pretrained_encoder": ENCODER}, "pretrained_encoder_images_not_normalized"),
    ],
)
def test_networks_that_edition_2026_alone_has(
    backbone: dict[str, Any], difference: str, tmp_path: Path
) -> None:
    stride = 4 if "resnet" in backbone else 2
    heads = {"single_instance": {"output_stride": stride}}

    assert_refused(
        model_of(backbone, heads, edition="2026"),
        tmp_path,
        "must be sleap-1.4, got 2026: SLEAP has another network for this configuration, from layer",
        difference,
        "train the model in edition sleap-1.4 @ model.edition",
    )


def test_a_model_that_poise_did_not_build(keras: Any, tmp_path: Path) -> None:
    image = keras.Input((8, 8, 1))
    model = keras.Model(image, keras.layers.Conv2D(1, 1)(image), name="mine")

    assert_refused(model, tmp_path, "must be a model of poise.build, got Functional 'mine'")


def test_a_model_of_edition_2026_is_written_with_the_numbers_that_sleap_means(
    tmp_path: Path,
) -> None:
    """The network is one in both editions; sigma is in pixels here, and in cells there."""
    model = model_of({"unet": UNET}, edition="2026")
    notes = write_sleap_folder(model, tmp_path)

    again = poise.read(tmp_path)
    assert again.config.edition == "sleap-1.4"
    assert again.config.heads.single_instance.sigma == 2.5
    assert any("sigma" in note and "2.5" in note for note in notes)
    images = images_for(model)
    assert largest_difference(maps_of(model, images), run_folder(tmp_path, images)) < 1e-5


def test_a_model_that_pads_is_written_without_its_padding(tmp_path: Path) -> None:
    """SLEAP pads images before the network."""
    data = {"edition": "sleap-1.4", "backbone": {"unet": UNET}, "heads": SINGLE}
    config = poise.ModelConfig.from_data(data)
    model = poise.build(config, (50, 61, 1), SKELETON, auto_pad=True, seed=3)
    write_sleap_folder(model, tmp_path)

    images = images_for(model)
    assert largest_difference(maps_of(model, images), run_folder(tmp_path, images)) < 1e-5


def run_of(model: Any, folder: Path) -> Path:
    """The folder of a run, as far as its model goes."""
    poise.save(model, folder / "best")
    job = {"data": {"instance_cropping": {}}, "model": {"edition": "2026"}, "name": "mine"}
    (folder / "training_config.json").write_text(json.dumps(job), encoding="utf-8")
    return folder


def test_a_run_says_why_sleap_cannot_have_its_model(tmp_path: Path) -> None:
    """That is no failure of the training."""
    hourglass = {"stem_stride": 2, "max_stride": 8, "output_stride": 2, "stacks": 2}
    sizes = {"stem_filters": 4, "filters": 4, "filter_increase": 2}
    run = run_of(model_of({"hourglass": hourglass | sizes}), tmp_path)

    (note,) = write_best_model(run)
    assert note.startswith("best_model.h5 for SLEAP's program is not written: ")
    assert "must be 1, got 2" in note
    assert not (run / "best_model.h5").exists()


def test_a_run_of_edition_2026_says_its_numbers_as_sleap_means_them(tmp_path: Path) -> None:
    heads = {"centered_instance": {"sigma": 5.0, "output_stride": 2, "anchor_part": "thorax"}}
    run = run_of(model_of({"unet": UNET}, heads, edition="2026"), tmp_path)

    assert any("sigma" in note and "2.5" in note for note in write_best_model(run))

    job = json.loads((run / "training_config.json").read_text(encoding="utf-8"))
    assert job["name"] == "mine"
    assert job["model"]["heads"]["centered_instance"]["sigma"] == 2.5
    assert "edition" not in job["model"]
    assert job["data"]["instance_cropping"]["center_on_part"] == "thorax"
