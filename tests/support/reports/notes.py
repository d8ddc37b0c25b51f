"""Reports of what was accepted or computed without a word."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import poise
from poise.cli import main
from reports import report


@report("wild-01")
def an_image_without_animals_has_targets_of_zeros(folder: Path, empty: Path) -> None:
    picture = empty / "preview.png"
    arguments = [str(folder / "model.json"), "--labels", str(folder / "points.json")]

    assert main(["preview", *arguments, "-o", str(picture)]) == 0

    config = poise.ModelConfig(
        backbone=poise.UNetConfig(max_stride=8, filters=4, output_stride=2),
        heads=poise.CentroidsHeadConfig(sigma=2.5, output_stride=2),
    )
    points = np.zeros((1, 0, 2, 2), "float32")
    targets = poise.make_targets(
        poise.resolve(config, poise.Skeleton(["a", "b"])), poise.Labels(points), (32, 32)
    )
    assert not np.array(targets["confmaps"]).any()
