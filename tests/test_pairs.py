"""Every installed backbone with every installed head type, from building to loading.

The pairs come from the registry, so an installed plugin joins by itself. The tests use the first
example of each spec, by convention the smallest.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise
from poise.building.record import record_of
from poise.testing.checks.outputs import with_stride
from poise.testing.standins import CLASSES, SKELETON

pytestmark = pytest.mark.usefixtures("keras")

BACKBONES, HEADS = list(poise.backbones), list(poise.heads)
STARTS = 5
"""How many random starts may leave a weight as it was before it counts as stuck: in networks
as narrow as these, all relus of a block may be off on every cell."""

every_backbone = pytest.mark.parametrize("backbone", BACKBONES)
every_head = pytest.mark.parametrize("head", HEADS)


def first_example(spec: Any) -> Any:
    return next(iter(spec.examples.values()))


def stacked_example(spec: Any) -> Any:
    """The first example with several stacks; skips a backbone without one."""
    for example in spec.examples.values():
        if getattr(example, "stacks", 1) > 1:
            return example
    return pytest.skip(f"{spec.key} has no stacks")


def built(
    backbone: str, section: Any, head: str, *, auto_pad: bool = False
) -> tuple[Any, poise.ModelConfig]:
    """A model for images that are not square and, with ``auto_pad``, not a multiple of a stride."""
    spec = poise.backbones[backbone]
    heads = with_stride(first_example(poise.heads[head]), spec.output_stride(section))
    config = poise.ModelConfig(backbone=section, heads=heads)
    multiple = spec.max_stride(section)
    minimum = spec.minimum_size(section) if spec.minimum_size else 1
    rows = max(2, -(-minimum // multiple))
    height, width = rows * multiple, (rows + 1) * multiple
    image = (height - 1, width - 1, 1) if auto_pad else (height, width, 1)
    return poise.build(config, image, SKELETON, CLASSES, auto_pad=auto_pad), config


def arrays(weights: Any) -> list[Any]:
    import keras

    return [np.array(keras.ops.convert_to_numpy(weight)) for weight in weights]


def batch_for(model: Any, seed: int) -> tuple[Any, dict[str, Any]]:
    generator = np.random.default_rng(seed)
    images = generator.random((2, *model.input_shape[1:]), np.float32)
    targets = {
        name: generator.random((2, *tensor.shape[1:]), np.float32)
        for name, tensor in model.output.items()
    }
    return images, targets


def losses_of(model: Any) -> dict[str, str]:
    """The loss of each output, whichever stack it belongs to."""
    record = record_of(model)
    assert record is not None
    of = {output.name: output.loss for output in record.resolution.outputs}
    return {name: of.get(name) or of[name.rpartition("_")[0]] for name in model.output}


def assert_learns(model: Any) -> None:
    """One step of gradient descent moves every trainable weight by something finite."""
    import keras

    # With a rate of 1 the step is the gradient itself.
    model.compile(keras.optimizers.SGD(1.0), loss=losses_of(model), run_eagerly=True)
    trainable = {weight.path for weight in model.trainable_weights}
    assert trainable
    moved: set[str] = set()
    for seed in range(STARTS):
        draw_anew(model, seed)
        start = arrays(model.weights)
        model.train_on_batch(*batch_for(model, seed))
        for weight, old, new in zip(model.weights, start, arrays(model.weights), strict=True):
            assert np.isfinite(new).all(), weight.path
            if (old != new).any():
                moved.add(weight.path)
        if moved >= trainable:
            return
    assert moved >= trainable, f"no gradient reaches {sorted(trainable - moved)}"


def draw_anew(model: Any, seed: int) -> None:
    """Random kernels that keep features at the scale of the image's values.

    With Keras' initial weights they shrink from layer to layer until rounding hides a step.
    """
    generator = np.random.default_rng(seed)
    for weight in model.trainable_weights:
        if len(weight.shape) > 1:
            spread = np.sqrt(6 / np.prod(weight.shape[:-1]))
            weight.assign(generator.uniform(-spread, spread, weight.shape))
        elif weight.name == "bias":
            weight.assign(np.zeros(weight.shape))


def assert_comes_back(model: Any, config: poise.ModelConfig, folder: Path) -> Any:
    """Saved and loaded, the model predicts the same numbers."""
    poise.save(model, folder, config)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loaded = poise.load(folder)
    images, _ = batch_for(model, seed=0)
    before, after = model(images, training=False), loaded(images, training=False)
    assert list(before) == list(after)
    for name in before:
        expected, actual = arrays([before[name], after[name]])
        assert np.isfinite(expected).all(), name
        np.testing.assert_array_equal(actual, expected, err_msg=name)
    return loaded


@pytest.mark.parametrize("auto_pad", [False, True], ids=["exact", "auto_pad"])
@every_head
@every_backbone
def test_every_pair_builds_learns_and_comes_back(
    backbone: str, head: str, auto_pad: bool, tmp_path: Path
) -> None:
    section = first_example(poise.backbones[backbone])
    model, config = built(backbone, section, head, auto_pad=auto_pad)
    record = record_of(model)
    assert record is not None
    height, width = record.image[:2]
    for output in record.resolution.outputs:
        cells = [-(-size // output.stride) for size in (height, width) if size is not None]
        expected = (None, *cells, output.channels) if output.spatial else (None, output.channels)
        assert tuple(model.output[output.name].shape) == expected
    assert_learns(model)
    assert_comes_back(model, config, tmp_path / "model")


@every_backbone
def test_every_stack_learns_and_the_last_one_can_be_taken(backbone: str, tmp_path: Path) -> None:
    section = stacked_example(poise.backbones[backbone])
    # The head type with the most outputs has the most to mix up.
    head = max(HEADS, key=lambda key: len(outputs_of(key)))
    model, config = built(backbone, section, head)
    names = outputs_of(head)
    assert set(model.output) == {f"{name}_{i}" for name in names for i in range(section.stacks)}
    assert_learns(model)
    loaded = assert_comes_back(model, config, tmp_path / "model")
    images, _ = batch_for(model, seed=0)
    whole = model(images, training=False)
    last = poise.last_stack(loaded)(images, training=False)
    assert set(last) == set(names)
    for name in names:
        actual, expected = arrays([last[name], whole[f"{name}_{section.stacks - 1}"]])
        np.testing.assert_array_equal(actual, expected, err_msg=name)


def outputs_of(head: str) -> list[str]:
    spec = poise.heads[head]
    return [output.name for output in spec.outputs(first_example(spec), SKELETON, CLASSES)]


@every_backbone
def test_the_first_example_is_no_larger_than_the_default(backbone: str) -> None:
    spec = poise.backbones[backbone]
    example, default = first_example(spec), spec.config()
    for name in ("filters", "stacks", "max_stride"):
        assert getattr(example, name, 0) <= getattr(default, name, 0), name


# The other backbones take their layers from a library, which makes its own network once.
@pytest.mark.backends
@pytest.mark.parametrize("backbone", ["hourglass", "leap", "pretrained_encoder", "resnet", "unet"])
def test_no_first_weight_is_drawn_by_the_backend(
    keras: Any, backbone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[tuple[int, ...]] = []
    call = keras.initializers.VarianceScaling.__call__

    def noted(self: Any, shape: Any, dtype: Any = None) -> Any:
        drawn.append(tuple(shape))
        return call(self, shape, dtype)

    monkeypatch.setattr(keras.initializers.VarianceScaling, "__call__", noted)
    keras.layers.Dense(3)(keras.Input((2,)))
    assert drawn == [(2, 3)], "what Keras draws by itself is not seen"
    built(backbone, first_example(poise.backbones[backbone]), "multi_class_topdown")
    assert drawn == [(2, 3)]
