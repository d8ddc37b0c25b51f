"""What ``poise.build`` costs, against the same graph written by hand in Keras.

Depth, stacks and heads are those of real use and channels are few, so that it is the building
that is measured and not the drawing of random weights. Both take turns; what is compared are
medians of one run of this script. Before that, both graphs must have the same layers and
weights.

    python tests/benchmarks/building.py [--quick] [-o FILE]
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
from typing import Any, NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
from keras import layers

import poise

LIMIT = 1.1
"""Time of poise.build over that of the graph written by hand, at most."""

PARTS = ("head", "thorax", "abdomen")
IMAGE = (256, 256, 1)


def conv(x: Any, filters: int, name: str, act: str, size: int = 3) -> Any:
    """A convolution and its relu."""
    x = layers.Conv2D(filters, size, padding="same", name=name)(x)
    return layers.Activation("relu", name=act)(x)


def up(x: Any, skip: Any, filters: int, p: str) -> Any:
    """A transposed convolution, a skip connection if there is one, and two convolutions."""
    x = layers.Conv2DTranspose(filters, 3, strides=2, padding="same", name=f"{p}_trans_conv")(x)
    x = layers.Activation("relu", name=f"{p}_trans_conv_act_relu")(x)
    if skip is not None:
        x = layers.Concatenate(name=f"{p}_skip_concat")([skip, x])
    for k in (0, 1):
        x = conv(x, filters, f"{p}_refine_conv{k}", f"{p}_refine_conv{k}_act_relu")
    return x


def unet(image: Any) -> list[Any]:
    """UNet with 8 filters and four down blocks."""
    x, skips = image, []
    for i in range(4):
        if i > 0:
            x = layers.MaxPooling2D(2, padding="same", name=f"stack0_enc{i}_pool")(x)
        for k in (0, 1):
            x = conv(x, 8 << i, f"stack0_enc{i}_conv{k}", f"stack0_enc{i}_act{k}_relu")
        skips.append(x)
    x = layers.MaxPooling2D(2, padding="same", name="stack0_enc4_last_pool")(x)
    for p in ("stack0_enc5_middle_expand", "stack0_enc6_middle_contract"):
        x = conv(x, 128, f"{p}_conv0", f"{p}_act0_relu")
    for j in range(4):
        x = up(x, skips[3 - j], 64 >> j, f"stack0_dec{j}_s{16 >> j}_to_s{8 >> j}")
    return [x]


def leap(image: Any) -> list[Any]:
    """LEAP with 8 filters and three down blocks."""
    x = image
    for i in range(3):
        for k in range(3):
            x = conv(x, 8 << i, f"stack0_enc{i}_conv{k}", f"stack0_enc{i}_act{k}_relu")
        x = layers.MaxPooling2D(2, padding="same", name=f"stack0_enc{i}_pool")(x)
    for j in range(3):
        x = up(x, None, 64 >> j, f"stack0_dec{j}_s{8 >> j}_to_s{4 >> j}")
    return [x]


def hourglass(image: Any) -> list[Any]:
    """Three hourglasses of four levels, with 16 filters, on a stem of stride 4."""

    def unit(x: Any, filters: int, p: str, size: int = 3, stride: int = 1) -> Any:
        x = layers.Conv2D(
            filters, size, strides=stride, padding="same", activation="relu", name=f"{p}_conv"
        )(x)
        return layers.BatchNormalization(name=f"{p}_bn")(x)

    x = unit(image, 8, "stem0_conv7x7", 7, 2)
    x = unit(x, 16, "stem0_conv3x3")
    x = layers.MaxPooling2D(2, padding="same", name="stem0_pool")(x)
    x = stem = unit(x, 16, "stem0_conv3x3_out")
    outputs = []
    for t in range(3):
        skips = [stem]
        for i in range(4):
            x = layers.MaxPooling2D(2, padding="same", name=f"stack{t}_enc{i}_pool")(x)
            x = unit(x, 16 + 8 * i, f"stack{t}_enc{i}_conv")
            skips.append(x)
        for j in range(4):
            filters, p = 16 + 8 * (3 - j), f"stack{t}_dec{j}"
            x = unit(x, filters, f"{p}_conv")
            x = layers.UpSampling2D(2, interpolation="nearest", name=f"{p}_nearest")(x)
            skip = unit(skips[3 - j], filters, f"{p}_skip")
            x = layers.Add(name=f"{p}_skip_add")([x, skip])
        outputs.append(x)
    return outputs


def resnet(image: Any) -> list[Any]:
    """ResNet50 without decoder. Its widths are fixed, so that its weights take their time."""

    def unit(x: Any, filters: int, p: str, size: int = 1, stride: int = 1) -> Any:
        x = layers.Conv2D(filters, size, strides=stride, padding="same", name=f"{p}_conv")(x)
        return layers.BatchNormalization(epsilon=1.001e-5, name=f"{p}_bn")(x)

    x = layers.ZeroPadding2D(3, name="conv1_pad")(image)
    x = layers.Conv2D(64, 7, strides=2, name="conv1_conv")(x)
    x = layers.BatchNormalization(epsilon=1.001e-5, name="conv1_bn")(x)
    x = layers.Activation("relu", name="conv1_relu")(x)
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)
    for stage, blocks in ((2, 3), (3, 4), (4, 6), (5, 3)):
        filters = 16 << stage
        for block in range(1, blocks + 1):
            p, stride = f"conv{stage}_block{block}", 2 if block == 1 and stage > 2 else 1
            skip = unit(x, 4 * filters, f"{p}_0", stride=stride) if block == 1 else x
            x = unit(x, filters, f"{p}_1", stride=stride)
            x = layers.Activation("relu", name=f"{p}_1_relu")(x)
            x = unit(x, filters, f"{p}_2", 3)
            x = layers.Activation("relu", name=f"{p}_2_relu")(x)
            x = layers.Add(name=f"{p}_add")([skip, unit(x, 4 * filters, f"{p}_3")])
            x = layers.Activation("relu", name=f"{p}_out")(x)
    return [x]


class Pair(NamedTuple):
    """One network, twice.

    Attributes:
        backbone: the configuration that poise.build builds it from.
        by_hand: makes the features that heads sit on, one tensor a stack, from the image.
    """

    backbone: Any
    by_hand: Callable[[Any], list[Any]]


# A backbone joins by a line here.
PAIRS: dict[str, Callable[[], Pair]] = {
    "unet": lambda: Pair(poise.UNetConfig(filters=8), unet),
    "leap": lambda: Pair(poise.LEAPConfig(filters=8), leap),
    "hourglass": lambda: Pair(
        poise.HourglassConfig(stem_filters=8, filters=16, filter_increase=8), hourglass
    ),
    "resnet": lambda: Pair(poise.ResNetConfig(weights="random", output_stride=32), resnet),
}


def by_hand(pair: Pair) -> keras.Model:
    """The model as somebody would write it who needs no registry."""
    image = keras.Input(IMAGE, name="input")
    features = pair.by_hand(image)
    outputs = {}
    for i, x in enumerate(features):
        suffix = f"_{i}" if len(features) > 1 else ""
        head = layers.Conv2D(len(PARTS), 1, name=f"SingleInstanceConfmapsHead{suffix}")
        outputs[f"confmaps{suffix}"] = head(x)
    return keras.Model(image, outputs)


def by_poise(pair: Pair) -> keras.Model:
    """The model by its configuration."""
    heads = poise.SingleInstanceConfmapsHeadConfig(
        part_names=PARTS, output_stride=pair.backbone.output_stride
    )
    return poise.build(poise.ModelConfig(backbone=pair.backbone, heads=heads), IMAGE)


def same(one: keras.Model, other: keras.Model) -> None:
    """Refuse to compare two networks that are not the same."""
    shapes = [
        {layer.name: [tuple(weight.shape) for weight in layer.weights] for layer in model.layers}
        for model in (one, other)
    ]
    if shapes[0] != shapes[1]:
        sys.exit(f"not the same network: {set(shapes[0]) ^ set(shapes[1]) or 'shapes'}")


def seconds(make: Callable[[Pair], keras.Model], pair: Pair) -> float:
    """Processor time of one building, in a Keras that remembers none before."""
    keras.backend.clear_session()
    gc.collect()
    # Building waits for nothing, and what else the machine does is no part of this.
    began = time.process_time()
    make(pair)
    return time.process_time() - began


def measure(pair: Pair, repeats: int) -> dict[str, Any]:
    """Times and their ratio for one backbone."""
    model = by_poise(pair)
    same(model, by_hand(pair))
    times: dict[Callable[[Pair], keras.Model], list[float]] = {by_hand: [], by_poise: []}
    for turn in range(repeats):
        # Who comes first changes, so that nobody always runs on what the other left behind.
        for make in sorted(times, key=lambda one: one is by_hand, reverse=turn % 2 == 0):
            times[make].append(seconds(make, pair))
    hand, ours = (statistics.median(times[make]) for make in (by_hand, by_poise))
    return {
        "layers": len(model.layers),
        "parameters": model.count_params(),
        "milliseconds": {"by_hand": round(hand * 1000, 1), "poise": round(ours * 1000, 1)},
        "ratio": round(ours / hand, 3),
        "limit": LIMIT,
        "within_limit": ours <= LIMIT * hand,
    }


def main() -> int:
    """Measure, print JSON; 1 if a ratio is above its limit, unless the run is quick."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    parser.add_argument("-o", "--output", type=Path, help="write the JSON to this file, too")
    options = parser.parse_args()
    repeats = 7 if options.quick else 41
    results = {
        "benchmark": "building",
        "python": platform.python_version(),
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "machine": platform.machine(),
        "repeats": repeats,
        "backbones": {
            key: measure(PAIRS[key](), repeats) for key in PAIRS if key in poise.backbones
        },
        "not_compared": sorted(set(poise.backbones) - set(PAIRS)),
    }
    text = json.dumps(results, indent=2)
    print(text)
    if options.output:
        options.output.write_text(text + "\n", encoding="utf-8")
    within = all(one["within_limit"] for one in results["backbones"].values())
    return 0 if within or options.quick else 1  # a few repeats show that it runs, no more


if __name__ == "__main__":
    sys.exit(main())
