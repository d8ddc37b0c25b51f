"""Decoding within a graph finds what ``decode`` finds, in both editions, also where cells tie."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import poise_heads
from poise import editions
from poise.editions import EDITIONS, Edition
from poise.errors import DecodeError
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
from poise_heads.decoding.identities import probabilities_of_peaks
from poise_heads.decoding.one_part import refined_peaks
from poise_heads.pafs.candidates import candidates, group_peaks
from poise_heads.pafs.scoring import scores

pytestmark = pytest.mark.usefixtures("keras")

SPECS = {spec.key: spec for spec in poise_heads.poise_heads()}
PARTS = ("head", "tail", "wing")
EDGES = (("head", "tail"), ("wing", "head"))
CLASSES = ("a", "b", "c", "d")
SHAPE = (3, 11, 14)
REFINEMENTS = ("integral", "local", "none", "offsets")
MANY = 60


def maps_of(channels: int, levels: int | None, shape: tuple[int, ...] = SHAPE) -> Any:
    """Noise, whose cells are often equally high if it has few levels; the last image is empty."""
    values = np.random.default_rng(channels).random((*shape, channels), np.float32)
    if levels is not None:
        values = np.floor(values * levels) / np.float32(levels - 1)
    values[-1] = 0
    return values.astype(np.float32)


def offsets_of(channels: int) -> Any:
    return np.random.default_rng(5).normal(0, 0.4, (*SHAPE, 2 * channels)).astype(np.float32)


def in_graph(key: str, config: Any, predictions: Any, edition: Edition, **options: Any) -> Any:
    """Arrays by name."""
    from keras import ops

    with editions.edition(edition):
        decoding = SPECS[key].decode_in_graph(config, **options)
        tensors = decoding.call({name: ops.convert_to_tensor(x) for name, x in predictions.items()})
    assert {name: len(output.axes) for name, output in decoding.outputs.items()} == {
        name: len(tensor.shape) for name, tensor in tensors.items()
    }
    return {name: ops.convert_to_numpy(tensor) for name, tensor in tensors.items()}


def on_the_host(key: str, config: Any, predictions: Any, edition: Edition, **options: Any) -> Any:
    with editions.edition(edition):
        return SPECS[key].decode(config, predictions, **options)


def agree(arrays: Any, instances: Any) -> None:
    """The first animals of each image are the instances, and the others are NaN."""
    for name in ("points", "point_scores", "instance_scores"):
        array, expected = arrays[name], getattr(instances, name)
        count = expected.shape[1]
        np.testing.assert_allclose(array[:, :count], expected, rtol=1e-5, atol=1e-4, err_msg=name)
        assert np.isnan(array[:, count:]).all()


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("levels", [None, 3])
@pytest.mark.parametrize("refinement", REFINEMENTS)
@pytest.mark.parametrize("key", ["single_instance", "centered_instance"])
def test_the_parts_of_one_animal(
    key: str, refinement: str, levels: int | None, edition: Edition
) -> None:
    cls: Any = SingleInstanceConfmapsHeadConfig
    if key == "centered_instance":
        cls = CenteredInstanceConfmapsHeadConfig
    refined = refinement == "offsets"
    config = cls(part_names=PARTS, output_stride=4, offset_refinement=refined)
    predictions = {"confmaps": maps_of(3, levels)}
    predictions["confmaps"][1, ..., 0] *= 0.1  # a part without a place
    if refined:
        predictions["offsets"] = offsets_of(3)
    options = {"refinement": refinement, "threshold": 0.3}

    arrays = in_graph(key, config, predictions, edition, **options)

    agree(arrays, on_the_host(key, config, predictions, edition, **options))


@pytest.mark.parametrize("edition", EDITIONS)
def test_animals_of_crops_have_the_scores_of_their_centroids(edition: Edition) -> None:
    config = CenteredInstanceConfmapsHeadConfig(part_names=PARTS, output_stride=2)
    predictions, given = {"confmaps": maps_of(3, None)}, np.array([0.5, 0.9, 0.7], np.float32)

    with editions.edition(edition):
        decoding = SPECS["centered_instance"].decode_in_graph(config)
        arrays = decoding.call(predictions, centroid_scores=given)

    instances = on_the_host(
        "centered_instance", config, predictions, edition, centroid_scores=given
    )
    agree({name: np.asarray(array) for name, array in arrays.items()}, instances)


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("levels", [None, 3])
@pytest.mark.parametrize("refinement", REFINEMENTS)
@pytest.mark.parametrize("most", [3, MANY, 500])
def test_every_peak_that_there_is_room_for(
    most: int, refinement: str, levels: int | None, edition: Edition
) -> None:
    refined = refinement == "offsets"
    config = CentroidsHeadConfig(output_stride=2, offset_refinement=refined)
    predictions = {"confmaps": maps_of(1, levels)}
    if refined:
        predictions["offsets"] = offsets_of(1)
    options = {"refinement": refinement, "max_instances": most}

    arrays = in_graph("centroid", config, predictions, edition, **options)

    instances = on_the_host("centroid", config, predictions, edition, **options)
    agree(arrays, instances)
    dropped = np.zeros(len(instances), int)
    for limit in instances.dropped:
        dropped[limit.image] = limit.count
    assert arrays["dropped"].tolist() == dropped.tolist()


def slots(peaks: Any) -> Any:
    """For each peak, its number among those of its part in its image."""
    before: dict[tuple[int, int], int] = {}
    numbers = []
    for key in zip(peaks.image.tolist(), peaks.part.tolist(), strict=True):
        numbers.append(before.get(key, 0))
        before[key] = numbers[-1] + 1
    return np.array(numbers)


def bottom_up(edges: Any, refined: bool) -> MultiInstanceConfig:
    with editions.edition("sleap-1.4"):  # which allows edges to parts without a map
        return MultiInstanceConfig(
            confmaps=MultiInstanceConfmapsHeadConfig(
                part_names=PARTS, output_stride=2, offset_refinement=refined
            ),
            pafs=PartAffinityFieldsHeadConfig(edges=edges, output_stride=4),
        )


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("levels", [None, 3])
@pytest.mark.parametrize("refinement", ["integral", "offsets"])
def test_peaks_and_the_scores_of_their_pairs(
    refinement: str, levels: int | None, edition: Edition
) -> None:
    refined = refinement == "offsets"
    config = bottom_up(EDGES, refined)
    pafs = np.random.default_rng(2).normal(0, 0.5, (3, 6, 7, 4)).astype(np.float32)
    predictions = {"confmaps": maps_of(3, levels), "pafs": pafs}
    if refined:  # far enough to lead beyond the fields
        predictions["offsets"] = 3 * offsets_of(3)
    lines = {"max_edge_length_ratio": 0.2, "dist_penalty_weight": 0.7, "n_points": 7}

    options = {"refinement": refinement, "max_instances": MANY, **lines}
    arrays = in_graph("multi_instance", config, predictions, edition, **options)

    with editions.edition(edition):
        peaks, points = refined_peaks(predictions, 2, 0.2, refinement, 5)
        pairs = candidates(group_peaks(peaks.image, peaks.part, 3, 3), np.array([[0, 1], [2, 0]]))
        of_pairs = scores(pafs, points, pairs, stride=4, **lines)
    number = slots(peaks)
    expected = np.full((3, 3, MANY, 2), np.nan)
    expected[peaks.image, peaks.part, number] = points
    np.testing.assert_allclose(arrays["peaks"], expected, atol=1e-4)
    of_lines = np.full((3, 2, MANY, MANY), np.nan)
    place = pairs.image, pairs.edge, number[pairs.source], number[pairs.destination]
    of_lines[place] = of_pairs
    assert len(of_pairs) > 20
    np.testing.assert_allclose(arrays["line_scores"], of_lines, rtol=1e-4, atol=1e-4)


def test_an_edge_to_a_part_without_a_map_scores_no_pair() -> None:
    config = bottom_up((*EDGES, ("head", "antenna")), refined=False)
    predictions = {"confmaps": maps_of(3, None), "pafs": np.ones((3, 6, 7, 6), np.float32)}

    arrays = in_graph("multi_instance", config, predictions, "sleap-1.4", max_instances=4)

    assert arrays["line_scores"].shape == (3, 3, 4, 4)
    assert not np.isnan(arrays["line_scores"][0, :2]).any()
    assert np.isnan(arrays["line_scores"][:, 2]).all()


@pytest.mark.parametrize("edition", EDITIONS)
def test_peaks_and_the_probabilities_of_their_classes(edition: Edition) -> None:
    config = MultiClassBottomUpConfig(
        confmaps=MultiInstanceConfmapsHeadConfig(
            part_names=PARTS, output_stride=2, offset_refinement=True
        ),
        class_maps=ClassMapsHeadConfig(classes=CLASSES, output_stride=4),
    )
    maps = np.random.default_rng(3).random((3, 6, 7, 4), np.float32)
    predictions = {"confmaps": maps_of(3, None), "class_maps": maps}
    predictions["offsets"] = 3 * offsets_of(3)

    arrays = in_graph("multi_class_bottomup", config, predictions, edition, max_instances=MANY)

    with editions.edition(edition):
        peaks, points = refined_peaks(predictions, 2, 0.2, "auto", 5)
        expected = probabilities_of_peaks(maps, peaks.image, points / 4)
    place = peaks.image, peaks.part, slots(peaks)
    np.testing.assert_allclose(arrays["class_probabilities"][place], expected, atol=1e-6)
    assert np.isnan(arrays["class_probabilities"]).all(axis=-1).sum() == 9 * MANY - len(peaks)


@pytest.mark.parametrize("edition", EDITIONS)
def test_crops_have_the_probabilities_of_their_classes_and_are_assigned_to_none(
    edition: Edition,
) -> None:
    config = MultiClassTopDownConfig(
        confmaps=CenteredInstanceConfmapsHeadConfig(part_names=PARTS, output_stride=2),
        class_vectors=ClassVectorsHeadConfig(classes=CLASSES),
    )
    vectors = np.random.default_rng(3).random((3, 4), np.float32)
    predictions = {"confmaps": maps_of(3, None), "class_vectors": vectors}

    arrays = in_graph("multi_class_topdown", config, predictions, edition)

    instances = on_the_host("multi_class_topdown", config, predictions, edition)
    for image in (0, 1):
        assert arrays["class_probabilities"][image, 0].argmax() == instances.classes[image].max()
    np.testing.assert_array_equal(arrays["class_probabilities"][:2, 0], vectors[:2])
    assert np.isnan(arrays["class_probabilities"][2]).all()


@pytest.mark.parametrize("edition", EDITIONS)
def test_values_that_are_no_predictions_count_as_zero(edition: Edition) -> None:
    config = CentroidsHeadConfig(output_stride=2)
    maps = maps_of(1, None)
    maps[0, 3, 3], maps[0, 5, 5], maps[1, 2, 2] = np.nan, np.inf, 1e20

    arrays = in_graph("centroid", config, {"confmaps": maps}, edition, max_instances=MANY)

    maps = np.where(np.abs(maps) < 1e15, maps, 0)
    agree(arrays, on_the_host("centroid", config, {"confmaps": maps}, edition))


def test_options_out_of_their_domain_are_refused_before_there_is_a_graph() -> None:
    config = CentroidsHeadConfig(output_stride=2)

    with pytest.raises(DecodeError, match="max_instances"):
        SPECS["centroid"].decode_in_graph(config, max_instances=0)
    with pytest.raises(DecodeError, match="offsets"):
        SPECS["centroid"].decode_in_graph(config, refinement="offsets")
    with pytest.raises(DecodeError, match="odd number"):
        SPECS["centroid"].decode_in_graph(config, patch=4)
