"""What folders of SLEAP and of Poise say, and what goes along from one to the other."""

from __future__ import annotations

from pathlib import Path

import click.testing
import numpy as np

import poise
from poise.cli._group import group
from reports import report

KEPT = (
    "input_scaling = 0.5",
    "target_height = 512",
    "target_width = 640",
    "ensure_grayscale = true",
    "pad_to_stride = 16",
    "crop_size = 96",
    'center_on_part = "head"',
)


@report("03")
def check_that_a_saved_folder_remembers_how_images_are_prepared(folder: Path, empty: Path) -> None:
    out = empty / "out"
    job = _run("check", "-v", folder / "scaled")
    built = _run("build", folder / "scaled", "--image", "64,64,1", "--weights", "none", "-o", out)
    for shown in (job, built, _run("check", out)):
        assert [line for line in KEPT if line not in shown] == []
    assert "1.4.1" not in job, "a centroid model cuts no crops"
    read, model = poise.read(folder / "scaled"), poise.load(out)
    record = poise.record_of(model)
    assert record is not None
    assert read.job == record.job == poise.read(out).job
    confmaps = np.zeros((1, 32, 32, 1), "float32")
    confmaps[0, 10, 5] = 1
    found = poise.decode(model, {"confmaps": confmaps}, refinement=None)
    # The cell is at (10, 20) in an image that was resized by a half.
    assert found.points[0, 0, 0].tolist() == [20.5, 40.5]


def _run(*arguments: object) -> str:
    done = click.testing.CliRunner().invoke(group, [str(argument) for argument in arguments])
    assert not done.exception, done.output
    return done.output
