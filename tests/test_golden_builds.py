"""Poise builds what SLEAP 1.4.1 built, and explains what SLEAP failed on.

The cases, and what SLEAP made of them, are in ``data/builds.json``.
"""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

import poise
from poise.editions import DOCUMENTED

pytestmark = pytest.mark.usefixtures("keras")

CASES: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "data" / "builds.json").read_text(encoding="utf-8")
)

OUTPUT_NAMES = {
    "SingleInstanceConfmapsHead": "confmaps",
    "MultiInstanceConfmapsHead": "confmaps",
    "PartAffinityFieldsHead": "pafs",
    "ClassMapsHead": "class_maps",
}

# Builds that Poise refuses → the error's class, and parts of its message.
REFUSED = {
    "no_backbone": (
        "BuildError",
        "must set one backbone, got none; installed: ",
        "@ model.backbone",
    ),
    "no_head": ("BuildError", "must set one head, got none; installed: ", "@ model.heads"),
    "no_skeleton": (
        "BuildError",
        "name them here, or pass skeleton= @ model.heads.single_instance.part_names",
    ),
    "multi_no_skeleton_edges": (
        "BuildError",
        "name them here, or pass skeleton= @ model.heads.multi_instance.pafs.edges",
    ),
    "topdown_cls_default_stride_mismatch": (
        "BuildError",
        "stride 1 is finer than that of the main output, 2",
        "@ model.heads.multi_class_topdown.class_vectors.output_stride",
    ),
    "hourglass_os_below_stem": (
        "BuildError",
        "must be at least stem_stride",
        "stem_stride is 4 @ model.backbone.hourglass.output_stride",
    ),
    "unet_os_above_max": (
        "BuildError",
        "stride 16 is coarser than the backbone's 8; raise model.backbone.unet.max_stride",
        "@ model.heads.single_instance.output_stride",
    ),
    "unet_os3": (
        "ConfigError",
        "must be a power of two ≥ 1, got 3; did you mean 2 or 4?",
        "@ model.heads.single_instance.output_stride",
    ),
    "unet_os0": (
        "ConfigError",
        "must be a power of two ≥ 1, got 0 @ model.heads.single_instance.output_stride",
    ),
    "unet_max1": (
        "ConfigError",
        "must be a power of two ≥ 2, got 1; did you mean 2? @ model.backbone.unet.max_stride",
    ),
    "unet_stem_gt_max": (
        "ConfigError",
        "must be below max_stride, got 16; max_stride is 8 @ model.backbone.unet.stem_stride",
    ),
    "unet_filters0": (
        "ConfigError",
        "must be an integer ≥ 1, got 0 @ model.backbone.unet.filters",
    ),
    "unet_rate_tiny": (
        "ConfigError",
        "no channel at level 3, int(4 · 0.5^3) @ model.backbone.unet.filters_rate",
    ),
    "unet_input_not_divisible": (
        "BuildError",
        "height must be a multiple of 16, got 50; use 48 or 64",
        "auto_pad=True @ image",
    ),
    "multi_paf_finer_than_confmaps": (
        "BuildError",
        "stride 2 is finer than that of the main output, 4",
        "@ model.heads.multi_instance.pafs.output_stride",
    ),
    "multi_leap_paf_above_max": (
        "BuildError",
        "stride 16 is coarser than the backbone's 8; raise model.backbone.leap.max_stride",
        "@ model.heads.multi_instance.pafs.output_stride",
    ),
    "encoder_bad": ("ConfigError", "'resnet19'", "@ model.backbone.pretrained_encoder.encoder"),
    "encoder_not_div32": (
        "BuildError",
        "height must be a multiple of 32, got 48; use 32 or 64",
        "@ image",
    ),
    "resnet_ms3": (
        "ConfigError",
        "must be a power of two ≥ 1, got 3; did you mean 2 or 4? "
        "@ model.backbone.resnet.max_stride",
    ),
}

# What SLEAP built although it was wrong: maps larger than the image, a graph that pools by two
# where it says eight.
REFUSED_THOUGH_BUILT = {
    "leap_input_not_divisible": (
        "BuildError",
        "height must be a multiple of 8, got 50; use 48 or 56",
        "auto_pad=True @ image",
    ),
    "hourglass_stem8": (
        "ConfigError",
        "must be 1, 2 or 4, got 8 @ model.backbone.hourglass.stem_stride",
    ),
}

# Documented builds that SLEAP failed on: every stack has its heads.
BUILT_THOUGH_FAILED = {
    "leap_stacks2": 2,
    "leap_stacks3": 3,
    "unet_stacks3": 3,
    "hourglass_stacks2": 2,
}

# Builds without a fault that SLEAP refused because a library did.
BUILT_THOUGH_REFUSED = {"encoder_inceptionv3_64": {"confmaps": [None, 32, 32, 3]}}

# SLEAP put encoder and decoder into one layer.
NESTED = {"encoder_2channels"}

# Why the ResNets of these cases differ from their configuration; the report names it.
LOST_STEPS = ("resnet_up_8_to_4", "resnet_up_8_to_2", "resnet_up_stride4_32_to_4")


def config_of(case: dict[str, Any]) -> poise.ModelConfig:
    for key in case["model"]["backbone"]:
        if key not in poise.backbones:
            pytest.skip(f"no backbone {key!r} is installed")
    # Its sections are too few for a file that SLEAP wrote.
    return poise.ModelConfig.from_data({"edition": "sleap-1.4", **case["model"]})


def built(case: dict[str, Any]) -> Any:
    parts, edges = ["head", "thorax", "abdomen"], [("head", "thorax"), ("thorax", "abdomen")]
    skeleton = poise.Skeleton(parts, edges) if case["skeleton"] else None
    return poise.build(config_of(case), tuple(case["image"]), skeleton, case["classes"])


def layers_of(model: Any) -> list[Any]:
    """Its layers without those with which a model for any size pads and crops."""
    added = {"PadToMultiple", "CropToImage"}
    return [layer for layer in model.layers if type(layer).__name__ not in added]


def shapes_of(model: Any) -> dict[str, list[int | None]]:
    return {name: list(tensor.shape) for name, tensor in model.output.items()}


@pytest.mark.parametrize(
    "name",
    [name for name, case in CASES.items() if case["built"] and name not in REFUSED_THOUGH_BUILT],
)
def test_what_the_original_built_is_built(name: str) -> None:
    case = CASES[name]
    model = built(case)
    assert model.count_params() == case["built"]["parameters"]
    if name not in NESTED:
        assert len(layers_of(model)) == case["built"]["layers"]
    assert shapes_of(model) == {
        OUTPUT_NAMES[output]: shape for output, shape in case["built"]["outputs"].items()
    }


@pytest.mark.parametrize("name", [*REFUSED, *REFUSED_THOUGH_BUILT])
def test_what_cannot_be_built_is_explained_with_its_field_and_a_way_out(name: str) -> None:
    error, *parts = (REFUSED | REFUSED_THOUGH_BUILT)[name]
    with pytest.raises(poise.PoiseError) as raised:
        built(CASES[name])
    assert type(raised.value).__name__ == error
    message = str(raised.value)
    for part in parts:
        assert part in message
    assert len(message.splitlines()) <= 12


@pytest.mark.parametrize(("name", "stacks"), BUILT_THOUGH_FAILED.items())
def test_several_stacks_have_heads_although_the_original_fails(name: str, stacks: int) -> None:
    assert set(shapes_of(built(CASES[name]))) == {f"confmaps_{index}" for index in range(stacks)}


@pytest.mark.parametrize(("name", "shapes"), BUILT_THOUGH_REFUSED.items())
def test_sizes_that_only_a_library_refused_are_built(
    name: str, shapes: dict[str, list[int | None]]
) -> None:
    assert shapes_of(built(CASES[name])) == shapes


@pytest.mark.parametrize("name", LOST_STEPS)
def test_in_2026_steps_are_counted_exactly_or_the_field_to_change_is_named(name: str) -> None:
    case = deepcopy(CASES[name])
    head = case["model"]["heads"]["single_instance"]["output_stride"]
    case["model"]["backbone"]["resnet"]["output_stride"] = head
    case["model"]["edition"] = DOCUMENTED
    if name == "resnet_up_stride4_32_to_4":
        with pytest.raises(poise.ConfigError, match=r"2, 8, 32 @ model\.backbone\.resnet\."):
            built(case)
    else:
        cells = 64 // head
        assert shapes_of(built(case))["confmaps"] == [None, cells, cells, 3]


def test_every_case_has_an_outcome_and_no_outcome_is_without_a_case() -> None:
    failed = {name for name, case in CASES.items() if not case["built"]}
    assert failed == {*REFUSED, *BUILT_THOUGH_FAILED, *BUILT_THOUGH_REFUSED}
    assert set(CASES) - failed >= {*REFUSED_THOUGH_BUILT, *LOST_STEPS}


def test_the_cases_are_those_of_the_golden_folder(golden: Path) -> None:
    cases = json.loads((golden / "config" / "build_cases.json").read_text(encoding="utf-8"))
    assert {name: case["model"] for name, case in CASES.items()} == {
        name: case["config"] for name, case in cases.items()
    }
    assert {name for name, case in cases.items() if case["ok"]} == {
        name for name, case in CASES.items() if case["built"]
    }
