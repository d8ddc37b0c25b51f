"""Predictions of two animals that walk, as arrays and as files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise_workflows.suggesting.contract import Predictions
from poise_workflows.suggesting.testing import scenes

PARTS = ("head", "thorax", "tail")
BODY = np.array([[12.0, 0], [0, 0], [-14, 2]])


def place(number: int, animal: int) -> Any:
    """Where the parts of an animal are in a frame, ``(P, 2)``: it walks three pixels a frame."""
    return BODY + [20 + 3 * number, 30 + 60 * animal]


@pytest.fixture
def walk() -> Callable[..., Predictions]:
    """``walk(frames, change)``: predictions of two animals.

    ``change(number, animals)`` gets the animals of a frame, each a dictionary of ``points``,
    ``point_scores``, ``score`` and ``track``, and changes the list.
    """

    def make(
        frames: Sequence[int],
        change: Callable[[int, list[dict[str, Any]]], object] = lambda number, animals: None,
        **options: Any,
    ) -> Predictions:
        rows: list[int] = []
        all_animals: list[dict[str, Any]] = []
        for row, number in enumerate(frames):
            animals = [animal_of(number, animal) for animal in range(2)]
            change(number, animals)
            rows += [row] * len(animals)
            all_animals += animals
        arrays = {
            name: np.array([animal[name] for animal in all_animals])
            for name in ("points", "point_scores", "score", "track")
        }
        return scenes.predictions(
            frames,
            rows,
            arrays["points"].reshape(-1, len(PARTS), 2),
            arrays["point_scores"].reshape(-1, len(PARTS)),
            arrays["score"],
            tracks=arrays["track"],
            **options,
        )

    return make


def animal_of(number: int, animal: int) -> dict[str, Any]:
    return {
        "points": place(number, animal),
        "point_scores": np.full(len(PARTS), 0.9),
        "score": 0.9,
        "track": -1,
    }


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """``write(name, films)``: a ``.slp`` file with predictions of videos.

    Each film is a dictionary of ``length``, ``lacking`` (frames that the file does not list),
    ``empty`` (frames without animals), ``doubtful`` (frames with low scores), ``labeled`` (by a
    person), ``suggested`` and ``name``. ``more(labels)`` changes the labels before they are
    saved.
    """

    def save(
        name: str = "flies.slp",
        *films: Mapping[str, Any],
        more: Callable[[Any], object] = lambda labels: None,
        parts: Sequence[str] = PARTS,
    ) -> Path:
        import sleap_io

        skeleton = sleap_io.Skeleton(list(parts), edges=[(0, 1)])
        videos, frames, suggestions = [], [], []
        for index, film in enumerate(films or ({},)):
            length = film.get("length", 40)
            video = sleap_io.Video(
                filename=film.get("name", f"film {index}.mp4"),
                backend_metadata={"shape": film.get("shape", (length, 120, 200, 1))},
                open_backend=False,
            )
            videos.append(video)
            frames += [
                sleap_io.LabeledFrame(video, number, _animals(number, film, skeleton))
                for number in range(length)
                if number not in film.get("lacking", ())
            ]
            suggestions += [
                sleap_io.SuggestionFrame(video, number, {"group": 3})
                for number in film.get("suggested", ())
            ]
        labels = sleap_io.Labels(
            frames, videos=videos, skeletons=[skeleton], suggestions=suggestions
        )
        more(labels)
        labels.save(str(tmp_path / name), verbose=False)
        return tmp_path / name

    return save


def _animals(number: int, film: Mapping[str, Any], skeleton: Any) -> list[Any]:
    import sleap_io

    def holds(name: str) -> bool:
        numbers: Collection[int] = film.get(name, ())
        return number in numbers

    if holds("empty"):
        return []
    score = 0.3 + number / 1000 if holds("doubtful") else 0.9
    points = [place(number, animal)[: len(skeleton)] for animal in range(2)]
    if holds("labeled"):
        return [sleap_io.Instance.from_numpy(each, skeleton=skeleton) for each in points]
    return [
        sleap_io.PredictedInstance.from_numpy(
            each, skeleton=skeleton, point_scores=np.full(len(skeleton), score), score=score
        )
        for each in points
    ]
