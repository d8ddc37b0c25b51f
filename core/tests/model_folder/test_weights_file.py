"""The weights of a model are written only where there is room for them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

import poise
from poise import registry
from poise.model_folder.weights_file import bytes_of, write_weights
from poise.testing.standins import DOT, POOLS, DotConfig, PoolsConfig, registry_of
from writers import ended, names_in, started

pytestmark = pytest.mark.usefixtures("keras")


@pytest.fixture
def model() -> Any:
    registry.reset(registry_of(POOLS, DOT))
    config = poise.ModelConfig(backbone=PoolsConfig(max_stride=4), heads=DotConfig())
    yield poise.build(config, (16, 24, 1))
    registry.reset()


def deep(layers: int, units: int) -> Any:
    import keras

    inputs = outputs = keras.Input((units,))
    for _ in range(layers):
        outputs = keras.layers.Dense(units)(outputs)
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(), "mse")
    model.optimizer.build(model.trainable_variables)
    return model


@pytest.mark.parametrize(("layers", "units"), [(1, 1), (40, 1), (2, 300)])
def test_a_file_is_never_larger_than_the_room_that_is_asked_for(
    tmp_path: Path, layers: int, units: int
) -> None:
    model, file = deep(layers, units), tmp_path / "model.weights.h5"
    write_weights(model, file)
    assert file.stat().st_size <= bytes_of(model) <= 1.1 * file.stat().st_size + 700_000


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_full_disk_is_an_error_that_leaves_nothing(model: Any, tmp_path: Path) -> None:
    import resource
    import signal

    def save_within(size: int) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        with pytest.raises(OSError, match="too large"):
            poise.save(model, tmp_path / "model")

    for size in (1, 1_000, 20_000):
        assert ended(started(lambda size=size: save_within(size))) == 0
        assert names_in(tmp_path) == []
    assert poise.save(model, tmp_path / "model").is_dir()
    assert os.listdir(tmp_path) == ["model"]  # noqa: PTH208 - hidden ones, too
