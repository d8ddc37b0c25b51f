"""Batches are a function of seed, epoch and number: a run that goes on has the very same."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest

from poise import Skeleton
from poise.job.optimization import AugmentationConfig
from poise.job.sections import PreprocessingConfig
from poise_workflows.examples.labeling import Example
from poise_workflows.examples.splitting import FrameKey
from poise_workflows.training.geometries import geometry_of
from poise_workflows.training.orders import Order
from poise_workflows.training.preparing import Preparation, Sample

KEYS = [FrameKey(0, number) for number in range(5)]
AUGMENTATION = AugmentationConfig(
    rotate=True, scale=True, uniform_noise=True, gaussian_noise=True, random_flip=True
)
ORDER = Order(samples=5, batch_size=2, steps=4, seed=3, of="train")


@pytest.fixture(scope="module")
def model(keras: Any, learning: None) -> Any:
    import poise

    config = poise.ModelConfig.from_data({"backbone": {"net": {}}, "heads": {"dots": {}}})
    return poise.build(config, (32, 48, 1), Skeleton(["head", "tail"]))


@pytest.fixture(scope="module")
def preparation() -> Preparation:
    random = np.random.default_rng(0)
    return Preparation(
        pictures={key: random.integers(0, 255, (32, 48, 1), dtype=np.uint8) for key in KEYS},
        examples={
            key: Example(
                key=key,
                points=random.uniform((8, 8), (40, 24), (1, 2, 2)),
                classes=np.array([-1]),
            )
            for key in KEYS
        },
        skeleton=Skeleton(["head", "tail"]),
        class_order=(),
        geometry=geometry_of(
            [(32, 48)],
            1,
            PreprocessingConfig(),
            AUGMENTATION,
            max_stride=4,
            crop=None,
            may_crop=True,
        ),
        center_on=None,
        imagenet_mode=None,
        augmentation=AUGMENTATION,
        may_flip=True,
        may_crop=True,
        edition="2026",
    )


def batches_of(model: Any, preparation: Preparation, *, augments: bool = True, **order: Any) -> Any:
    from poise_workflows.training.batches import Batches

    samples = [Sample(key) for key in KEYS]
    return Batches(model, preparation, samples, attrs.evolve(ORDER, **order), augments=augments)


def arrays(batch: Any) -> list[Any]:
    images, targets = batch
    return [images, *targets.values()]


def equal(first: Any, second: Any) -> bool:
    return all(map(np.array_equal, arrays(first), arrays(second)))


def test_a_batch_is_the_same_whatever_was_asked_for_before(model: Any, preparation: Any) -> None:
    told, fresh = (batches_of(model, preparation) for _ in range(2))
    for epoch in range(3):
        told.begin(epoch)
        for number in range(told.num_batches):
            told[number]

    told.begin(7)
    fresh.begin(7)

    for number in (3, 0, 2):  # in any order
        assert equal(told[number], fresh[number])


@pytest.mark.parametrize("other", [{"seed": 4}, {"epoch": 1}, {"number": 1}, {"of": "validation"}])
def test_another_seed_epoch_number_or_set_has_another_batch(
    model: Any, preparation: Any, other: dict[str, Any]
) -> None:
    epoch, number = other.pop("epoch", 0), other.pop("number", 0)
    batches, others = batches_of(model, preparation), batches_of(model, preparation, **other)
    others.begin(epoch)

    assert not equal(batches[0], others[number])


def test_a_batch_has_the_form_of_the_network(model: Any, preparation: Any) -> None:
    images, targets = batches_of(model, preparation)[0]

    assert images.shape == (2, 32, 48, 1)
    assert {name: array.shape for name, array in targets.items()} == {"dots": (2, 8, 12, 2)}
    assert {array.dtype for array in targets.values()} == {np.dtype(np.float32)}


def test_without_augmentation_every_epoch_shows_frames_as_they_are(
    model: Any, preparation: Any
) -> None:
    batches = batches_of(model, preparation, augments=False, shuffles=False, of="validation")
    first = batches[0]
    batches.begin(5)

    assert equal(first, batches[0])
    expected = np.stack([preparation.pictures[key] for key in KEYS[:2]]) / np.float32(255)
    np.testing.assert_allclose(first[0], expected, atol=1e-6)


def test_validation_that_does_not_repeat_ends_with_what_is_left(
    model: Any, preparation: Any
) -> None:
    batches = batches_of(model, preparation, augments=False, steps=3, repeats=False)

    assert [len(batches[number][0]) for number in range(batches.num_batches)] == [2, 2, 1]
