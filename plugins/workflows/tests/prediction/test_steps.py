"""How many frames a run takes at a time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from poise_workflows.prediction.steps import BYTES, FRAMES, frames_of_step


@pytest.fixture(autouse=True)
def single_batches() -> None:
    """Steps are as in a run."""


def pipeline(bytes_of_pixel: float) -> Any:
    return SimpleNamespace(bytes_of=lambda size: max(1, int(size[0] * size[1] * bytes_of_pixel)))


@pytest.mark.parametrize("batch_size", [1, 2, 3, 4, 5, 16, 17, 64])
@pytest.mark.parametrize("side", [1, 64, 512, 2048, 10_000])
@pytest.mark.parametrize("bytes_of_pixel", [1, 9.5])
def test_a_step_is_whole_batches_of_few_frames(
    batch_size: int, side: int, bytes_of_pixel: float
) -> None:
    step = frames_of_step(pipeline(bytes_of_pixel), (side, side), batch_size)

    assert step % batch_size == 0
    assert batch_size <= step <= max(FRAMES, batch_size)
    assert step == batch_size or step * side**2 * bytes_of_pixel <= BYTES


def test_small_frames_come_in_several_batches() -> None:
    assert frames_of_step(pipeline(1), (384, 384), 4) == FRAMES


def test_batches_of_one_frame_are_steps_of_one_frame() -> None:
    assert frames_of_step(pipeline(1), (64, 64), 1) == 1


def test_large_frames_come_in_single_batches() -> None:
    assert frames_of_step(pipeline(16), (3000, 3000), 4) == 4
