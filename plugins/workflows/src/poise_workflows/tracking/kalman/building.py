"""Build a tracker with Kalman filters: what its options mean, in the running edition."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from poise.editions import means_sleap
from poise.errors import ConfigError, Fault
from poise_workflows.tracking.building import check, limit_of
from poise_workflows.tracking.contract import Setting
from poise_workflows.tracking.differences import NODES_OF_FILTERS
from poise_workflows.tracking.kalman.rules import kalman_rules_now
from poise_workflows.tracking.kalman.tracker import KalmanTracker
from poise_workflows.tracking.rules import rules_now
from poise_workflows.tracking.simple import SimpleTracker


def build_kalman(config: Any, setting: Setting) -> KalmanTracker:
    """The tracker ``kalman``.

    Raises:
        ConfigError: options do not fit each other or the video.
    """
    count = config.target_instance_count or config.max_tracks or 0
    check_kalman(config, count, setting)
    of_inner = attrs.evolve(config, target_instance_count=count, pre_cull_to_target=True)
    check(of_inner)
    limit, rules = limit_of(config), rules_now()
    nodes = config.kf_node_indices
    return KalmanTracker(
        config,
        setting,
        kalman_rules_now(),
        begin=lambda created: SimpleTracker(
            of_inner,
            attrs.evolve(setting, created=created),
            rules,
            queues=limit is not None,
            limit=limit,
        ),
        count=count,
        parts=np.array(range(len(setting.parts)) if nodes is None else nodes, np.int64),
    )


def check_kalman(config: Any, count: int, setting: Setting) -> None:
    """Refuse what filters cannot follow.

    Args:
        config: the options.
        count: how many animals they ask for.
        setting: the video.

    Raises:
        ConfigError: lists every fault.
    """
    faults = []
    if not count:
        what = "must be the number of animals, at least 1, for Kalman filters, got 0"
        faults.append(Fault(f"{what}; or give max_tracks", "target_instance_count"))
    if config.similarity == "normalized_instance":
        others = "one of 'instance', 'centroid', 'iou', 'object_keypoint' with Kalman filters"
        faults.append(Fault(f"must be {others}, got 'normalized_instance'", "similarity"))
    nodes, parts = config.kf_node_indices, len(setting.parts)
    if nodes is None and means_sleap(NODES_OF_FILTERS):
        what = "must be indices of the parts that Kalman filters follow, got none"
        faults.append(Fault(f"{what}; edition 2026 follows all parts then", "kf_node_indices"))
    elif nodes is not None and not (nodes and max(nodes) < parts):
        what = f"must be indices of parts, 0 to {parts - 1}, at least one"
        faults.append(Fault(f"{what}, got {list(nodes)}", "kf_node_indices"))
    if faults:
        raise ConfigError(faults)
