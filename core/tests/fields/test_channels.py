"""Channel counts that grow by a rate."""

from __future__ import annotations

import attrs
import pytest

from poise.errors import ConfigError
from poise.fields import integer, positive
from poise.fields.channels import channels_at, keeps_channels


@attrs.frozen(kw_only=True)
class Growing:
    """Four levels."""

    filters: int = attrs.field(default=8, validator=integer(at_least=1))
    rate: float = attrs.field(default=2, validator=[positive(), keeps_channels(lambda config: 4)])


def test_counts_are_truncated_as_sleap_does():
    assert [channels_at(5, 1.5, level) for level in range(4)] == [5, 7, 11, 16]
    assert [channels_at(4, 1.5, level) for level in range(6)] == [4, 6, 9, 13, 20, 30]


def test_a_rate_that_leaves_every_level_a_channel_is_fine():
    assert Growing(rate=0.5).rate == 0.5


def test_a_rate_that_empties_a_level_is_refused_by_the_level():
    with pytest.raises(ConfigError) as caught:
        Growing(rate=0.49)
    assert str(caught.value) == (
        "must leave at least one channel at every level, got 0.49; "
        "no channel at level 3, int(8 · 0.49^3) @ rate"
    )


@pytest.mark.parametrize("rate", [1e150, 1e308])
def test_a_rate_that_leaves_the_finite_numbers_is_refused(rate):
    with pytest.raises(ConfigError, match=r"too many channels at level [13], int\(8 · "):
        Growing(rate=rate)


def test_a_fault_of_filters_is_not_reported_by_the_rate_too():
    with pytest.raises(ConfigError) as caught:
        Growing(filters=0)
    assert [fault.path for fault in caught.value.faults] == ["filters"]
