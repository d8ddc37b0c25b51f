"""Build a tracker with optical flow: what its options mean, in the running edition."""

from __future__ import annotations

from typing import Any

from poise_workflows.tracking.building import check, limit_of
from poise_workflows.tracking.contract import Setting
from poise_workflows.tracking.flow.tracker import FlowTracker, shifting_of
from poise_workflows.tracking.rules import rules_now


def build_flow(config: Any, setting: Setting, *, queues: bool) -> FlowTracker:
    """The tracker ``flow`` or, with queues or a limit of tracks, ``flowmaxtracks``.

    Raises:
        ConfigError: options do not fit each other or the video, or there is no OpenCV.
    """
    check(config)
    limit = limit_of(config)
    queues = queues or limit is not None
    shifting = shifting_of(config, queues=queues)
    return FlowTracker(config, setting, rules_now(), queues=queues, limit=limit, shifting=shifting)
