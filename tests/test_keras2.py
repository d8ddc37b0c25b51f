"""TensorFlow 2.15, whose Keras SLEAP's is older than, opens every export and gives Poise's maps.

Needs an interpreter with TensorFlow 2.15 besides this one: ``tox run -e sleap`` makes it and
names it in ``POISE_KERAS2``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise
from poise.building.record import record_of
from poise_workflows.exporting.sleap.folders import write_sleap_folder
from sleap_exports import (
    ENCODERS,
    LARGE,
    LARGE_ENCODERS,
    SMALL,
    STEMS,
    images_for,
    maps_of,
    of_sleap,
    with_a_stem,
    with_an_encoder,
)

INTERPRETER = os.environ.get("POISE_KERAS2", "")

pytestmark = [
    pytest.mark.usefixtures("keras"),
    pytest.mark.skipif(
        not INTERPRETER, reason="needs a Python with TensorFlow 2.15 in POISE_KERAS2: tox -e sleap"
    ),
]


def write(folder: Path, model: Any) -> None:
    """An export, and what Poise computes for some images."""
    folder.mkdir()
    write_sleap_folder(model, folder)
    record = record_of(model)
    assert record is not None
    images = images_for(model)
    maps = maps_of(model, images)
    names = [output.name for output in record.resolution.outputs]
    np.savez(folder / "expected.npz", images=images, **{name: maps[name] for name in names})


def assert_opened(folder: Path) -> None:
    """Keras 2 gives Poise's maps within 1e-5 of the largest output."""
    script = Path(__file__).parent / "support" / "keras2.py"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {
        "TF_CPP_MIN_LOG_LEVEL": "3"
    }
    ended = subprocess.run(
        [INTERPRETER, str(script), str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    differences = json.loads(ended.stdout.splitlines()[-1])
    sys.stdout.write(f"\n{json.dumps(differences, indent=1)}\n")
    assert set(differences) == {path.name for path in folder.iterdir()}
    assert max(differences.values()) <= 1e-5, differences


def test_the_folders_that_sleap_trained(shared: Path, tmp_path: Path) -> None:
    for original in sorted((shared / "sleap" / "models").iterdir()):
        reading = poise.read(original)
        write(tmp_path / original.name, reading.build((128, 160, reading.image[2])))
    assert_opened(tmp_path)


def test_every_head_and_the_plain_backbones(tmp_path: Path) -> None:
    for name in SMALL:
        write(tmp_path / name.replace("/", "."), of_sleap(name))
    assert_opened(tmp_path)


def test_resnets(tmp_path: Path) -> None:
    for name in STEMS:
        write(tmp_path / name, with_a_stem(name))
    for name in LARGE:
        write(tmp_path / name.replace("/", "."), of_sleap(name))
    assert_opened(tmp_path)


@pytest.mark.parametrize("name", ENCODERS | LARGE_ENCODERS)
def test_encoders(name: str, tmp_path: Path) -> None:
    write(tmp_path / name, with_an_encoder(name, *(ENCODERS | LARGE_ENCODERS)[name]))
    assert_opened(tmp_path)
