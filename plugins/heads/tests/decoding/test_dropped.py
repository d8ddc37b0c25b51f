"""Animals that a decoder has found and that a limit leaves out: how many, and which limit."""

from __future__ import annotations

from typing import Any

import numpy as np

from poise import Dropped
from poise_heads import (
    CenteredInstanceConfmapsHeadConfig,
    CentroidsHeadConfig,
    ClassVectorsHeadConfig,
    MultiClassTopDownConfig,
    MultiInstanceConfig,
    PartAffinityFieldsHeadConfig,
    decoding,
)
from poise_heads.config import MultiInstanceConfmapsHeadConfig


def maps(*values: list[float], parts: int = 1) -> Any:
    """Of each image a map ``(8, 9)`` for each part, with peaks of these values, apart."""
    array = np.zeros((len(values), 8, 9, parts), np.float32)
    for image, peaks in enumerate(values):
        for index, value in enumerate(peaks):
            array[image, 2 + 3 * (index // 3), 1 + 3 * (index % 3)] = value
    return array


def on_crops(**options: Any) -> tuple[Dropped, ...]:
    """Three crops of image 0, of which the second has no part, and two of image 2."""
    config = CenteredInstanceConfmapsHeadConfig(part_names=["head"], output_stride=1)
    confmaps = maps([0.9], [0.1], [0.8], [0.15], [0.7])
    predictions = {"confmaps": confmaps}
    where = {"images": [0, 0, 0, 2, 2], "n_images": 3}
    return decoding.centered_instance(config, predictions, **where, **options).dropped


def test_crops_in_which_no_part_reaches_the_threshold_are_dropped_by_it() -> None:
    assert on_crops() == (
        Dropped(image=0, count=1, option="threshold", limit=0.2),
        Dropped(image=2, count=1, option="threshold", limit=0.2),
    )
    assert on_crops(threshold=0.05) == ()


def test_both_limits_are_told_where_both_leave_animals_out() -> None:
    assert set(on_crops(max_instances=1)) - set(on_crops()) == {
        Dropped(image=0, count=1, option="max_instances", limit=1)
    }


def test_an_image_that_no_first_stage_has_looked_at_has_nothing_to_drop() -> None:
    config = CenteredInstanceConfmapsHeadConfig(part_names=["head"], output_stride=1)

    animals = decoding.centered_instance(config, {"confmaps": maps([0.1], [0.9])})

    assert animals.counts.tolist() == [0, 1]
    assert animals.dropped == ()


def test_centroids_beyond_the_number_of_animals_are_dropped() -> None:
    config = CentroidsHeadConfig(output_stride=1)
    predictions = {"confmaps": maps([0.9, 0.8, 0.7], [0.9], [])}

    animals = decoding.centroid(config, predictions, max_instances=1, refinement="none")

    assert animals.counts.tolist() == [1, 1, 0]
    assert animals.dropped == (Dropped(image=0, count=2, option="max_instances", limit=1),)


def test_crops_for_which_no_class_is_left_are_dropped_by_the_number_of_classes() -> None:
    config = MultiClassTopDownConfig(
        confmaps=CenteredInstanceConfmapsHeadConfig(part_names=["head"], output_stride=1),
        class_vectors=ClassVectorsHeadConfig(classes=["a", "b"]),
    )
    vectors = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.1, 0.9]], np.float32)
    predictions = {"confmaps": maps([0.9], [0.9], [0.9], [0.1]), "class_vectors": vectors}

    animals = decoding.multi_class_topdown(config, predictions, images=[0, 0, 0, 1])

    assert animals.counts.tolist() == [2, 0]
    assert animals.dropped == (
        Dropped(image=1, count=1, option="threshold", limit=0.2),
        Dropped(image=0, count=1, option="classes", limit=2),
    )


def test_animals_of_too_few_parts_are_dropped_by_their_least_number() -> None:
    config = MultiInstanceConfig(
        confmaps=MultiInstanceConfmapsHeadConfig(part_names=["a", "b", "c"], output_stride=2),
        pafs=PartAffinityFieldsHeadConfig(edges=[("a", "b"), ("b", "c")], output_stride=2),
    )
    confmaps = np.zeros((2, 8, 9, 3), np.float32)
    confmaps[1, 2, 2, 0] = confmaps[1, 5, 6, 1] = 1
    predictions = {"confmaps": confmaps, "pafs": np.zeros((2, 8, 9, 4), np.float32)}
    loose = {"min_line_scores": 0.0, "dist_penalty_weight": 0.0}

    def dropped(least: float) -> tuple[Dropped, ...]:
        animals = decoding.multi_instance(config, predictions, min_instance_peaks=least, **loose)
        assert animals.counts[1] == (least < 3)
        return animals.dropped

    assert dropped(3) == (Dropped(image=1, count=1, option="min_instance_peaks", limit=3),)
    assert dropped(2) == ()
