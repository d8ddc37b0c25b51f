"""Laws: decoding the targets of points gives the points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

import poise_heads
from poise import editions
from poise.editions import EDITIONS, Edition
from poise.instances import Instances
from poise.labels import Labels
from poise_heads import (
    CenteredInstanceConfmapsHeadConfig,
    CentroidsHeadConfig,
    ClassMapsHeadConfig,
    ClassVectorsHeadConfig,
    MultiClassBottomUpConfig,
    MultiClassTopDownConfig,
    MultiInstanceConfig,
    MultiInstanceConfmapsHeadConfig,
    PartAffinityFieldsHeadConfig,
    SingleInstanceConfmapsHeadConfig,
)

pytestmark = pytest.mark.usefixtures("keras")

PARTS = ("head", "tail", "wing")
EDGES = (("head", "tail"), ("head", "wing"))
CLASSES = ("a", "b", "c", "d")
SPECS = {spec.key: spec for spec in poise_heads.poise_heads()}

SIZE = (96, 96)
ZONE = 48
"""Each animal has a separate square of the image: no peaks run together."""
BODY = np.array([[14.0, 16.0], [32.0, 18.0], [16.0, 33.0]])
"""Where the parts are in it, within ``SWAY``: far enough apart for fields to distinguish."""
SWAY = 4.0

# Without shrinking: failures are plain enough, and each try makes new targets.
few = settings(max_examples=12, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))


def sigma(config: Any, edition: Edition, stride: int, pixels: float) -> Any:
    """The configuration with a spread in pixels: SLEAP's is in cells."""
    return attrs.evolve(config, sigma=pixels / stride if edition == "sleap-1.4" else pixels)


def maps_of(cls: type, edition: Edition, stride: int, refined: bool = False, **names: Any) -> Any:
    # About a cell wide: integral refinement sees all of the peak.
    config = cls(output_stride=stride, offset_refinement=refined, **names)
    return sigma(config, edition, stride, max(1.0, stride))


def there_and_back(
    key: str, config: Any, labels: Labels, size: tuple[int, int], edition: Edition, **options: Any
) -> Instances:
    spec = SPECS[key]
    with editions.edition(edition):
        outputs = spec.outputs(config, None, None)
        targets = {output.name: output.targets(labels, size) for output in outputs}
        instances: Instances = spec.decode(config, targets, **options)
    return instances


def away_from_ties(points: Any, stride: int) -> None:
    """SLEAP loses peaks halfway between two equally high cells."""
    cells = points[~np.isnan(points)] / stride
    assume((np.abs(cells % 1 - 0.5) > 0.02).all())


def within(
    instances: Instances,
    expected: Sequence[Any],
    distance: float,
    classes: Sequence[Any] | None = None,
) -> None:
    """Each image has these animals ``(I, P, 2)``, in any order, at most this far off."""
    assert instances.counts.tolist() == [len(image) for image in expected]
    for index, animals in enumerate(expected):
        points = instances.in_image(index).points[0]
        if not len(animals):
            continue
        distances = np.abs(points[:, None] - animals[None])
        gaps = np.isnan(points[:, None]) != np.isnan(animals[None])
        off = np.where(gaps, np.inf, np.nan_to_num(distances)).max(axis=(-1, -2))
        nearest = off.argmin(axis=1)
        assert sorted(nearest) == list(range(len(animals))), off
        assert off.min(axis=1).max() <= distance + 1e-3, off
        if classes is not None:
            assert instances.in_image(index).classes[0].tolist() == [
                classes[index][n] for n in nearest
            ]


def coordinate(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, width=32)


@st.composite
def one_animal(draw: st.DrawFn, size: tuple[int, int], stride: int, margin: int = 0) -> Any:
    """Points ``(1, 1, P, 2)`` that have a cell of the maps within half a stride, some missing.

    Args:
        draw: Hypothesis' own.
        size: height and width of the image.
        stride: that of the maps.
        margin: how many cells the points keep from the border of the map.
    """
    height, width = ((-(-side // stride) - 1 - margin) * stride for side in size)
    low = margin * stride
    points = [
        [draw(coordinate(low, width)), draw(coordinate(low, height))]
        if draw(st.integers(0, 4))
        else [np.nan, np.nan]
        for _ in PARTS
    ]
    return np.array(points, dtype=np.float32)[None, None]


@st.composite
def animals(draw: st.DrawFn, images: int = 2, broken: bool = True) -> Any:
    """Points ``(N, 4, P, 2)``: up to four animals an image, in any order, some without a leg."""
    batch = np.full((images, 4, len(PARTS), 2), np.nan, dtype=np.float32)
    for image in range(images):
        for row, zone in enumerate(draw(st.permutations(range(4)))):
            if draw(st.booleans()):
                continue
            corner = np.array([zone % 2, zone // 2]) * ZONE
            sway = [[draw(coordinate(-SWAY, SWAY)) for _ in "xy"] for _ in PARTS]
            batch[image, row] = BODY + corner + sway
            if broken and draw(st.booleans()):
                batch[image, row, draw(st.integers(1, 2))] = np.nan
    return batch


def present(points: Any) -> list[Any]:
    return [image[~np.isnan(image).all(axis=(1, 2))] for image in points]


@pytest.mark.parametrize("refinement", ["none", "local", "integral"])
@pytest.mark.parametrize("key", ["single_instance", "centered_instance"])
@given(data=st.data(), stride=st.sampled_from([1, 2, 4]), side=st.integers(21, 40))
@few
def test_parts_of_one_animal_are_found_within_half_a_stride_anywhere(
    key: str, refinement: str, data: st.DataObject, stride: int, side: int
) -> None:
    size = (side, 33)
    points = data.draw(one_animal(size, stride))
    config = maps_of(SPECS[key].config, "2026", stride, part_names=PARTS)
    instances = there_and_back(key, config, Labels(points), size, "2026", refinement=refinement)
    within(instances, present(points), stride / 2)


@pytest.mark.backends
@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("refinement", ["offsets", "integral"])
@pytest.mark.parametrize("key", ["single_instance", "centered_instance"])
@given(data=st.data(), stride=st.sampled_from([1, 2, 4]))
@few
def test_parts_of_one_animal_are_found_within_a_tenth_of_a_pixel(
    key: str, refinement: str, edition: Edition, data: st.DataObject, stride: int
) -> None:
    size = (53, 61)
    points = data.draw(one_animal(size, stride, margin=4))
    away_from_ties(points, stride)
    refined = refinement == "offsets"
    config = maps_of(SPECS[key].config, edition, stride, refined, part_names=PARTS)
    options = {} if refined else {"refinement": "integral", "patch": 7}
    instances = there_and_back(key, config, Labels(points), size, edition, **options)
    within(instances, present(points), 0.1)


@pytest.mark.backends
@pytest.mark.parametrize("edition", EDITIONS)
@given(points=animals(), stride=st.sampled_from([1, 2, 4]), refined=st.booleans())
@few
def test_animals_are_found_by_their_anchor(
    edition: Edition, points: Any, stride: int, refined: bool
) -> None:
    anchors = points[:, :, 0]
    away_from_ties(anchors, stride)
    config = maps_of(CentroidsHeadConfig, edition, stride, refined)
    instances = there_and_back("centroid", config, Labels(points, anchors=anchors), SIZE, edition)
    expected = present(anchors[:, :, None])
    within(instances, expected, 0.1 if refined else stride / 2)


@pytest.mark.backends
@pytest.mark.parametrize("edition", EDITIONS)
@given(
    points=animals(),
    stride=st.sampled_from([1, 2]),
    of_fields=st.sampled_from([2, 4]),
    refined=st.booleans(),
)
@few
def test_parts_are_joined_to_their_animals(
    edition: Edition, points: Any, stride: int, of_fields: int, refined: bool
) -> None:
    away_from_ties(points, stride)
    config = MultiInstanceConfig(
        confmaps=maps_of(
            MultiInstanceConfmapsHeadConfig, edition, stride, refined, part_names=PARTS
        ),
        # As wide in both editions: SLEAP's sigma is in square pixels.
        pafs=PartAffinityFieldsHeadConfig(
            edges=EDGES, output_stride=of_fields, sigma=25.0 if edition == "sleap-1.4" else 5.0
        ),
    )
    instances = there_and_back("multi_instance", config, Labels(points), SIZE, edition)
    within(instances, present(points), 0.1 if refined else stride / 2)


@pytest.mark.backends
@pytest.mark.parametrize("edition", EDITIONS)
@given(
    points=animals(), classes=st.permutations(range(4)), stride=st.sampled_from([1, 2]),
    refined=st.booleans(),
)  # fmt: skip
@few
def test_parts_are_assigned_to_their_class(
    edition: Edition, points: Any, classes: list[int], stride: int, refined: bool
) -> None:
    away_from_ties(points, stride)
    config = MultiClassBottomUpConfig(
        confmaps=maps_of(
            MultiInstanceConfmapsHeadConfig, edition, stride, refined, part_names=PARTS
        ),
        class_maps=sigma(
            ClassMapsHeadConfig(classes=CLASSES, output_stride=2), edition, 2, 4.0
        ),
    )  # fmt: skip
    labels = Labels(points, classes=np.tile(classes, (len(points), 1)))
    instances = there_and_back("multi_class_bottomup", config, labels, SIZE, edition)
    is_present = ~np.isnan(points).all(axis=(2, 3))
    of_present = [np.array(classes)[row] for row in is_present]
    within(instances, present(points), 0.1 if refined else stride / 2, of_present)


@pytest.mark.backends
@pytest.mark.parametrize("edition", EDITIONS)
@given(data=st.data(), stride=st.sampled_from([1, 2]), classes=st.permutations(range(4)))
@few
def test_crops_of_an_image_are_assigned_to_their_class(
    edition: Edition, data: st.DataObject, stride: int, classes: list[int]
) -> None:
    size = (48, 48)
    points = np.concatenate([data.draw(one_animal(size, stride, margin=4)) for _ in range(3)])
    assume(not np.isnan(points).all(axis=(1, 2, 3)).any())
    away_from_ties(points, stride)
    config = MultiClassTopDownConfig(
        confmaps=maps_of(
            CenteredInstanceConfmapsHeadConfig, edition, stride, True, part_names=PARTS
        ),
        class_vectors=ClassVectorsHeadConfig(classes=CLASSES, output_stride=stride),
    )
    labels = Labels(points, classes=np.array(classes[:3])[:, None])
    origins = np.array([[0, 0], [50, 10], [20, 60]])
    instances = there_and_back(
        "multi_class_topdown", config, labels, size, edition,
        images=[0, 0, 2], n_images=4, origins=origins,
    )  # fmt: skip
    less = 0.5 if edition == "sleap-1.4" else 0.0
    moved = points[:, 0] + (origins[:, None] - less)
    none = moved[:0]
    of_each = [classes[:2], [], classes[2:3], []]
    within(instances, [moved[:2], none, moved[2:], none], 0.1, of_each)


@pytest.mark.parametrize("key", SPECS)
@pytest.mark.parametrize("edition", EDITIONS)
def test_an_image_without_animals_gives_none(key: str, edition: Edition) -> None:
    (config, *_) = SPECS[key].examples.values()
    parts = ("head", "thorax", "abdomen")
    points = np.full((2, 2, 3, 2), np.nan, dtype=np.float32)
    labels = Labels(points, classes=np.full((2, 2), -1), parts=parts)
    instances = there_and_back(key, config, labels, (32, 32), edition)
    assert instances.counts.tolist() == [0, 0]
    assert instances.points.shape == (2, 0, len(instances.parts), 2)


@given(points=animals(broken=False), order=st.permutations(range(4)))
@few
def test_the_order_of_animals_in_the_labels_does_not_matter(points: Any, order: list[int]) -> None:
    config = MultiInstanceConfig(
        confmaps=maps_of(MultiInstanceConfmapsHeadConfig, "2026", 2, part_names=PARTS),
        pafs=PartAffinityFieldsHeadConfig(edges=EDGES, output_stride=2, sigma=5.0),
    )
    original, permuted = (
        there_and_back("multi_instance", config, Labels(some), SIZE, "2026")
        for some in (points, points[:, order])
    )
    np.testing.assert_array_equal(original.counts, permuted.counts)
    np.testing.assert_allclose(original.points, permuted.points, atol=1e-4)


SINGLE = SingleInstanceConfmapsHeadConfig(part_names=("head",), sigma=2.0, output_stride=2)


@pytest.mark.parametrize("place", [(0, 0), (31, 0), (30, 30), (15, 31), (7, 9)])
def test_a_part_in_the_corner_at_the_border_or_between_cells_is_found(
    place: tuple[int, int],
) -> None:
    """Where SLEAP pulls it inwards, or sees no peak."""
    points = np.array(place, dtype=np.float32)[None, None, None]
    for refinement in ("none", "local", "integral"):
        instances = there_and_back(
            "single_instance", SINGLE, Labels(points), (32, 32), "2026", refinement=refinement
        )
        within(instances, [points[0]], 1.0)
