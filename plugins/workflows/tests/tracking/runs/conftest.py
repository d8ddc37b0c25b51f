"""A model that finds bright spots, images of two that move, and a small tracker for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from PIL import Image

from poise import Instances, Registry, hookimpl, registry
from poise.fields import integer, optional
from poise_workflows.pipelines.composing import compose
from poise_workflows.prediction import fastest
from poise_workflows.tracking.contract import (
    Setting,
    Sight,
    Sightings,
    Tracked,
    TrackerSpec,
)

PARTS = ("head", "tail")
SIZE = 20, 60
HOLE = 4
"""A frame that cannot be decoded, in folders that have one."""


def spots(config: Any, predictions: Any) -> Instances:
    """An animal for each bright pixel, in the order of the rows; brighter ones score more."""
    images = np.asarray(predictions["cells"])[..., 0]
    cells = [np.argwhere(image > 0.1) for image in images]
    most = max(map(len, cells))
    points = np.full((len(images), most, len(PARTS), 2), np.nan, np.float32)
    scores = np.full((len(images), most), np.nan, np.float32)
    for image, found in enumerate(cells):
        points[image, : len(found)] = found[:, None, ::-1] * config.output_stride
        scores[image, : len(found)] = images[image][tuple(found.T)]
    return Instances(
        points=points,
        point_scores=np.repeat(scores[..., None], len(PARTS), axis=-1),
        instance_scores=scores,
        counts=np.array([len(found) for found in cells]),
        parts=PARTS,
    )


@attrs.frozen(kw_only=True)
class Options:
    """Options of the small tracker.

    Attributes:
        reach: how far an animal moves in a frame, in pixels.
        most: how many animals a frame has; those of lowest score are dropped.
        by_look: whether animals are recognized by the brightness of their pixel.
        least: tracks of fewer frames are removed after the last frame.
        nodes: not used.
    """

    reach: float = 8.0
    most: int | None = attrs.field(default=None, validator=optional(integer(at_least=1)))
    by_look: bool = False
    least: int = 0
    nodes: tuple[int, ...] = ()


class Nearest:
    """An animal has the track of the one that was nearest, or looked most alike, before."""

    def __init__(self, options: Options, setting: Setting) -> None:
        self.options, self.created, self.own = options, setting.created, 0
        self.last: list[tuple[int, float, float]] = []
        self.number: int | None = None
        self.image: Any = None

    def track(self, sight: Sight) -> Tracked:
        assert (sight.image is not None) == (self.options.by_look and bool(len(sight)))
        rows = np.arange(len(sight))
        if self.options.most is not None:
            rows = np.sort(np.argsort(-sight.scores, kind="stable")[: self.options.most])
        tracks, scores, new = [], [], []
        free = list(self.last)
        for x, y in sight.points[rows, 0]:
            costs = [self._cost(sight, x, y, entry) for entry in free]
            if costs and min(costs) <= self.options.reach:
                track, score = free.pop(int(np.argmin(costs)))[0], -min(costs)
            else:
                track, score = self.own, 0.0
                new.append(f"track_{self.created + self.own}")
                self.own += 1
            tracks.append(track)
            scores.append(score)
        if len(sight):
            places = sight.points[rows, 0]
            self.last = [(t, float(x), float(y)) for t, (x, y) in zip(tracks, places, strict=True)]
            self.number, self.image = sight.number, sight.image
        dropped = len(sight) - len(rows)
        return Tracked(
            instances=rows[::-1],
            tracks=np.array(tracks, np.int64)[::-1],
            scores=np.array(scores)[::-1],
            new_tracks=tuple(new),
            dropped={f"most {self.options.most}": dropped} if dropped else {},
        )

    def _cost(self, sight: Sight, x: float, y: float, entry: tuple[int, float, float]) -> float:
        if not self.options.by_look:
            return float(np.hypot(x - entry[1], y - entry[2]))
        assert sight.image is not None
        now = float(sight.image[int(y), int(x), 0])
        return abs(now - float(self.image[int(entry[2]), int(entry[1]), 0]))

    def state(self) -> bytes:
        facts = [self.own, self.last, self.number]
        return json.dumps(facts).encode()

    def restore(self, state: bytes, image_of: Any) -> None:
        self.own, last, self.number = json.loads(state)
        self.last = [tuple(entry) for entry in last]
        if self.options.by_look and self.number is not None:
            self.image = image_of(self.number)


def finish(options: Options, frames: Iterable[Sightings]) -> Iterator[Sightings]:
    """Remove the animals of short tracks, and what has no track."""
    counts: dict[int, int] = {}
    for frame in frames:
        for track in frame.tracks.tolist():
            counts[track] = counts.get(track, 0) + 1
    for frame in frames:
        kept = [i for i, t in enumerate(frame.tracks.tolist()) if counts[t] >= options.least]
        yield frame.rows(np.array(kept, np.int64))


NEAREST = TrackerSpec(
    key="nearest",
    config=Options,
    build=Nearest,
    needs_images=lambda options: options.by_look,
    finish=finish,
    finishes=lambda options: options.least > 0,
    summary="the nearest one",
)


class Trackers:
    """A plugin with the small tracker."""

    __name__ = "trackers"

    @staticmethod
    @hookimpl
    def poise_trackers() -> list[TrackerSpec]:
        return [NEAREST]


@pytest.fixture
def nearest() -> Iterator[None]:
    """The tracker ``nearest`` is there, and nothing else."""
    registry.reset(Registry(plugins=[Trackers()]))
    yield
    registry.reset()


@pytest.fixture
def model(made_up: None, save_model: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model of gray images that finds every bright pixel; the tracker is there, too."""
    installed = registry.default()
    head, backbone = installed.heads["cells"], installed.backbones["plain"]

    class Plugin:
        @staticmethod
        @hookimpl
        def poise_backbones() -> Any:
            return [backbone]

        @staticmethod
        @hookimpl
        def poise_heads() -> Any:
            return [attrs.evolve(head, decode=spots)]

    registry.reset(Registry(plugins=[Plugin, Trackers()]))
    composed: list[Any] = []

    def compose_once(*roles: Any) -> Any:
        composed[:] = composed or [compose(*roles)]
        return composed[0]

    monkeypatch.setattr(fastest, "compose", compose_once)  # runs of a test share the network
    return save_model("model", (None, None, 1))


def place(animal: int, number: int) -> tuple[int, int]:
    """Where an animal is in a frame, x then y: one above the other; they pass each other."""
    return (4 + 5 * number, 6) if animal == 0 else (50 - 5 * number, 12)


@pytest.fixture
def flies(tmp_path: Path) -> Callable[..., Path]:
    """``flies(name, count)`` writes images of two spots; the second one is darker."""

    def write(name: str = "flies", count: int = 9, hole: int | None = None) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for number in range(count):
            image = np.zeros(SIZE, np.uint8)
            for animal, brightness in enumerate((250, 120)):
                x, y = place(animal, number)
                image[y, x] = brightness
            Image.fromarray(image).save(folder / f"{number}.png")
        if hole is not None:
            file = folder / f"{hole}.png"
            file.write_bytes(file.read_bytes()[:50])  # a whole header, so that it can be opened
        return folder

    return write


@pytest.fixture
def tracks() -> Callable[[Path], Any]:
    """``tracks(path)`` reads the animals of each frame: track, x, tracking score."""
    import sleap_io

    def read(path: Path) -> Any:
        labels = sleap_io.load_slp(str(path), open_videos=False)
        names = [track.name for track in labels.tracks]
        frames = [
            [
                (a.track and a.track.name, float(a.numpy()[0, 0]), float(a.tracking_score))
                for a in frame.instances
            ]
            for frame in labels
        ]
        return names, frames

    return read
