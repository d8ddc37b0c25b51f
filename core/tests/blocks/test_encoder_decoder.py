"""The scheme of UNet, LEAP and Hourglass, with words in place of tensors."""

from __future__ import annotations

import pytest

from poise.errors import BuildError

# The scheme needs no Keras, but its package does.
pytestmark = pytest.mark.usefixtures("keras")


def down(x, prefix):
    return f"{prefix}<{x}"


def up(x, source, prefix):
    return f"{prefix}({source})<{x}"


def run(*, stem=(), encoder, decoder, **options):
    from poise.blocks import Stage, encoder_decoder

    def stages(rows):
        return [Stage(down, *row) for row in rows]

    return encoder_decoder(
        "image", stem=stages(stem), encoder=stages(encoder), decoder=[up] * decoder, **options
    )


def test_a_block_gets_the_output_of_its_stride_as_skip_source():
    (features,) = run(encoder=[(1,), (2,), (4,)], decoder=2)
    bottom = "stack0_enc2<stack0_enc1<stack0_enc0<image"
    middle = f"stack0_dec0(stack0_enc1<stack0_enc0<image)<{bottom}"
    top = f"stack0_dec1(stack0_enc0<image)<{middle}"
    assert features == {4: bottom, 2: middle, 1: top}


def test_labels_follow_the_number_of_their_stage():
    (features,) = run(encoder=[(1,), (2, "last_pool"), (2, "middle")], decoder=0)
    assert features == {2: "stack0_enc2_middle<stack0_enc1_last_pool<stack0_enc0<image"}


def test_of_two_stages_with_one_stride_the_first_is_the_source():
    (features,) = run(encoder=[(1, "first"), (1, "second"), (2,)], decoder=1)
    assert features[1].startswith("stack0_dec0(stack0_enc0_first<image)<")


def test_where_pooling_comes_last_nothing_of_the_finest_stride_can_be_skipped_to():
    (features,) = run(encoder=[(2,), (4,)], decoder=2)
    assert "stack0_dec1(None)<" in features[1]


def test_without_skips_no_block_gets_a_source():
    (features,) = run(encoder=[(1,), (2,), (4,)], decoder=2, skips=False)
    assert features[1].startswith("stack0_dec1(None)<stack0_dec0(None)<")


def test_the_stems_output_is_the_source_at_its_stride_in_every_stack():
    first, second = run(stem=[(1,), (2,)], encoder=[(2,), (4,)], decoder=1, stacks=2)
    stem = "stem1<stem0<image"
    assert first[2] == f"stack0_dec0({stem})<stack0_enc1<stack0_enc0<{stem}"
    assert second[2] == f"stack1_dec0({stem})<stack1_enc1<stack1_enc0<{first[2]}"


def test_below_the_stems_stride_there_is_no_source():
    (features,) = run(stem=[(1,), (2,)], encoder=[(2,), (4,)], decoder=2)
    assert features[1].startswith("stack0_dec1(None)<")


def test_a_stem_of_stride_1_is_a_source_too():
    (features,) = run(stem=[(1,)], encoder=[(2,)], decoder=1)
    assert features[1] == "stack0_dec0(stem0<image)<stack0_enc0<stem0<image"


def test_stacks_that_do_not_end_where_the_next_begins_are_refused():
    with pytest.raises(BuildError) as caught:
        run(encoder=[(1,), (2,), (4,)], decoder=1, stacks=2)
    assert str(caught.value) == (
        "each of 2 stacks must end at stride 1, where the next begins, got stride 2"
    )
