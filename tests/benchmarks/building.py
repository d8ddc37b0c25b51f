"""What ``poise.build`` costs, against the same graph written by hand in Keras.

Depth, stacks and heads are realistic. Channels are few, so the script measures building, not the
drawing of random weights. All candidates take turns, and the script compares their medians within
one run. First it checks that all graphs have the same layers and weights.

Two backbones are third-party plugins: the README's TinyVGG, and one that calls
``keras.applications``. Each first-party network is also built a third time, by a third-party
plugin with the same layers in plain Keras.

    python tests/benchmarks/building.py [--quick] [--only KEY …] [-o FILE]
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
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.append(str(Path(__file__).parents[1] / "third_party" / "poise-tinyvgg" / "src"))

import attrs
import keras
import poise_tinyvgg
from keras import layers

import poise
from poise import BackboneSpec, Registry, hookimpl, registry

LIMIT = 1.0
"""Largest ratio of build times: poise.build over the graph written by hand."""

STRANGER_LIMIT = 1.1
"""Largest ratio of build times: a third-party plugin over a first-party one of the same layers."""

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
    """ResNet50 without decoder. Its widths are fixed, so drawing its weights takes time."""

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


def tinyvgg(image: Any) -> list[Any]:
    """The README's plugin, called without Poise."""
    (features,) = poise_tinyvgg.build(poise_tinyvgg.TinyVGGConfig(filters=8), image)
    return [features[16]]


def applications(image: Any) -> list[Any]:
    """MobileNetV2 of ``keras.applications``, without its classifier."""
    network = keras.applications.MobileNetV2(
        input_tensor=image, include_top=False, weights=None, alpha=0.35
    )
    return [network.output]


@attrs.frozen(kw_only=True)
class ApplicationsConfig:
    """MobileNetV2 has nothing to configure here."""


class Pair(NamedTuple):
    """One network, defined twice.

    Attributes:
        backbone: the configuration that poise.build builds it from.
        by_hand: makes the features that heads sit on, one tensor a stack, from the image.
        stride: of these features, in pixels; 0 for the backbone's finest.
    """

    backbone: Any
    by_hand: Callable[[Any], list[Any]]
    stride: int = 0


# To add a backbone, add a line here.
PAIRS: dict[str, Callable[[], Pair]] = {
    "unet": lambda: Pair(poise.UNetConfig(filters=8), unet),
    "leap": lambda: Pair(poise.LEAPConfig(filters=8), leap),
    "hourglass": lambda: Pair(
        poise.HourglassConfig(stem_filters=8, filters=16, filter_increase=8), hourglass
    ),
    "resnet": lambda: Pair(poise.ResNetConfig(weights="random", output_stride=32), resnet),
}
THIRD_PARTY: dict[str, Callable[[], Pair]] = {
    "tinyvgg": lambda: Pair(poise_tinyvgg.TinyVGGConfig(filters=8), tinyvgg, 16),
    "applications": lambda: Pair(ApplicationsConfig(), applications),
}


def backbone_of(config: Any) -> BackboneSpec:
    """The backbone of a configuration."""
    return next(spec for spec in poise.backbones.values() if spec.config is type(config))


def stride_of(pair: Pair) -> int:
    """The stride of the features that heads sit on."""
    return pair.stride or backbone_of(pair.backbone).output_stride(pair.backbone)


def stranger(pair: Pair) -> BackboneSpec:
    """A third-party plugin that builds the layers of a first-party one in plain Keras."""
    spec, stride = backbone_of(pair.backbone), stride_of(pair)
    config = attrs.make_class(f"Strangers{type(pair.backbone).__name__}", {}, frozen=True)
    return BackboneSpec(
        key=f"strangers_{spec.key}",
        config=config,
        build=lambda _, image: [{stride: x} for x in pair.by_hand(image)],
        max_stride=lambda _: spec.max_stride(pair.backbone),
        output_stride=lambda _: stride,
        stacks=lambda _: spec.stacks(pair.backbone),
    )


def use(more: Sequence[BackboneSpec]) -> None:
    """Register backbones besides the installed ones."""
    backbones, heads = [*poise.backbones.values(), *more], list(poise.heads.values())
    plugin = SimpleNamespace(
        __name__="installed and more",
        poise_backbones=hookimpl(lambda: backbones),
        poise_heads=hookimpl(lambda: heads),
    )
    registry.reset(Registry(plugins=[plugin]))


def by_hand(pair: Pair) -> keras.Model:
    """The model written by hand, without a registry."""
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
    heads = poise.SingleInstanceConfmapsHeadConfig(part_names=PARTS, output_stride=stride_of(pair))
    return poise.build(poise.ModelConfig(backbone=pair.backbone, heads=heads), IMAGE)


def same(first: keras.Model, second: keras.Model) -> None:
    """Exit unless the two networks have the same layers and weights."""
    shapes = [
        {layer.name: [tuple(weight.shape) for weight in layer.weights] for layer in model.layers}
        for model in (first, second)
    ]
    if shapes[0] != shapes[1]:
        sys.exit(f"not the same network: {set(shapes[0]) ^ set(shapes[1]) or 'shapes'}")


def seconds(make: Callable[[], keras.Model]) -> float:
    """CPU time of one build, after clearing Keras' state."""
    keras.backend.clear_session()
    gc.collect()
    # Building never waits, and CPU time leaves out other processes.
    began = time.process_time()
    make()
    return time.process_time() - began


def measure(runs: dict[str, Callable[[], keras.Model]], repeats: int) -> dict[str, Any]:
    """Times of one network, and their ratios.

    Args:
        runs: functions that build it: ``by_hand``, ``poise`` and, for some, ``stranger``.
        repeats: how often each of them runs.
    """
    model, *others = (make() for make in runs.values())
    for other in others:
        same(model, other)
    times: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(repeats):
        # The order rotates, so none always runs in the state that another one left.
        for name in sorted(runs, reverse=turn % 2 == 0):
            times[name].append(seconds(runs[name]))
    medians = {name: statistics.median(durations) for name, durations in times.items()}
    ratios = {"poise_to_by_hand": (medians["poise"] / medians["by_hand"], LIMIT)}
    if "stranger" in medians:
        ratios["stranger_to_by_hand"] = (medians["stranger"] / medians["by_hand"], LIMIT)
        ratios["stranger_to_poise"] = (medians["stranger"] / medians["poise"], STRANGER_LIMIT)
    return {
        "layers": len(model.layers),
        "parameters": model.count_params(),
        "milliseconds": {name: round(median * 1000, 1) for name, median in medians.items()},
        "ratios": {name: round(ratio, 3) for name, (ratio, _) in ratios.items()},
        "limits": {name: limit for name, (_, limit) in ratios.items()},
        "within_limit": all(ratio <= limit for ratio, limit in ratios.values()),
    }


def measured(keys: Sequence[str], repeats: int) -> dict[str, Any]:
    """Each backbone, by its key."""
    installed = set(poise.backbones)
    pairs = {key: PAIRS[key]() for key in PAIRS if key in installed}
    strangers = {key: stranger(pair) for key, pair in pairs.items()}
    spec = BackboneSpec(
        key="applications",
        config=ApplicationsConfig,
        build=lambda _, image: [{32: x} for x in applications(image)],
        max_stride=lambda _: 32,
        output_stride=lambda _: 32,
    )
    use([*strangers.values(), spec, *poise_tinyvgg.poise_backbones()])
    pairs |= {key: make() for key, make in THIRD_PARTY.items()}
    results = {}
    for key, pair in pairs.items():
        runs = {"by_hand": partial(by_hand, pair), "poise": partial(by_poise, pair)}
        if key in strangers:
            third_party = Pair(strangers[key].config(), pair.by_hand)
            runs["stranger"] = partial(by_poise, third_party)
        if not keys or key in keys:
            results[key] = measure(runs, repeats)
    return results


def main() -> int:
    """Measure, print JSON; 1 if a ratio is above its limit, unless the run is quick."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    parser.add_argument("--only", nargs="+", default=[], metavar="KEY", help="these backbones")
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
        "not_compared": sorted(set(poise.backbones) - set(PAIRS)),
        "backbones": measured(options.only, repeats),
    }
    text = json.dumps(results, indent=2)
    print(text)
    if options.output:
        options.output.write_text(text + "\n", encoding="utf-8")
    within = all(result["within_limit"] for result in results["backbones"].values())
    return 0 if within or options.quick else 1  # a few repeats only show that it runs


if __name__ == "__main__":
    sys.exit(main())
