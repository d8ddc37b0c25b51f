"""A configuration that moves to the other edition has the targets that it had, or the nearest."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import attrs
import numpy as np
import pytest

import poise
import poise_heads
from poise import registry
from poise.job.sections import InstanceCroppingConfig, JobRecord
from poise.testing.standins import POOLS, plugin_of
from poise_heads.differences import PROFILE_RATIO

PARTS = ("a", "b", "c", "d", "e")
SKELETON = poise.Skeleton(PARTS, list(pairwise(PARTS)))
CLASSES = ("female", "male")
HEADS: dict[str, dict[str, Any]] = {
    "single_instance": {"sigma": 2.5, "output_stride": 4},
    "centroid": {"sigma": 2.5, "output_stride": 2},
    "centered_instance": {"sigma": 1.5, "output_stride": 4},
    "multi_instance": {
        "confmaps": {"sigma": 2.5, "output_stride": 4},
        "pafs": {"sigma": 75, "output_stride": 8},
    },
    "multi_class_bottomup": {
        "confmaps": {"sigma": 2.5, "output_stride": 4},
        "class_maps": {"sigma": 2.5, "output_stride": 8},
    },
    "multi_class_topdown": {
        "confmaps": {"sigma": 2.5, "output_stride": 4},
        "class_vectors": {"output_stride": 16},
    },
}
"""Key → numbers of SLEAP's stock profiles."""


@pytest.fixture(autouse=True)
def a_backbone() -> Iterator[None]:
    """The heads are tested where no plugin of a backbone is installed."""
    registry.reset(registry.Registry(plugins=[poise_heads, plugin_of(POOLS)]))
    yield
    registry.reset()


def of_sleap(key: str) -> poise.ModelConfig:
    sections = {"backbone": {POOLS.key: {}}, "heads": {key: HEADS[key]}}
    return poise.ModelConfig.from_data({**sections, "edition": "sleap-1.4"})


def crowd(images: int = 5, animals: int = 19, seed: int = 0) -> Any:
    """Chains of five parts, 24 pixels apart, that cross each other: ``(N, I, P, 2)``."""
    random = np.random.default_rng(seed)
    start = random.uniform(60, 452, (images, animals, 1, 2))
    turns = np.cumsum(random.normal(0, 0.3, (images, animals, 4)), axis=-1)
    angles = random.uniform(0, 2 * np.pi, (images, animals, 1)) + turns
    steps = 24 * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    points = np.concatenate([start, start + np.cumsum(steps, axis=2)], axis=2)
    return points.clip(8, 503).astype("float32")


def targets(config: poise.ModelConfig, points: Any) -> dict[str, Any]:
    from keras import ops

    resolution = poise.resolve(config, SKELETON, CLASSES)
    labels = poise.Labels(points, parts=PARTS, classes=np.zeros(points.shape[:2], int))
    made = poise.make_targets(resolution, labels, (512, 512))
    return {name: ops.convert_to_numpy(target) for name, target in made.items()}


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("key", HEADS)
def test_confidence_maps_stay_as_they_were(key: str) -> None:
    points = crowd(images=1, animals=3)

    before = targets(of_sleap(key), points)["confmaps"]
    after = targets(poise.to_edition(of_sleap(key), "2026"), points)["confmaps"]

    np.testing.assert_allclose(after, before, atol=1e-6)


@pytest.mark.parametrize("key", HEADS)
def test_every_head_comes_back_as_it_was(key: str) -> None:
    there = poise.to_edition(of_sleap(key), "2026")

    assert there.heads != of_sleap(key).heads
    assert poise.to_edition(there, "sleap-1.4") == of_sleap(key)


def test_no_other_spread_is_nearer_to_the_fields_of_sleap() -> None:
    away = np.linspace(0, 8, 8001)

    def error(ratio: float) -> float:
        return float(np.square(np.exp(-(away**4) / 2) - np.exp(-((away / ratio) ** 2) / 2)).sum())

    nearest = error(PROFILE_RATIO)
    assert all(error(PROFILE_RATIO + step) > nearest for step in (-0.3, -1e-3, 1e-3, 0.3))


@pytest.mark.usefixtures("keras")
def test_animals_of_a_crowd_are_put_together_as_well_as_before() -> None:
    points, config = crowd(), of_sleap("multi_instance")

    before = whole(config, points)
    after = whole(poise.to_edition(config, "2026"), points)
    number_kept = whole(attrs.evolve(config, edition="2026"), points)

    assert before > 70
    assert after >= before
    assert number_kept < 60


def whole(config: poise.ModelConfig, points: Any) -> int:
    """How many of the animals are decoded with all of their parts, from perfect targets."""
    resolution = poise.resolve(config, SKELETON)
    decoded = poise.decode(resolution, targets(config, points))
    away = np.linalg.norm(decoded.points[:, None] - points[:, :, None], axis=-1).max(axis=-1)
    return int((away < 4).any(axis=-1).sum())


def test_the_anchor_of_the_job_becomes_that_of_the_head() -> None:
    data = {"heads": {"centroid": {"anchor_part": "a"}}, "edition": "sleap-1.4"}
    config = poise.ModelConfig.from_data(data)
    job = JobRecord(cropping=InstanceCroppingConfig(center_on_part="b"))

    moved = poise.to_edition_with_report(config, "2026", job=job)

    assert moved.config.heads.centroid.anchor_part == "b"
    assert [note.path for note in moved.report] == ["model.heads.centroid.anchor_part"]
    assert poise.to_edition(config, "2026").heads.centroid.anchor_part == "a"
