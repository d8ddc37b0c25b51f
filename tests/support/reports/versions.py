"""Images of any size and Keras' files, whatever the version of Keras."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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
