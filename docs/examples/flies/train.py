"""Train the model that finds the flies of the clip: ``python train.py``, minutes on a CPU.

It learns from rendered flies, and never sees the clip.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
from make_clip import EDGES, PARTS, Array, Fly, image_of, points_of

import poise

HERE = Path(__file__).parent
SIZE, IMAGES, MOST = 96, 800, 2
EPOCHS, FALLING, RATE = 20, 12, 1e-3
"""The learning rate falls from the epoch ``FALLING`` on."""
CONFIG: dict[str, Any] = {
    "edition": "2026",
    "backbone": {
        "unet": {
            "max_stride": 16,
            "output_stride": 2,
            "filters": 12,
            "filters_rate": 1.5,
            "up_interpolate": True,
        }
    },
    "heads": {
        "multi_instance": {
            "confmaps": {"part_names": PARTS, "sigma": 3.0, "output_stride": 2},
            "pafs": {"edges": EDGES, "sigma": 6.0, "output_stride": 4},
        }
    },
}


def flies(rng: np.random.Generator) -> list[Fly]:
    """A fly or two anywhere, not on top of each other."""
    placed: list[Fly] = []
    for _ in range(rng.integers(1, MOST + 1)):
        x, y = rng.uniform(0, SIZE, 2)
        if all(np.hypot(x - other[0], y - other[1]) > 30 for other in placed):
            placed.append((float(x), float(y), float(rng.uniform(-np.pi, np.pi))))
    return placed


def examples(rng: np.random.Generator, count: int = IMAGES) -> tuple[Array, Array]:
    """Images ``(N, H, W, 1)`` from 0 to 1, and points ``(N, flies, parts, 2)`` in pixels."""
    images = np.empty((count, SIZE, SIZE, 1), np.float32)
    points = np.full((count, MOST, len(PARTS), 2), np.nan, np.float32)
    for image, animals in zip(images, points, strict=True):
        scene = flies(rng)
        image[..., 0] = image_of(scene, rng, SIZE) / 255
        animals[: len(scene)] = points_of(scene)
    points[((points < 0) | (points > SIZE - 1)).any(axis=-1)] = np.nan  # outside the image
    return images, points


def main() -> None:
    """Train, and save the model beside this file."""
    keras.utils.set_random_seed(1)
    images, points = examples(np.random.default_rng(1))
    config = poise.ModelConfig.from_data(CONFIG)
    skeleton = poise.Skeleton(PARTS, EDGES, symmetries=[("wingL", "wingR")], name="fly")
    model = poise.build(config, (SIZE, SIZE, 1), skeleton)
    model.compile(**poise.compile_args(model, learning_rate=RATE))
    falling = keras.callbacks.LearningRateScheduler(
        lambda epoch: RATE * 0.6 ** max(0, epoch - FALLING)
    )
    targets = poise.make_targets(model, poise.Labels(points))
    model.fit(images, targets, batch_size=4, epochs=EPOCHS, callbacks=[falling], verbose=2)
    of_any_size = poise.build(config, (None, None, 1), skeleton)
    of_any_size.set_weights(model.get_weights())
    poise.save(of_any_size, HERE / "model", overwrite=True)


if __name__ == "__main__":
    main()
