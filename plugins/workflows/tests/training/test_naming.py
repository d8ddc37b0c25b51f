"""Folders of runs have SLEAP's names."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

from poise.job.sections import OutputsConfig
from poise_workflows.training.naming import default_name, first_free, paths_of


def test_a_run_without_a_name_has_time_head_and_frames() -> None:
    assert re.fullmatch(r"\d{6}_\d{6}\.centroid\.n=10", default_name("centroid", 10))


def test_prefix_and_suffix_are_around_the_name() -> None:
    outputs = OutputsConfig(runs_folder="runs", run_name_prefix="a.", run_name_suffix=".b")

    assert list(paths_of(outputs, "fly")) == [Path("runs/a.fly.b")]


def test_without_a_suffix_the_first_free_number_is_taken(tmp_path: Path) -> None:
    outputs = OutputsConfig(runs_folder=str(tmp_path), run_name_prefix=None, run_name_suffix=None)
    names = [path.name for path in islice(paths_of(outputs, "fly"), 3)]
    assert names == ["fly", "fly_1", "fly_2"]

    for name in names[:2]:
        (tmp_path / name).mkdir()
    paths = paths_of(outputs, "fly")
    assert first_free(paths, lambda path: False) == tmp_path / "fly_2"
    assert first_free(paths_of(outputs, "fly"), lambda path: path.name == "fly_1").name == "fly_1"


def test_a_given_suffix_leaves_no_choice(tmp_path: Path) -> None:
    outputs = OutputsConfig(runs_folder=str(tmp_path), run_name_suffix="")
    (tmp_path / "fly").mkdir()

    assert first_free(paths_of(outputs, "fly"), lambda path: False) == tmp_path / "fly"
