import json

import attrs
import numpy as np

from poise import fields, hookimpl
from poise_workflows.tracking import Tracked, TrackerSpec


@attrs.frozen(kw_only=True)
class NearestConfig:
    """Follow each animal from center to center.

    Attributes:
        reach: how far the center of an animal may move between two frames, in pixels.
    """

    reach: float = attrs.field(default=50.0, validator=fields.positive())


class Nearest:
    def __init__(self, config, setting):
        self.config, self.first = config, setting.created
        self.centers = []  # where each track was last, in the order of the tracks

    def track(self, sight):
        center_of = {}
        for row, points in enumerate(sight.points):
            visible = points[~np.isnan(points).any(-1)]
            if len(visible):
                center_of[row] = np.median(visible, axis=0)
        distances = sorted(
            (float(np.linalg.norm(center - last)), row, track)
            for row, center in center_of.items()
            for track, last in enumerate(self.centers)
        )
        track_of, scores = {}, np.zeros(len(sight))
        for distance, row, track in distances:
            free = row not in track_of and track not in track_of.values()
            if free and distance <= self.config.reach:
                track_of[row], scores[row] = track, -distance
                self.centers[track] = center_of[row]
        before = len(self.centers)
        for row in center_of:
            if row not in track_of:
                track_of[row] = len(self.centers)
                self.centers.append(center_of[row])
        begun = range(before, len(self.centers))
        return Tracked(
            instances=np.arange(len(sight)),
            tracks=np.array([track_of.get(row, -1) for row in range(len(sight))], np.int64),
            scores=scores,
            new_tracks=tuple(f"track_{self.first + track}" for track in begun),
        )

    def state(self):
        return json.dumps([list(center) for center in self.centers]).encode()

    def restore(self, state, image_of):
        # Both raise ValueError for what is no state.
        self.centers = list(np.array(json.loads(state), np.float64).reshape(-1, 2))


@hookimpl
def poise_trackers():
    spec = TrackerSpec(
        key="nearest",
        config=NearestConfig,
        build=Nearest,
        summary="Follow the nearest center of the frame before",
        examples={"short": NearestConfig(reach=20.0)},
    )
    return [spec]
