"""Heads coarser than the network: SLEAP 1.4 built some, the documentation has none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import poise
import poise_resnet
from poise import registry
from poise.editions import DOCUMENTED, SLEAP
from poise.testing.standins import DOT, plugin_of

pytestmark = pytest.mark.usefixtures("keras")


@pytest.fixture(autouse=True)
def a_head() -> Iterator[None]:
    """The backbone is tested where no plugin of a head is installed."""
    registry.reset(registry.Registry(plugins=[poise_resnet, plugin_of(DOT)]))
    yield
    registry.reset()


def built(output_stride: int, edition: Any, image: tuple[Any, Any, int], **backbone: Any) -> Any:
    data = {
        "backbone": {"resnet": {"weights": "random", "output_stride": 4, **backbone}},
        "heads": {DOT.key: {"output_stride": output_stride}},
        "edition": edition,
    }
    return poise.build(poise.ModelConfig.from_data(data), image)


@pytest.mark.parametrize(("max_stride", "output_stride"), [(32, 64), (32, 128), (16, 32)])
def test_a_head_coarser_than_the_network_gets_its_last_features_in_sleaps_edition(
    max_stride: int, output_stride: int
) -> None:
    image = (128, 128, 1)
    model = built(output_stride, SLEAP, image, max_stride=max_stride, upsampling={})

    assert model.output["dot"].shape[1:3] == (128 // max_stride, 128 // max_stride)
    assert model.get_layer("DotHead").input.shape[3] == 2048


def test_padding_crops_by_the_cells_that_are_there_whatever_stride_they_bear() -> None:
    import numpy as np

    model = built(64, SLEAP, (None, None, 1), upsampling={})

    for size, cells in ((128, 4), (100, 4), (50, 2)):
        maps = model(np.zeros((1, size, size, 1), "float32"))["dot"]
        assert maps.shape[1:3] == (cells, cells)


def test_in_2026_such_a_head_is_refused_with_the_way_out() -> None:
    with pytest.raises(poise.BuildError, match="stride 64 is coarser than the backbone's 32"):
        built(64, DOCUMENTED, (128, 128, 1), upsampling={})


@pytest.mark.parametrize("edition", [SLEAP, DOCUMENTED])
def test_without_upsampling_such_a_head_is_refused_as_sleap_did(edition: Any) -> None:
    with pytest.raises(poise.BuildError, match="stride 64 is coarser than the backbone's 32"):
        built(64, edition, (128, 128, 1))
