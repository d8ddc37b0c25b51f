"""Splits are drawn once, hold each frame once, and say where they flatter."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise import LabelsError
from poise_workflows.examples.splitting import BY, FrameKey, Split, draw_split, near, split_of

KEYS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 300)), min_size=2, max_size=60, unique=True
).map(lambda pairs: [FrameKey(*pair) for pair in pairs])
FRACTIONS = st.floats(0.01, 0.99)


def keys_of(*numbers: Any) -> list[FrameKey]:
    return [FrameKey(video, n) for video, count in enumerate(numbers) for n in range(count)]


@given(KEYS, FRACTIONS, st.sampled_from(BY), st.integers(0, 9))
def test_every_frame_is_in_one_set_and_neither_is_empty(
    keys: list[FrameKey], fraction: float, by: Any, seed: int
) -> None:
    if by == "video" and len({key.video for key in keys}) == 1:
        by = "frame"

    split = draw_split(keys, fraction, by=by, seed=seed)

    assert sorted((*split.train, *split.validation)) == sorted(keys)
    assert split.train
    assert split.validation


@given(KEYS, FRACTIONS, st.sampled_from(["frame", "block"]))
def test_the_number_of_validation_frames_is_sleaps(
    keys: list[FrameKey], fraction: float, by: Any
) -> None:
    # spec/training.md §4: round(n · fraction), half to even, from 1 to n − 1
    expected = min(max(round(len(keys) * fraction), 1), len(keys) - 1)

    assert len(draw_split(keys, fraction, by=by).validation) == expected


@given(KEYS, FRACTIONS, st.integers(0, 3))
def test_a_seed_draws_the_same_split_which_survives_json(
    keys: list[FrameKey], fraction: float, seed: int
) -> None:
    split = draw_split(keys, fraction, seed=seed)

    assert draw_split(keys, fraction, seed=seed) == split
    assert split_of(json.loads(json.dumps(split.to_json()))) == split


def test_another_seed_draws_another_split() -> None:
    splits = {draw_split(keys_of(100), 0.1, seed=seed).validation for seed in range(5)}

    assert len(splits) == 5


def test_a_split_by_videos_leaves_no_video_in_both_sets() -> None:
    split = draw_split(keys_of(10, 30, 10, 50), 0.2, by="video", seed=3)

    assert not {key.video for key in split.train} & {key.video for key in split.validation}


def test_a_block_is_a_stretch_of_each_video() -> None:
    split = draw_split(keys_of(40, 20, 40), 0.2, by="block", seed=1)

    for video, length in enumerate((8, 4, 8)):
        numbers = [key.frame for key in split.validation if key.video == video]
        assert len(numbers) == length
        assert numbers == list(range(numbers[0], numbers[0] + length))


def test_blocks_have_fewer_neighbors_among_the_training_frames() -> None:
    keys = [FrameKey(0, 5 * number) for number in range(100)]

    blocks, frames = (draw_split(keys, 0.2, by=by, seed=2) for by in ("block", "frame"))

    assert len(near(blocks.validation, blocks.train)) <= 4
    assert len(near(frames.validation, frames.train)) > 15


def test_frames_are_near_only_in_their_video() -> None:
    frames = [FrameKey(0, 100), FrameKey(1, 100), FrameKey(0, 500)]

    assert near(frames, [FrameKey(0, 90), FrameKey(0, 511)]) == [FrameKey(0, 100)]
    assert near(frames, []) == []


def test_the_note_says_how_many_validation_frames_flatter() -> None:
    split = Split(train=[(0, 0), (0, 100)], validation=[(0, 3), (0, 50), (1, 0)])

    (note,) = split.notes()
    assert note.startswith("1 of 3 validation frames lies within 10 frames of a training frame")
    assert Split(train=[(0, 0)], validation=[(0, 50)]).notes() == []


def test_a_single_frame_trains_and_validates_and_the_note_says_so() -> None:
    split = draw_split([FrameKey(0, 7)], 0.1)

    assert split.train == split.validation == (FrameKey(0, 7),)
    assert split.notes() == [
        "the only labeled frame trains and validates: validation flatters the model"
    ]


def test_a_frame_in_two_sets_is_refused_and_named() -> None:
    with pytest.raises(LabelsError) as error:
        Split(train=[(0, 1), (0, 2)], validation=[(0, 2)], test=[(0, 1)])

    assert "must be in one set, got it in train and validation @ video 0, frame 2" in str(
        error.value
    )
    assert "must be in one set, got it in train and test @ video 0, frame 1" in str(error.value)


@pytest.mark.parametrize(
    ("keys", "options", "message"),
    [
        ([], {}, "must have a labeled frame, got none"),
        (keys_of(3), {"fraction": 0}, "must be a part between 0 and 1, got 0"),
        (keys_of(3), {"fraction": 1.5}, "must be a part between 0 and 1, got 1.5"),
        (keys_of(3), {"by": "videos"}, "must be frame, video or block, got 'videos'"),
        (keys_of(3), {"by": "video"}, "must be frame or block for the labels of a single video"),
    ],
)
def test_what_cannot_be_split_is_refused(keys: Any, options: Any, message: str) -> None:
    with pytest.raises(LabelsError, match=message):
        draw_split(keys, **{"fraction": 0.1, **options})
