"""How much memory a training takes, and which batches fit."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

import poise
from poise_workflows.prediction.devices import Device
from poise_workflows.training import fitting
from poise_workflows.training.errors import MemoryUsedUpError
from poise_workflows.training.memory import Memory, memory_of

GIB = 2**30
SMALLER = "or a smaller input_scaling or crop_size, or fewer filters"


def memory(batch_size: int = 8, limit: float | None = 4 * GIB, devices: int = 1) -> Memory:
    return Memory(
        where="memory",
        fixed=GIB,
        image=0.5 * GIB,
        batch_size=batch_size,
        limit=limit,
        devices=devices,
    )


@pytest.mark.parametrize("devices", [1, 2, 4])
@pytest.mark.parametrize("limit", [0.0, 1.2, 1.7, 3.3, 4.0, 9.0])
def test_what_is_said_to_fit_is_the_largest_batch_that_does(limit: float, devices: int) -> None:
    some = memory(limit=limit * GIB, devices=devices)

    fits = some.fitting()

    assert fits % devices == 0
    assert not fits or attrs.evolve(some, batch_size=fits).bytes <= limit * GIB
    larger = attrs.evolve(some, batch_size=fits + devices)
    assert fits == 8 or larger.bytes > limit * GIB


def test_batches_that_fit_need_no_warning() -> None:
    assert not memory(batch_size=6).warning()
    assert not memory(batch_size=600, limit=None).warning()


def test_batches_that_do_not_fit_are_told_before_with_those_that_do() -> None:
    assert memory().warning() == (
        "training takes about 5 GiB of memory at most, and there are 4 GiB; "
        f"set optimization.batch_size=6, {SMALLER}"
    )


@pytest.mark.parametrize(
    ("some", "fix"),
    [
        (memory(), f"set optimization.batch_size=6, {SMALLER}"),
        (memory(limit=99 * GIB), f"set optimization.batch_size=4, {SMALLER}"),
        (memory(limit=1.7 * GIB, devices=2), "not even a batch of 2 fits: set a smaller"),
        (memory(batch_size=1), "not even one image fits: set a smaller input_scaling"),
    ],
)
def test_a_device_without_memory_for_a_batch_is_answered_by_one_that_fits(
    some: Memory, fix: str
) -> None:
    with pytest.raises(MemoryUsedUpError) as raised, fitting._out_of_memory_in_words(some):
        raise RuntimeError("RESOURCE_EXHAUSTED: OOM when allocating tensor")

    images = "1 image" if some.batch_size == 1 else f"{some.batch_size} images"
    assert str(raised.value).startswith(f"no memory for batches of {images}; {fix}")


def test_other_failures_are_not_of_memory() -> None:
    with pytest.raises(RuntimeError, match="no such"), fitting._out_of_memory_in_words(memory()):
        raise RuntimeError("no such operation")


def test_the_layers_of_each_image_are_counted(keras: Any) -> None:
    image = keras.Input((64, 64, 1))
    model = keras.Model(image, keras.layers.Conv2D(256, 1)(image))
    device = Device(name="cpu")

    one, many = (memory_of(model, size, device, 1) for size in (1, 101))

    each = (many.bytes - one.bytes) / 100
    assert each == pytest.approx(poise.inspect(model).training_bytes, rel=0.3)
    assert one.fixed > 50e6  # this process is there already
    assert one.limit is not None
    assert one.limit > one.fixed - one.image
