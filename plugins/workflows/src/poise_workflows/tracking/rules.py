"""Which edition's rules a tracker follows, decided once, when it is built."""

from __future__ import annotations

import attrs

from poise.editions import means_sleap
from poise_workflows.tracking.differences import (
    LOST_INSTANCES,
    NO_THRESHOLD,
    NOT_A_NUMBER,
    SUPPRESSED,
    SURPLUS_TRACKS,
    TIES,
)


@attrs.frozen(kw_only=True)
class Rules:
    """The rules of SLEAP 1.4 that a tracker follows; see ``differences``.

    Attributes:
        any_pair_matches: no threshold on matches.
        nan_matches: pairs without a similarity are matched last.
        loses_instances: instances without a track are left out.
        counts_after_frames: the limit of tracks counts those of earlier frames.
        sorts_ties: greedy matching leaves the order of ties to quicksort.
        suppresses_wrongly: the count of suppressed instances that come back has the wrong sign.
    """

    any_pair_matches: bool
    nan_matches: bool
    loses_instances: bool
    counts_after_frames: bool
    sorts_ties: bool
    suppresses_wrongly: bool


def rules_now() -> Rules:
    """The rules of the running edition."""
    return Rules(
        any_pair_matches=means_sleap(NO_THRESHOLD),
        nan_matches=means_sleap(NOT_A_NUMBER),
        loses_instances=means_sleap(LOST_INSTANCES),
        counts_after_frames=means_sleap(SURPLUS_TRACKS),
        sorts_ties=means_sleap(TIES),
        suppresses_wrongly=means_sleap(SUPPRESSED),
    )
