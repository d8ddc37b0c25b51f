"""The trackers of Poise, by the door of every other plugin: the hook ``poise_trackers``."""

from __future__ import annotations

from functools import partial
from typing import Any

from poise.hookspecs import hookimpl
from poise_workflows.tracking import differences
from poise_workflows.tracking.contract import Setting, Tracker, TrackerSpec
from poise_workflows.tracking.finishing import finish, finishes
from poise_workflows.tracking.options import (
    FlowConfig,
    FlowMaxTracksConfig,
    KalmanConfig,
    SimpleConfig,
    SimpleMaxTracksConfig,
)


@hookimpl
def poise_trackers() -> list[TrackerSpec]:
    """The specs of all trackers of Poise."""
    return [
        TrackerSpec(
            key="simple",
            config=SimpleConfig,
            build=partial(_build_simple, queues=False),
            finish=finish,
            finishes=finishes,
            summary="Match each instance with those of the last frames",
            differences=differences.SIMPLE,
            examples={
                "defaults": SimpleConfig(),
                "centroids": SimpleConfig(similarity="centroid", match="hungarian"),
                "overlap": SimpleConfig(similarity="iou", robust=0.95),
            },
        ),
        TrackerSpec(
            key="simplemaxtracks",
            config=SimpleMaxTracksConfig,
            build=partial(_build_simple, queues=True),
            finish=finish,
            finishes=finishes,
            summary="Match each instance with the last ones of each track, however old",
            differences=differences.SIMPLE,
            examples={
                "two tracks": SimpleMaxTracksConfig(max_tracking=True, max_tracks=2),
                "centroids": SimpleMaxTracksConfig(
                    similarity="centroid", match="hungarian", max_tracking=True, max_tracks=2
                ),
            },
        ),
        TrackerSpec(
            key="flow",
            config=FlowConfig,
            build=partial(_build_flow, queues=False),
            needs_images=_always,
            finish=finish,
            finishes=finishes,
            summary="Match each instance with those of the last frames, moved by optical flow",
            paper="Bouguet, Pyramidal Implementation of the Lucas Kanade Feature Tracker (2000)",
            differences=differences.FLOW,
            examples={
                "defaults": FlowConfig(),
                "saved": FlowConfig(similarity="centroid", save_shifted_instances=True),
            },
        ),
        TrackerSpec(
            key="flowmaxtracks",
            config=FlowMaxTracksConfig,
            build=partial(_build_flow, queues=True),
            needs_images=_always,
            finish=finish,
            finishes=finishes,
            summary="Match each instance with the last ones of each track, moved by optical flow",
            paper="Bouguet, Pyramidal Implementation of the Lucas Kanade Feature Tracker (2000)",
            differences=differences.FLOW,
            examples={
                "two tracks": FlowMaxTracksConfig(max_tracking=True, max_tracks=2, img_scale=0.5),
            },
        ),
        TrackerSpec(
            key="kalman",
            config=KalmanConfig,
            build=_build_kalman,
            finish=finish,
            finishes=finishes,
            summary="Predict each animal's motion by a Kalman filter",
            paper="Kalman, A New Approach to Linear Filtering and Prediction Problems (1960)",
            differences=differences.KALMAN,
            examples={
                "two animals": KalmanConfig(target_instance_count=2, kf_init_frame_count=3),
                "first part": KalmanConfig(
                    similarity="centroid",
                    target_instance_count=2,
                    kf_init_frame_count=3,
                    kf_node_indices=(0,),
                ),
            },
        ),
    ]


def _build_simple(config: Any, setting: Setting, *, queues: bool) -> Tracker:
    from poise_workflows.tracking.building import build_simple  # NumPy is imported only to track

    return build_simple(config, setting, queues=queues)


def _build_flow(config: Any, setting: Setting, *, queues: bool) -> Tracker:
    from poise_workflows.tracking.flow.building import build_flow

    return build_flow(config, setting, queues=queues)


def _build_kalman(config: Any, setting: Setting) -> Tracker:
    from poise_workflows.tracking.kalman.building import build_kalman

    return build_kalman(config, setting)


def _always(config: Any) -> bool:
    return True
