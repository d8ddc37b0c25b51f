"""Model folders of the made-up backbone and head type."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import poise

STRIDE = {"output_stride": 1}

SaveModel = Callable[..., Path]


@pytest.fixture
def save_model(made_up: None, keras: Any, tmp_path: Path) -> SaveModel:
    """``save_model(name)`` saves a model whose maps are the two channels of its image."""

    def save(name: str = "model", image: tuple[Any, ...] = (None, None, 2)) -> Path:
        sections = {"backbone": {"plain": STRIDE}, "heads": {"cells": STRIDE}}
        config = poise.ModelConfig.from_data(sections)
        return Path(poise.save(poise.build(config, image), tmp_path / name) or tmp_path / name)

    return save
