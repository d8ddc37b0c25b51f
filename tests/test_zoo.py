"""The zoo: its made-up animals, its networks, and the table that the documentation has of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loose_files import module


@pytest.fixture
def scenes(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    return module(workspace / "tests" / "benchmarks" / "_zoo_scenes.py", monkeypatch)


@pytest.fixture
def networks(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    return module(workspace / "tests" / "benchmarks" / "_zoo_networks.py", monkeypatch)


@pytest.fixture
def zoo_table(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    return module(workspace / "docs" / "zoo_table.py", monkeypatch)


def nearest(flies: Any) -> float:
    """The least distance between the thoraxes of two flies."""
    places = np.array(flies)[:, :2]
    far = np.linalg.norm(places[:, None] - places, axis=-1)
    return float(far[~np.eye(len(places), dtype=bool)].min())


@pytest.mark.parametrize("seed", range(20))
def test_several_flies_do_not_touch_and_crossing_flies_overlap(scenes: Any, seed: int) -> None:
    assert nearest(scenes.several(np.random.default_rng(seed))) > 2 * 17  # twice thorax to wing
    assert nearest(scenes.crossing(np.random.default_rng(seed))) < 17


def test_a_scene_has_its_images_and_points_inside(scenes: Any, tmp_path: Path) -> None:
    import sleap_io

    labels = sleap_io.load_slp(str(scenes.write_scene(tmp_path / "a.pkg.slp", "crossing", 2, 3)))

    assert len(labels) == 2
    for frame in labels:
        assert frame.numpy().shape == (3, 5, 2)
        for x, y in frame.numpy()[:, 1].round().astype(int):
            assert frame.image[y, x] < 120  # a thorax is dark, and the ground is 205


def test_every_first_party_backbone_is_in_the_zoo(networks: Any, workspace: Path) -> None:
    import poise

    present = {key for sizes in networks.NETWORKS.values() for key in sizes["small"]}

    assert present == set(poise.backbones)
    for sizes in networks.NETWORKS.values():
        assert list(sizes) == list(networks.SIZES)
        for backbone in sizes.values():
            poise.ModelConfig.from_data(networks.job(backbone, "several", 1e-3)["model"])


def test_the_documented_figures_have_every_network_and_three_seeds(
    networks: Any, zoo_table: Any
) -> None:
    runs = json.loads(zoo_table.FIGURES.read_text(encoding="utf-8"))["rows"]

    short = [(run["row"], run["seed"]) for run in runs if run["budget"] == zoo_table.SHORT]
    assert sorted(short) == sorted((name, seed) for name in networks.NETWORKS for seed in range(3))
    assert {run["budget"] for run in runs} == {zoo_table.SHORT, zoo_table.LONG}
    for run in runs:
        assert run["backbone"] == networks.NETWORKS[run["row"]]["small"]
        assert run["learning_rate"] == networks.learning_rate_of(run["row"])


def test_the_tables_name_every_network_and_the_picture_those_that_detect(
    networks: Any, zoo_table: Any, tmp_path: Path
) -> None:
    short, long, cost = zoo_table.tables().values()
    drawn = zoo_table.draw(tmp_path / "zoo.svg").read_text(encoding="utf-8")
    kept = zoo_table.PICTURE.read_text(encoding="utf-8")

    for name in networks.NETWORKS:
        assert f"| `{name}` |" in short
        assert f"| `{name}` |" in cost
    points = {*zoo_table.points(zoo_table.SHORT), *zoo_table.points(zoo_table.LONG)}
    assert len(points) > 3
    assert all(f"| `{name}` |" in short + long for name in points)
    for picture in (drawn, kept):
        assert {name for name in networks.NETWORKS if f">{name}<" in picture} == points


def test_the_page_has_a_place_for_each_table(zoo_table: Any) -> None:
    page = (zoo_table.DOCS / "howto/choose-backbone.md").read_text(encoding="utf-8")

    assert all(page.count(mark) == 1 for mark in zoo_table.tables())


def test_a_spread_says_the_least_and_the_largest_where_they_differ(zoo_table: Any) -> None:
    assert zoo_table.spread([3.0, 1.0, 2.0], "{:.1f}", " px") == "2.0 px (1.0–3.0)"
    assert zoo_table.spread([1.01, 1.02, 1.03], "{:.1f}", " px") == "1.0 px"
    assert zoo_table.spread([1.0, float("inf")], "{:.1f}") == "–"


@pytest.mark.slow
def test_the_command_adds_a_backbone_and_measures_only_what_the_file_lacks(
    workspace: Path, tmp_path: Path
) -> None:
    other = 'leap={"filters": 4, "output_stride": 4}'
    command = [sys.executable, str(workspace / "tests/benchmarks/zoo.py"), "--only", "leap"]
    command += ["--also", other, "--quick", "--budget", "0.1", "-o", str(tmp_path / "zoo.json")]

    first = subprocess.run(command, capture_output=True, text=True, check=True)
    second = subprocess.run(command, capture_output=True, text=True, check=True)

    (row,) = json.loads((tmp_path / "zoo.json").read_text(encoding="utf-8"))["rows"]
    assert row["backbone"] == {"leap": {"filters": 4, "output_stride": 4}}
    assert row["epochs"] >= 1
    assert row["parameters"] > 0
    assert json.loads(first.stdout) == row
    assert second.stdout == ""
