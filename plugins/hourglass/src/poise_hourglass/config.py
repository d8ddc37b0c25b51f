"""The configuration of Stacked Hourglass, as SLEAP 1.4 documents it."""

from __future__ import annotations

from typing import Any

import attrs

from poise.fields import Domain, at_most, integer, is_integer, is_power_of_two, power_of_two, rule
from poise.fields.stacks import stacks_join

STEM_STRIDES = (1, 2, 4)
"""The stem has one convolution and one pooling that can halve the resolution.

SLEAP 1.4 accepted any number: 8 and above made a stem of stride 2 whose features it labeled
with that number. Such a model could not be trained, so no file holds one.
"""


def levels(config: Any) -> int:
    """Blocks of the encoder, each of which halves the resolution of the stem's output."""
    return int(config.max_stride).bit_length() - int(config.stem_stride).bit_length()


def channels(config: Any, level: int) -> int:
    """Channels of a level: they grow by a sum, not by a factor."""
    return int(config.filters + level * config.filter_increase)


def _strides_are_valid(config: Any) -> bool:
    return config.stem_stride in STEM_STRIDES and is_power_of_two(config.max_stride)


def _first_level_without_channels(config: Any, increase: Any) -> int | None:
    # A field outside its own domain reports that fault itself.
    has_channels = is_integer(increase) and is_integer(config.filters) and config.filters >= 1
    if not (has_channels and _strides_are_valid(config)):
        return None
    return next((level for level in range(levels(config)) if channels(config, level) < 1), None)


def _channels_left(config: Any, increase: Any) -> str:
    level = _first_level_without_channels(config, increase)
    return f"level {level} would have {config.filters} + {level} · {increase} channels"


def _reaches_twice_the_stem(config: Any, max_stride: Any) -> bool:
    return not _strides_are_valid(config) or max_stride >= 2 * config.stem_stride


def _starts_at_the_stem(config: Any, output_stride: Any) -> bool:
    is_valid = config.stem_stride in STEM_STRIDES and is_power_of_two(output_stride)
    return not is_valid or output_stride >= config.stem_stride


def _stem_is(config: Any, value: Any) -> str:
    return f"stem_stride is {config.stem_stride!r}"


@attrs.frozen(kw_only=True)
class HourglassConfig:
    """A stem, then hourglasses: down to ``max_stride`` and up again, with additive skips.

    Level k has ``filters + k · filter_increase`` channels: level 0 is the resolution of the
    stem's output; each halving starts the next level.

    Attributes:
        stem_stride: stride that the stem reaches, in input pixels: 1, 2 or 4. The stem, one
            7×7 and two 3×3 convolutions, is not repeated by ``stacks``. 4 makes everything
            behind it cheap; nothing finer than its stride reaches the heads.
        max_stride: stride at the bottom of each hourglass, in input pixels, the stem
            included: a power of two, at least twice ``stem_stride``. It sets the receptive
            field; image height and width must be multiples of it.
        output_stride: stride of the finest features, in input pixels; not below
            ``stem_stride``, because no skip connection is finer. Coarser features cost less
            and give coarser peaks.
        stem_filters: channels of the stem's 7×7 convolution, which sees the image; the next
            one has twice as many. At full or half resolution they take most of the memory.
        filters: channels of the stem's output and of the first level. Parameters grow with
            its square.
        filter_increase: channels that are added from one level to the next. A sum
            keeps deep networks smaller than a factor would. 0 keeps all levels equally wide; a
            negative number may not take the deepest level below one channel.
        stacks: how often the hourglass is repeated, each refining the features of the one
            before and with separate heads, all of which are trained (intermediate
            supervision). Cost grows in proportion. More than one needs an ``output_stride``
            equal to ``stem_stride``. ``poise.last_stack`` takes the last one's predictions.

    Raises:
        ConfigError: a value outside its domain.
    """

    stem_stride: int = attrs.field(
        default=4,
        validator=Domain(
            "1, 2 or 4",
            lambda value: is_integer(value) and value in STEM_STRIDES,
            {"enum": list(STEM_STRIDES)},
        ),
    )
    max_stride: int = attrs.field(
        default=64,
        validator=[
            power_of_two(at_least=2),
            rule("must be at least twice stem_stride", _reaches_twice_the_stem, _stem_is),
        ],
    )
    output_stride: int = attrs.field(
        default=4,
        validator=[
            power_of_two(),
            at_most("max_stride"),
            rule(
                "must be at least stem_stride, below which there are no features to join",
                _starts_at_the_stem,
                _stem_is,
            ),
        ],
    )
    stem_filters: int = attrs.field(default=128, validator=integer(at_least=1))
    filters: int = attrs.field(default=256, validator=integer(at_least=1))
    filter_increase: int = attrs.field(
        default=128,
        validator=[
            integer(),
            rule(
                "must leave at least one channel at every level",
                lambda config, value: _first_level_without_channels(config, value) is None,
                _channels_left,
            ),
        ],
        metadata={"aliases": ("filters_increase",)},
    )
    stacks: int = attrs.field(
        default=3,
        validator=[
            integer(at_least=1),
            stacks_join(lambda config: config.stem_stride, "stem_stride"),
        ],
    )
