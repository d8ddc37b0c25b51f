"""The arithmetic of strides, where SLEAP's and that of its documentation part."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_resnet.strides import (
    exact_steps,
    stages,
    stem_steps,
    strides_with_upsampling,
    strides_without_upsampling,
    truncated_steps,
)

# max_stride: strides of stem convolution and pooling, then of conv2 to conv5.
STRIDES = {
    32: ((2, 2), (4, 8, 16, 32)),
    16: ((2, 2), (4, 8, 16, 16)),
    8: ((2, 2), (4, 8, 8, 8)),
    4: ((2, 2), (4, 4, 4, 4)),
    2: ((2, 1), (2, 2, 2, 2)),
    1: ((1, 1), (1, 1, 1, 1)),
}

# Steps that rounding loses: max_stride, output_stride, block_stride, steps that are left.
LOST = [
    (8, 4, 2, 0),
    (8, 2, 2, 1),
    (64, 32, 2, 0),
    (64, 16, 2, 1),
    (64, 4, 2, 3),
    (64, 2, 2, 4),
    (8, 2, 4, 0),
    (64, 16, 4, 0),
    (64, 4, 4, 1),
]


@pytest.mark.parametrize("max_stride", STRIDES)
def test_stages_have_the_strides_of_the_original(max_stride: int) -> None:
    stem, strides = STRIDES[max_stride]
    assert stem_steps(max_stride) == stem
    assert tuple(stage.stride for stage in stages("ResNet50", max_stride)) == strides


@pytest.mark.parametrize(
    ("max_stride", "rates"),
    [(32, [1, 1, 1, 1]), (16, [1, 1, 1, 2]), (8, [1, 1, 2, 4]), (4, [1, 2, 4, 8])],
)
def test_dilation_doubles_with_each_stride_that_is_taken_away(
    max_stride: int, rates: list[int]
) -> None:
    actual = stages("ResNet50", max_stride)
    assert [stage.rate for stage in actual] == rates
    assert [stage.dilation for stage in actual] == rates


def test_at_max_stride_2_and_1_the_stems_strides_are_made_up_for_too() -> None:
    assert [stage.dilation for stage in stages("ResNet50", 2)] == [2, 4, 8, 16]
    assert [stage.dilation for stage in stages("ResNet50", 1)] == [4, 8, 16, 32]


@pytest.mark.parametrize(
    ("version", "blocks"),
    [("ResNet50", [3, 4, 6, 3]), ("ResNet101", [3, 4, 23, 3]), ("ResNet152", [3, 8, 36, 3])],
)
def test_versions_differ_in_their_blocks(version: str, blocks: list[int]) -> None:
    assert [stage.blocks for stage in stages(version, 32)] == blocks


@pytest.mark.parametrize(("first", "last", "factor", "left"), LOST)
def test_steps_that_sleap_loses_to_rounding(first: int, last: int, factor: int, left: int) -> None:
    assert truncated_steps(first, last, factor) == left
    assert exact_steps(first, last, factor) == left + 1


def test_from_32_and_16_by_2_sleap_loses_nothing() -> None:
    for first in (32, 16):
        for last in strides_with_upsampling(first, 2):
            assert truncated_steps(first, last, 2) == exact_steps(first, last, 2)


def test_where_no_number_of_steps_leads_sleap_stops_short() -> None:
    assert exact_steps(32, 4, 4) is None
    assert truncated_steps(32, 4, 4) == 1


powers = st.integers(0, 6).map(lambda n: 2**n)


@given(first=powers, last=powers, factor=st.integers(1, 4).map(lambda n: 2**n))
def test_exact_steps_are_the_logarithm_of_the_quotient(first: int, last: int, factor: int) -> None:
    steps = exact_steps(first, last, factor)
    if steps is None:
        assert all(last * factor**n != first for n in range(7))
    else:
        assert last * factor**steps == first


def test_an_encoder_has_features_of_every_stride_but_1_unless_that_is_all() -> None:
    assert strides_without_upsampling(32) == [2, 4, 8, 16, 32]
    assert strides_without_upsampling(2) == [2]
    assert strides_without_upsampling(1) == [1]
