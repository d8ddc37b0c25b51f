"""What a spec refuses by itself, before anything is asked of it."""

import attrs
import pytest

from poise import BackboneSpec, HeadSpec, PluginError


@attrs.frozen(kw_only=True)
class DotConfig:
    output_stride: int = 2


def head(**fields):
    return HeadSpec(
        key="dot", config=DotConfig, outputs=lambda config, skeleton, classes: (), **fields
    )


def test_a_head_sees_whole_images_unless_it_says_otherwise():
    assert head().stage == "image"


@pytest.mark.parametrize("stage", ["image", "centroid", "crop"])
def test_a_head_is_of_one_of_three_stages(stage):
    assert head(stage=stage).stage == stage


@pytest.mark.parametrize(
    ("stage", "got"),
    [
        ("crops", "'crops'; did you mean 'crop'?"),
        ("Centroid", "'Centroid'; did you mean 'centroid'?"),
        ("topdown", "'topdown'"),
        (None, "None"),
        (["crop"], "['crop']"),
    ],
)
def test_any_other_stage_is_refused(stage, got):
    with pytest.raises(PluginError) as error:
        head(stage=stage)

    assert str(error.value) == (
        f"stage of head 'dot' must be 'image', 'centroid' or 'crop', got {got}"
    )


@attrs.frozen(kw_only=True)
class LooseConfig:
    output_stride: object = None


@pytest.mark.parametrize("stride", [None, 4.7, True, "2"])
def test_a_backbone_whose_stride_is_no_integer_is_blamed_with_the_field(stride):
    spec = BackboneSpec(
        key="loose", config=LooseConfig, build=lambda config, image: [], max_stride=lambda _: 2
    )

    with pytest.raises(
        PluginError, match=r"LooseConfig\.output_stride must be an integer ≥ 1, got"
    ):
        spec.output_stride(LooseConfig(output_stride=stride))
