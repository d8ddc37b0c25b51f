"""Build a tracker: what its options mean together, in the running edition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from poise.editions import means_sleap
from poise.errors import ConfigError, Fault
from poise_workflows.tracking.contract import Setting
from poise_workflows.tracking.differences import LIMIT_WITHOUT_SWITCH, NO_THRESHOLD, WITHOUT_EFFECT
from poise_workflows.tracking.rules import rules_now
from poise_workflows.tracking.simple import SimpleTracker

NEEDS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "max_tracking": ("max_tracks", lambda config: config.max_tracks),
    "pre_cull_to_target": (
        "target_instance_count",
        lambda config: config.target_instance_count,
    ),
    "pre_cull_iou_threshold": (
        "pre_cull_to_target",
        lambda config: config.pre_cull_to_target,
    ),
    "post_connect_single_breaks": (
        "target_instance_count or max_tracks",
        lambda config: config.target_instance_count or config.max_tracks,
    ),
    "clean_iou_threshold": (
        "clean_instance_count",
        lambda config: config.clean_instance_count,
    ),
}
"""Option → the option that it has no effect without, and whether that is set."""


def build_simple(config: Any, setting: Setting, *, queues: bool) -> SimpleTracker:
    """The tracker ``simple`` or, with queues or a limit of tracks, ``simplemaxtracks``.

    Raises:
        ConfigError: options do not fit each other or the video.
    """
    check(config)
    limit = limit_of(config)
    return SimpleTracker(
        config, setting, rules_now(), queues=queues or limit is not None, limit=limit
    )


def limit_of(config: Any) -> int | None:
    """How many tracks options allow, in the running edition; ``None`` for any number."""
    is_on = config.max_tracking or not means_sleap(LIMIT_WITHOUT_SWITCH)
    return config.max_tracks or None if is_on else None


def check(config: Any) -> None:
    """Refuse options that have no effect.

    Raises:
        ConfigError: lists every one.
    """
    faults = []
    if means_sleap(NO_THRESHOLD) and config.min_similarity is not None:
        what = "must be none in edition sleap-1.4, which has no threshold on matches"
        faults.append(Fault(f"{what}, got {config.min_similarity!r}", "min_similarity"))
    if not means_sleap(WITHOUT_EFFECT):
        faults += [
            Fault(f"must come with {other}, got {getattr(config, name)!r} alone", name)
            for name, (other, is_set) in NEEDS.items()
            if getattr(config, name) and not is_set(config)
        ]
    if faults:
        raise ConfigError(faults)
