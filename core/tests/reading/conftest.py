"""Model folders of SLEAP's and Poise's form, made of stand-ins, and their archives."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise
from poise import registry
from poise.testing.standins import DOT, POOLS, DotConfig, PoolsConfig, registry_of

MODEL = {"backbone": {POOLS.key: {"max_stride": 4}}, "heads": {DOT.key: {}}}


@pytest.fixture(autouse=True)
def plugins() -> Iterator[None]:
    registry.reset(registry_of(POOLS, DOT))
    yield
    registry.reset()


@pytest.fixture
def model(keras: Any) -> Any:
    """A model for images of three channels, whose weights no initializer gives."""
    config = poise.ModelConfig(backbone=PoolsConfig(max_stride=4), heads=DotConfig())
    built = poise.build(config, (16, 24, 3), poise.Skeleton(["nose", "tail"]), ["a", "b"])
    random = np.random.default_rng(0)
    built.set_weights([random.uniform(1, 2, weight.shape) for weight in built.get_weights()])
    return built


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A folder as SLEAP writes it, without weights."""
    folder = tmp_path / "flies"
    folder.mkdir()
    preprocessing = {"input_scaling": 0.5}
    data = {"data": {"preprocessing": preprocessing}, "model": MODEL, "sleap_version": "1.3.0"}
    (folder / "training_config.json").write_text(json.dumps(data))
    return folder


@pytest.fixture
def trained(job: Path, model: Any) -> Path:
    """The same with weights."""
    model.save_weights(job / "best_model.weights.h5")
    return job


@pytest.fixture
def saved(model: Any, tmp_path: Path) -> Path:
    """A folder as ``poise.save`` writes it."""
    return poise.save(model, tmp_path / "saved")


@pytest.fixture
def zip_of(tmp_path: Path) -> Callable[..., Path]:
    """Zip a folder, its files at the top of the archive or in one folder of it."""

    def write(folder: Path, top: str = "", name: str = "archive.zip") -> Path:
        file = tmp_path / name
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.rglob("*")):
                archive.write(path, f"{top}{path.relative_to(folder).as_posix()}")
        return file

    return write
