"""Which edition's rules a Kalman tracker follows, decided once, when it is built."""

from __future__ import annotations

import attrs

from poise.editions import means_sleap
from poise_workflows.tracking.differences import (
    AMBIGUITY_BESIDE_NAN,
    FILTERS_AT_ANY_DISTANCE,
    FORGOTTEN_TRACKS,
    RENEWED_TRACKS,
)


@attrs.frozen(kw_only=True)
class KalmanRules:
    """The rules of SLEAP 1.4 that a tracker follows; see ``differences``.

    Attributes:
        plain_minima: one missing cost hides what is ambiguous in its row and column.
        any_distance: a filter takes an instance at any distance.
        renews_tracks: filters that wait for their animals go on with new tracks of the same name.
        forgets_tracks: once all animals are lost, tracking begins with none of their tracks.
    """

    plain_minima: bool
    any_distance: bool
    renews_tracks: bool
    forgets_tracks: bool


def kalman_rules_now() -> KalmanRules:
    """The rules of the running edition."""
    return KalmanRules(
        plain_minima=means_sleap(AMBIGUITY_BESIDE_NAN),
        any_distance=means_sleap(FILTERS_AT_ANY_DISTANCE),
        renews_tracks=means_sleap(RENEWED_TRACKS),
        forgets_tracks=means_sleap(FORGOTTEN_TRACKS),
    )
