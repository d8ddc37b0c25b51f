"""The same request goes on; another one is told what differs."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest

from poise_workflows.training.requests import Request, differences

REQUEST = Request(
    job={"optimization": {"epochs": 5, "sizes": (1, 2)}},
    labels={"train": {"path": "/a/flies.slp", "sha256": "1"}},
    split="frame",
    seed=0,
    precision="float32",
    clip_norm=None,
    devices=1,
    start={"path": "/a/model", "sha256": "2"},
)


def test_a_request_survives_json() -> None:
    again = Request(**json.loads(json.dumps(REQUEST.to_json())))

    assert differences(REQUEST, again) == []


def test_files_may_lie_elsewhere_if_they_hold_the_same() -> None:
    moved = attrs.evolve(
        REQUEST,
        labels={"train": {"path": "/b/others.slp", "sha256": "1"}},
        start={"path": "/b/model", "sha256": "2"},
    )

    assert differences(REQUEST, moved) == []


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"seed": 1}, "seed: 0 before, 1 now"),
        ({"split": "block"}, "split: 'frame' before, 'block' now"),
        ({"job": {"optimization": {"epochs": 6, "sizes": [1, 2]}}}, "optimization.epochs: 5"),
        (
            {"labels": {"train": {"path": "/a/flies.slp", "sha256": "3"}}},
            "labels.train: the file held something else before",
        ),
        ({"start": None}, "start: {"),
        ({"precision": "float16"}, "precision"),
        ({"clip_norm": 1.0}, "clip_norm: None before, 1.0 now"),
        ({"devices": 2}, "devices: 1 before, 2 now"),
    ],
)
def test_each_difference_is_a_line(change: Any, line: str) -> None:
    (said,) = differences(REQUEST, attrs.evolve(REQUEST, **change))

    assert said.startswith(line)


def test_all_differences_come_at_once() -> None:
    other = attrs.evolve(REQUEST, seed=1, job={"optimization": {"epochs": 6, "batch_size": 2}})

    assert [line.split(":")[0] for line in differences(REQUEST, other)] == [
        "optimization.epochs",
        "optimization.sizes",
        "optimization.batch_size",
        "seed",
    ]
