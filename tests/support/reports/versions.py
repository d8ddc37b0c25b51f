"""Images of any size and Keras' files, whatever the version of Keras."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import poise
from reports import report


@report("02")
def a_model_for_any_size_takes_a_second_size(folder: Path, empty: Path) -> None:
    lines = answered(folder / "run.py", empty).splitlines()

    assert [line.partition(" ")[2] for line in lines[1:]] == [
        "(64, 64) (1, 32, 32, 2)",
        "(96, 64) (1, 48, 32, 2)",
    ] * 2


@report("05")
def a_size_that_does_not_fit_has_maps_of_the_image(folder: Path, empty: Path) -> None:
    lines = answered(folder / "run.py", empty).splitlines()

    assert lines == [
        "LEAPConfig expected 25 got (25, 25)",
        "ResNetConfig expected 13 got (13, 13)",
        "UNetConfig expected 25 got (25, 25)",
    ]


@report("09")
def a_keras_file_names_the_way_to_load_it(folder: Path, empty: Path) -> None:
    answered(folder / "write.py", empty)
    file = empty / "best.keras"

    with pytest.raises(poise.BundleError) as refused:
        poise.load(file)

    assert "poise.load_weights(poise.build(config, image), path)" in str(refused.value)
    config = poise.ModelConfig(
        backbone=poise.UNetConfig(filters=2, max_stride=8, output_stride=2),
        heads=poise.CentroidsHeadConfig(output_stride=2),
    )
    model = poise.build(config, (50, 50, 1), auto_pad=True)
    assert poise.load_weights(model, file).matched


def answered(script: Path, working_folder: Path) -> str:
    """What a script of a report prints in a new interpreter."""
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=working_folder,
        env={**os.environ, "KERAS_HOME": str(working_folder)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
