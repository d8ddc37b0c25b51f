"""A run's folder as training leaves it, written without training."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from poise_workflows.reporting.images import picture_uri
from poise_workflows.reporting.record_files import with_record, write_still
from poise_workflows.reporting.records import (
    Bad,
    Found,
    Kept,
    Map,
    Record,
    Still,
    Vector,
)

PARTS = {
    name: {"mean": 1.5, "median": 1.0, "p95": 3.0, "pck": 0.9, "labeled": 4, "detected": 3}
    for name in ("head", "tail")
}


def _record_of(epoch: int, **changes: Any) -> Record:
    found = Found(
        animals=[[[5.0, 6.0], None]],
        matches=[0],
        missed=1,
        outside=0,
        error=1.25,
        maps=(Map(name="confmaps", uri=_uri(), place=(-1, -1, 16, 16), highest=0.5),),
        vectors=(Vector(name="names", values={"anna": 0.75}),),
    )
    record = Record(
        epoch=epoch,
        measured=2,
        examples=9,
        median=2.0 / epoch,
        animals={"labeled": 4, "matched": 3, "missed": 1, "invented": 2},
        parts=PARTS,
        confusion={"names": ["anna", "bert"], "rows": [[3, 0, 0, 1], [1, 2, 0, 0]]},
        found=(found, found),
        worst=(Bad(badness=0.5, still=_still(), found=found),),
    )
    return attrs.evolve(record, **changes)


def _uri() -> str:
    return picture_uri(np.zeros((16, 16, 1)), (0, 0, 16, 16))


def _still(title: str = "flies.mp4, frame 3") -> Still:
    truth = [[[5.0, 5.0], [9.0, 9.0]], [None, [2.0, 2.0]]]
    return Still(title=title, uri=_uri(), window=(0, 0, 16, 16), truth=truth)


@pytest.fixture
def record_of() -> Callable[..., Record]:
    """Makes the record of an epoch, of two examples."""
    return _record_of


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a run that has ended after three epochs."""
    folder = tmp_path / "flies"
    folder.mkdir()
    files = {
        "status.json": {"state": "finished", "epochs": 3, "reason": "every epoch is done"},
        "report.json": {
            "labels": ["flies.slp"],
            "frames": {"train": 20, "validation": 9, "test": 0},
            "animals": {"train": 40, "validation": 18},
            "image": [16, 16, 1],
            "classes": ["anna", "bert"],
            "notes": ["device: CPU", "2 labeled animals are left out"],
        },
        "split.json": {
            "videos": {"0": "flies.mp4"},
            "frames": {"train": [[0, 1]], "validation": [[0, 3]], "test": []},
        },
        "config.json": {
            "model": {"backbone": {"unet": {"filters": 4}, "leap": None}, "heads": {"dots": {}}},
            "optimization": {"epochs": 3},
        },
        "request.json": {"seed": 7, "job": {}},
    }
    for name, data in files.items():
        (folder / name).write_text(json.dumps(data), encoding="utf-8")
    log = "epoch,learning_rate,loss,val_loss\n0,0.01,4.0,5.0\n1,0.01,2.0,3.0\n2,0.005,1.0,3.5\n"
    (folder / "log.csv").write_text(log, encoding="utf-8")
    kept = Kept(stills=(_still(), _still("flies.mp4, frame 8")), edges=[(0, 1)])
    write_still(folder, kept)
    for epoch in (1, 2, 3):
        kept = with_record(folder, kept, _record_of(epoch))
    return folder
