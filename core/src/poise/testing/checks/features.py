"""Checks of the features that backbones and encoders build."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from poise.errors import BuildError, ConfigError
from poise.fields import is_power_of_two
from poise.messages import first_line, join_names
from poise.scalars import is_integer
from poise.specs import Features, Image
from poise.testing.check import NotApplicable, check, require
from poise.testing.measured_receptive_field import receptive_field
from poise.testing.subjects import BackboneSubject, EncoderSubject, FeatureSubject

STRIDES_KNOWN = ("it_is_found_by_its_key", "its_strides_are_powers_of_two_in_order")
BUILT = (
    *STRIDES_KNOWN,
    "it_builds_one_mapping_of_strides_for_each_stack",
    "it_offers_every_stride_up_to_max_stride",
)
MAPPED = (*BUILT, "features_have_the_strides_that_their_keys_say")


def misfits(stacks: list[Features], image: Image) -> list[str]:
    """A message for each of the features whose size is not the image's divided by their stride."""
    height, width, _ = image
    problems = []
    for features in stacks:
        for stride, tensor in sorted(features.items()):
            expected = [None if size is None else size / stride for size in (height, width)]
            cells = list(tensor.shape[1:3])
            if any(a is not None and a != b for a, b in zip(expected, cells, strict=True)):
                expected_cells = " × ".join(
                    "any" if size is None else f"{size:g}" for size in expected
                )
                problems.append(
                    f"stride {stride} must have {expected_cells} cells on an image of "
                    f"{height} × {width} pixels, got {cells[0]} × {cells[1]}"
                )
    return problems


@check(
    "backbone",
    scope="example",
    fix="return a list with one dict {stride: tensor} for each stack: strides as int, tensors "
    "(N, H/stride, W/stride, C), and the same strides in every stack",
    after=STRIDES_KNOWN,
)
def it_builds_one_mapping_of_strides_for_each_stack(subject: BackboneSubject) -> None:
    """Heads look their features up by stride, once for each stack."""
    stacks: Any = subject.features
    require(
        isinstance(stacks, list | tuple),
        f"build must return a list of dicts, got a {type(stacks).__name__}",
    )
    require(stacks, "build must return at least one stack, got an empty list")
    for features in stacks:
        require(
            isinstance(features, dict),
            f"each stack must be a dict, got a {type(features).__name__}",
        )
        require(features, "each stack must have features, got an empty dict")
        for stride, tensor in features.items():
            kind = type(stride).__name__
            require(kind == "int", f"each key must be an integer, got {stride!r}, a {kind}")
            _require_map(stride, tensor)
        strides, first = sorted(features), sorted(stacks[0])
        require(strides == first, f"every stack must have the strides {first}, got {strides}")


def _require_map(stride: int, tensor: Any) -> None:
    import keras

    kind = type(tensor).__name__
    named = f"features[{stride}]"
    require(keras.backend.is_keras_tensor(tensor), f"{named} must be a Keras tensor, got a {kind}")
    require(len(tensor.shape) == 4, f"{named} must have 4 axes, got the shape {tensor.shape}")


@check(
    "encoder",
    scope="example",
    fix="return one dict {stride: tensor (N, H/stride, W/stride, C)} with every power of two from "
    "the finest stride, usually 2 or 4, up to the spec's max_stride, as integers",
    after=("it_is_found_by_its_key",),
)
def it_offers_every_stride_up_to_max_stride(subject: EncoderSubject) -> None:
    """A decoder doubles the resolution at each step, and joins the encoder's features there.

    At strides finer than all of the encoder's, it has nothing to join.
    """
    coarsest: Any = subject.spec.max_stride
    good = is_power_of_two(coarsest) and coarsest > 1
    require(good, f"max_stride must be a power of two above 1, got {coarsest!r}")
    features: Any = subject.features[0]
    require(
        isinstance(features, dict), f"build must return a dict, got a {type(features).__name__}"
    )
    finest: Any = min((each for each in features if is_power_of_two(each) and each > 1), default=2)
    expected = [1 << n for n in range(finest.bit_length() - 1, coarsest.bit_length())]
    problem = f"strides must be {join_names(expected)}, got {join_names(features) or 'none'}"
    require(
        list(map(type, features)) == [int] * len(expected) and sorted(features) == expected, problem
    )
    for stride, tensor in features.items():
        _require_map(stride, tensor)


@check(
    "backbone",
    "encoder",
    scope="example",
    fix="multiply the strides of all layers on the way, and use padding='same'",
    after=BUILT,
)
def features_have_the_strides_that_their_keys_say(subject: FeatureSubject) -> None:
    """A head turns cells into pixels by the stride of its features.

    If features have another stride than their key, every keypoint is misplaced.
    """
    square, wide = subject.image(2, 2), subject.image(2, 4)
    wrong = misfits(subject.features, square)
    require(not wrong, join_names(wrong, 2))
    wrong = misfits(subject.build(wide)[1], wide)
    require(not wrong, join_names(wrong, 2))
    for stride, tensor in subject.features[0].items():
        require(
            tensor.shape[0] is None,
            f"stride {stride} must take any number of images, got {tensor.shape[0]}",
        )
        require(tensor.shape[3], f"stride {stride} must have channels, got {tensor.shape[3]}")


@check(
    "backbone",
    scope="example",
    fix="let output_stride(config) be the stride of the finest features that build returns",
    after=MAPPED,
)
def its_finest_features_have_its_output_stride(subject: BackboneSubject) -> None:
    """The output stride decides, before anything is built, which heads can be attached."""
    promised, finest = subject.spec.output_stride(subject.config), min(subject.features[0])
    problem = f"output_stride(config) must be {finest}, the finest stride, got {promised}"
    require(promised == finest, problem)


@check(
    "backbone",
    "encoder",
    scope="example",
    fix="set max_stride to the product of all strides on the way down, including the stem",
    after=MAPPED,
)
def image_sizes_are_multiples_of_max_stride_and_of_nothing_more(subject: FeatureSubject) -> None:
    """Poise rejects or pads image sizes by this number.

    If it is too small, skip connections do not match; if it is too large, Poise rejects valid
    images.
    """
    multiple = subject.max_stride
    for rows, columns in ((1, 3), (3, 1)):
        image = subject.image(rows, columns)
        problem = _misfit(subject, image)
        require(not problem, f"max_stride is {multiple}, but {problem}")
    if multiple > 1:
        height, width, channels = subject.image(1, 3)
        image = (height + multiple // 2, width + multiple // 2, channels)
        require(
            _misfit(subject, image),
            f"max_stride is {multiple}, but multiples of {multiple // 2} work too",
        )


def _misfit(subject: FeatureSubject, image: Image) -> str:
    try:
        return join_names(misfits(subject.build(image)[1], image), 1)
    except Exception as error:  # noqa: BLE001  # Keras has many ways to refuse a shape
        return f"an image of {image[0]} × {image[1]} pixels cannot be built: {first_line(error)}"


@check(
    "backbone",
    "encoder",
    scope="example",
    fix="set minimum_size to the smallest height and width for which no layer's output is empty; "
    "1 if every size works",
    after=(*MAPPED, "image_sizes_are_multiples_of_max_stride_and_of_nothing_more"),
)
def its_minimum_size_is_the_smallest_that_can_be_built(subject: FeatureSubject) -> None:
    """Poise rejects smaller images before anything is built, and names the smallest size."""
    multiple: int = subject.max_stride
    minimum: Any = subject.minimum_size
    require(
        is_integer(minimum) and minimum > 0,
        f"minimum_size must be an integer ≥ 1, got {minimum!r}",
    )
    smallest = -(-minimum // multiple) * multiple
    failure = _misfit(subject, (smallest, smallest, 1))
    require(not failure, f"minimum_size is {minimum}, but {failure}")
    if smallest > multiple:
        less = smallest - multiple
        problem = f"minimum_size is {minimum}, but {less} pixels are enough"
        require(_misfit(subject, (less, less, 1)), problem)


@check(
    "backbone",
    scope="example",
    fix="give the spec at_stride(config, stride): a configuration of the same network whose finest "
    "features and output_stride are that stride; raise ConfigError if the configuration rules "
    "it out",
    after=(*MAPPED, "its_finest_features_have_its_output_stride"),
)
def it_can_be_built_for_every_stride_that_a_head_may_need(subject: BackboneSubject) -> None:
    """The backbone is built for the finest stride that its heads ask for.

    No decoder step is then superfluous or missing. Poise notes a changed stride by
    `output_stride`.
    """
    spec, config = subject.spec, subject.config
    stride, coarsest = spec.output_stride(config), spec.max_stride(config)
    while stride <= coarsest:
        try:
            adapted = spec.at_stride(config, stride)
        except ConfigError:
            adapted = None  # rejected by name, before anything is built
        if adapted is not None:
            # An unchanged configuration is built already.
            same = adapted == config
            at = subject if same else subject.with_config(subject.label, adapted)
            offered = sorted(at.features[0])
            require(
                stride in offered,
                f"at_stride(config, {stride}) must offer {stride}, got {join_names(offered)}",
            )
            stated = spec.output_stride(adapted)
            which = f"output_stride(at_stride(config, {stride}))"
            require(stated == offered[0], f"{which} must be {offered[0]}, got {stated}")
        stride *= 2


@check(
    "backbone",
    "encoder",
    scope="example",
    fix="take the number of channels from the image's last axis; if published weights rule out "
    "more than 3, raise a BuildError that says 'got 5' or '5 channels' for an image with 5",
    after=MAPPED,
)
def it_takes_images_of_any_number_of_channels(subject: FeatureSubject) -> None:
    """Videos are gray, in color, or have more channels; the configuration does not say which.

    Weights that were trained on color images may rule out more than 3 by a BuildError.
    """
    for channels in (3, 5):  # all other checks use 1
        image = subject.image(2, 2, channels)
        try:
            features = subject.build(image)[1]
        except BuildError as error:
            number = re.search(rf"\b(?:got|found) {channels}\b|\b{channels} channels\b", str(error))
            require(
                channels > 3 and number, f"with {channels} channels, it raised BuildError: {error}"
            )
            continue
        wrong = misfits(features, image)
        require(not wrong, f"with {channels} channels, {join_names(wrong, 1)}")


@check(
    "backbone",
    "encoder",
    scope="example",
    fix="do not compute with image.shape[1:3] in Python, because it may be None, and do not "
    "compare keras.ops.shape(x) there, because it may be a tensor; use layers",
    after=(*MAPPED, "layer_names_are_unique"),
)
def one_model_takes_images_of_any_size(subject: FeatureSubject) -> None:
    """A model that is built once can be trained on crops and run on whole frames."""
    model = subject.fresh((None, None, 1))
    # As users call it. On TensorFlow sizes are tensors from the second size on.
    model.compile(jit_compile=False)
    for rows, columns in ((2, 4), (4, 2)):
        image = subject.image(rows, columns)
        outputs = model.predict_on_batch(np.zeros((1, *image), np.float32))
        features = {int(name.rpartition("stride")[2]): array for name, array in outputs.items()}
        wrong = misfits([features], image)
        require(
            not wrong, f"built for {(None, None, 1)} and run on {image}, {join_names(wrong, 1)}"
        )


@check(
    "backbone",
    scope="example",
    fix="return 1 from receptive_field(config), plus (kernel - 1) · dilation · stride so far for "
    "each layer on the way down; or leave it out",
    after=(*MAPPED, "layer_names_are_unique"),
)
def its_receptive_field_is_as_large_as_it_says(subject: BackboneSubject) -> None:
    """Users choose the depth for the size of their animals by this number."""
    if subject.spec.receptive_field is None:
        raise NotApplicable("it does not state its receptive field")
    stated: Any = subject.spec.receptive_field(subject.config)
    require(
        is_integer(stated) and stated > 0,
        f"receptive_field(config) must be an integer ≥ 1, got {stated!r}",
    )
    multiple = subject.max_stride
    # An odd number of cells: the middle one is as far from both ends as it should see.
    rows = 2 * -(-stated // multiple) + 1
    images, stacks = subject.build(subject.image(rows, 1))
    measured = receptive_field(images, stacks[0][multiple])
    problem = f"receptive_field(config) must be {measured} pixels, as measured, got {stated}"
    require(measured == stated, problem)
