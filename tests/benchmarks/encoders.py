"""What the native encoders cost: to build, to train, to run.

- SENet-154's U-Net, against the estimated time with each of its 50 grouped convolutions as 64
  slices, 64 convolutions and a concatenation. For the estimate, twelve convolutions of the third
  stage, which has 36 of the 50, are built that way, as in plain Keras.
- A training step of ResNeXt-50, against ResNet-50.
- Forward passes, against ``keras.applications`` where it has the network.

All figures are medians of the processor time of this process, in which the candidates take turns:
others use the machine, too.

    python tests/benchmarks/encoders.py [--quick] [-o FILE]
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers

import poise
from poise.blocks.encoder_unet import encoder_unet
from poise.blocks.initial_weights import drawn_by_numpy

BUILD_LIMIT, STEP_LIMIT, FORWARD_LIMIT = 0.1, 2.0, 1.1
"""Largest ratios: native over emulated, ResNeXt over ResNet, Poise's over Keras' own.

Forward passes of the same graph take the same time; any excess over 1 is noise.
"""

UNITS, EMULATED = 50, 12
"""Grouped convolutions of SENet-154, and how many of them are emulated."""

CHANNELS, GROUPS = 512, 64
"""Channels of its third stage's, and their groups."""


def seconds(run: Callable[[], Any]) -> float:
    """What one call costs in processor time, of all threads."""
    began = time.process_time()
    run()
    return time.process_time() - began


def turns(runs: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Median seconds of each, all taking turns, after a warm-up round."""
    for run in runs.values():
        run()
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            times[name].append(seconds(run))
    return {name: statistics.median(durations) for name, durations in times.items()}


def unet(name: str, filters: int = 16) -> keras.Model:
    """An encoder with a small decoder and no head, built in the context of ``poise.build``."""
    image = keras.Input((64, 64, 3))
    with drawn_by_numpy():
        features = encoder_unet(
            poise.encoders[name],
            image,
            normalized=False,
            output_stride=2,
            filters=filters,
            filters_rate=1.0,
        )
    return keras.Model(image, features[2])


def emulated(count: int) -> keras.Model:
    """Grouped convolutions of SENet-154's third stage, group by group."""
    of_group = CHANNELS // GROUPS
    image = keras.Input((16, 16, CHANNELS))
    units = []
    for unit in range(count):
        x = layers.ZeroPadding2D(1)(image)
        parts = []
        for group in range(GROUPS):
            part = layers.Lambda(_slice(group, of_group))(x)
            conv = layers.Conv2D(2 * of_group, 3, use_bias=False, kernel_initializer="he_uniform")
            parts.append(conv(part))
        units.append(layers.Concatenate(name=f"unit{unit}")(parts))
    return keras.Model(image, units)


def _slice(group: int, channels: int) -> Callable[[Any], Any]:
    return lambda x: x[..., group * channels : (group + 1) * channels]


def building(rounds: int) -> dict[str, Any]:
    """Seconds to build SENet-154's U-Net, and to build it with emulated groups.

    The emulated network is the native one and twelve units of its third stage, as often as there
    are units.
    """
    unet("resnext50")  # leaves out what Keras does once for each kind of layer
    emulated(1)
    runs = {"native": lambda: unet("senet154"), "units": lambda: emulated(EMULATED)}
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            keras.backend.clear_session()
            gc.collect()
            times[name].append(seconds(run))
    keras.backend.clear_session()
    native, emulation = (statistics.median(times[name]) for name in runs)
    whole = native + UNITS / EMULATED * emulation
    return {
        "native_s": native,
        "emulated_s": whole,
        "ratio": native / whole,
        "limit": BUILD_LIMIT,
    }


def training(rounds: int) -> dict[str, Any]:
    """Seconds of a training step, batch 2 at 64×64."""
    images = np.random.RandomState(0).uniform(size=(2, 64, 64, 3)).astype("float32")

    def step(name: str) -> Callable[[], Any]:
        model = unet(name)
        # Compiled by XLA, the first step alone would take minutes on a CPU.
        model.compile("sgd", "mean_squared_error", jit_compile=False)
        targets = np.zeros((2, 32, 32, 16), "float32")
        return lambda: model.train_on_batch(images, targets)

    medians = turns({name: step(name) for name in ("resnet50", "resnext50")}, rounds)
    keras.backend.clear_session()
    ratio = medians["resnext50"] / medians["resnet50"]
    return {
        **{f"{name}_s": time for name, time in medians.items()},
        "ratio": ratio,
        "limit": STEP_LIMIT,
    }


def forward(rounds: int, quick: bool) -> dict[str, Any]:
    """Seconds of a forward pass, batch 2 at 128×128, Poise's network and Keras'."""
    both = {
        "efficientnetb0": keras.applications.EfficientNetB0,
        "mobilenetv2": keras.applications.MobileNetV2,
        "densenet121": keras.applications.DenseNet121,
        "vgg16": keras.applications.VGG16,
    }
    images = np.random.RandomState(0).uniform(size=(2, 128, 128, 3)).astype("float32")
    results: dict[str, Any] = {}
    for name, constructor in list(both.items())[: 1 if quick else None]:
        image = keras.Input((128, 128, 3))
        model = keras.Model(image, poise.encoders[name].build(image)[32])
        other = constructor(include_top=False, weights=None, input_shape=(128, 128, 3))

        def run(model: keras.Model) -> Callable[[], Any]:
            return lambda: model.predict_on_batch(images)

        medians = turns({"ours": run(model), "keras": run(other)}, rounds)
        ratio = medians["ours"] / medians["keras"]
        results[name] = {"ours_s": medians["ours"], "keras_s": medians["keras"], "ratio": ratio}
        keras.backend.clear_session()
    worst = max(result["ratio"] for result in results.values())
    return {**results, "ratio": worst, "limit": FORWARD_LIMIT}


def main() -> int:
    """Print one JSON object; return 1 if a limit is exceeded, unless the run is quick."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few rounds, to see that it runs")
    parser.add_argument("-o", "--output", type=Path, help="write the JSON to a file, too")
    options = parser.parse_args()
    rounds = 3 if options.quick else 9
    result = {
        "benchmark": "encoders",
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "building": building(1 if options.quick else 5),
        "training": training(rounds),
        "forward": forward(rounds, options.quick),
    }
    text = json.dumps(result, indent=2)
    print(text)
    if options.output:
        options.output.write_text(text + "\n", encoding="utf-8")
    parts = [result[name] for name in ("building", "training", "forward")]
    failed = any(part["ratio"] > part["limit"] for part in parts)
    return 1 if failed and not options.quick else 0


if __name__ == "__main__":
    sys.exit(main())
