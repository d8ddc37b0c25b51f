"""The flies of the tutorial on training: what renders them, and what is learned from them."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest


@pytest.fixture
def example(workspace: Path) -> Path:
    return workspace / "docs" / "examples" / "training"


@pytest.fixture
def make_labels(example: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The script that renders the labeled flies."""
    path = list(sys.path)
    spec = importlib.util.spec_from_file_location("make_labels", example / "make_labels.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "make_labels", module)
    spec.loader.exec_module(module)
    yield module
    sys.path[:] = path
    sys.modules.pop("make_clip", None)


def test_the_packages_are_small(example: Path) -> None:
    assert sum(file.stat().st_size for file in example.glob("*.slp")) <= 300_000


@pytest.mark.parametrize("name", ["flies.pkg.slp", "held_out.pkg.slp"])
def test_a_package_has_what_its_script_renders(
    name: str, example: Path, make_labels: Any, tmp_path: Path
) -> None:
    import sleap_io

    seed, count = make_labels.PACKAGES[name]
    images, points = make_labels.flies(np.random.default_rng(seed), count)

    labels = sleap_io.load_slp(str(example / name))

    stored = np.stack([frame.image for frame in labels])[..., 0]
    assert np.abs(stored.astype(int) - np.stack(images)).max() <= 1  # of rounding elsewhere
    np.testing.assert_allclose(labels.numpy()[:, 0], points, atol=1e-3)
    assert [node.name for node in labels.skeleton.nodes] == make_labels.PARTS
    assert [{node.name for node in pair.nodes} for pair in labels.skeleton.symmetries] == [
        {"wingL", "wingR"}
    ]


def test_a_package_names_no_folder_of_who_made_it(make_labels: Any, tmp_path: Path) -> None:
    make_labels.write_package(tmp_path / "few.pkg.slp", 3, 2)

    import h5py

    with h5py.File(tmp_path / "few.pkg.slp") as file:
        source = str(file["video0/source_video"].attrs["json"])
    assert "000.png" in source
    assert "/" not in source.replace("000.png", "")


@pytest.mark.parametrize("name", ["flies.pkg.slp", "held_out.pkg.slp", "made"])
def test_no_package_names_a_folder(
    name: str, example: Path, make_labels: Any, tmp_path: Path
) -> None:
    if name == "made":
        example, name = tmp_path, "few.pkg.slp"
        make_labels.write_package(tmp_path / name, 3, 2)

    content = (example / name).read_bytes()

    assert not re.findall(rb'"filename": ?"[^"]*/[^"]*"', content)


@pytest.mark.slow
@pytest.mark.usefixtures("keras")
def test_from_200_images_the_parts_of_new_flies_are_found_within_a_pixel(
    make_labels: Any, tmp_path: Path
) -> None:
    """A stock profile, made small: the held-out median error is under 1 px."""
    import sleap_io

    import poise_workflows

    make_labels.write_package(tmp_path / "flies.pkg.slp", 4, 200)
    make_labels.write_package(tmp_path / "new.pkg.slp", 5, 40)
    values = {
        "backbone.unet.filters": 8,
        "optimization.initial_learning_rate": 1e-3,
        "optimization.epochs": 12,
        "optimization.min_batches_per_epoch": 100,
    }
    run = poise_workflows.train(
        "baseline_medium_rf.single", tmp_path / "flies.pkg.slp", tmp_path / "run", values=values
    )

    poise_workflows.predict(tmp_path / "new.pkg.slp", run.folder, tmp_path / "found.slp")

    truth = sleap_io.load_slp(str(tmp_path / "new.pkg.slp")).numpy()
    points = sleap_io.load_slp(str(tmp_path / "found.slp"), open_videos=False).numpy()
    errors = np.linalg.norm(points - truth, axis=-1)
    assert errors.shape == (40, 1, 5)
    assert np.isfinite(errors).mean() > 0.95
    assert np.nanmedian(errors) < 1
