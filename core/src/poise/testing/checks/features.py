"""What backbones and encoders promise of the features that they build."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from poise.errors import BuildError, ConfigError
from poise.fields import is_power_of_two
from poise.messages import first_line, listed
from poise.specs import Features, Image
from poise.testing.check import NotApplicable, check, require
from poise.testing.measured_receptive_field import receptive_field
from poise.testing.running_models import run
from poise.testing.subjects import BackboneSubject, EncoderSubject, FeatureSubject

STRIDES_KNOWN = ("it_is_found_by_its_key", "its_strides_are_powers_of_two_in_order")
BUILT = (
    *STRIDES_KNOWN,
    "it_builds_one_mapping_of_strides_for_each_stack",
    "it_offers_every_stride_from_2_to_max_stride",
)
MAPPED = (*BUILT, "features_have_the_strides_that_their_keys_say")


def misfits(stacks: list[Features], image: Image) -> list[str]:
    """Features whose size is not the image's divided by their stride, in words."""
    height, width, _ = image
    found = []
    for features in stacks:
        for stride, tensor in sorted(features.items()):
            due = [None if size is None else size / stride for size in (height, width)]
            cells = list(tensor.shape[1:3])
            if any(a is not None and a != b for a, b in zip(due, cells, strict=True)):
                wanted = " × ".join("any" if size is None else f"{size:g}" for size in due)
                found.append(
                    f"stride {stride} has {cells[0]} × {cells[1]} cells, {wanted} are due "
                    f"on an image of {height} × {width} pixels"
                )
    return found


@check(
    "backbone",
    scope="example",
    fix="return a list with one dict {stride: tensor} for each stack, strides as int, tensors "
    "(N, H/stride, W/stride, C), and the same strides for every stack",
    after=STRIDES_KNOWN,
)
def it_builds_one_mapping_of_strides_for_each_stack(subject: BackboneSubject) -> None:
    """Heads find their features in these mappings by stride, once for each stack."""
    import keras

    stacks: Any = subject.features
    require(isinstance(stacks, list | tuple), f"build returned a {type(stacks).__name__}")
    require(stacks, "build returned an empty list")
    for features in stacks:
        require(isinstance(features, dict), f"a stack is a {type(features).__name__}")
        require(features, "a stack has no features")
        for stride, tensor in features.items():
            require(type(stride) is int, f"the key {stride!r} is a {type(stride).__name__}")
            kind = type(tensor).__name__
            require(keras.backend.is_keras_tensor(tensor), f"features[{stride}] is a {kind}")
            require(len(tensor.shape) == 4, f"features[{stride}] has the shape {tensor.shape}")
        strides, first = sorted(features), sorted(stacks[0])
        require(strides == first, f"stacks with the strides {first} and {strides}")


@check(
    "encoder",
    scope="example",
    fix="return one dict {stride: tensor (N, H/stride, W/stride, C)} with the strides 2, 4, 8, … "
    "up to the spec's max_stride, as int",
    after=("it_is_found_by_its_key",),
)
def it_offers_every_stride_from_2_to_max_stride(subject: EncoderSubject) -> None:
    """A decoder doubles the resolution step by step, and joins what the encoder had there."""
    import keras

    coarsest: Any = subject.spec.max_stride
    good = is_power_of_two(coarsest) and coarsest > 1
    require(good, f"max_stride is {coarsest!r}, a power of two above 1 is due")
    features: Any = subject.features[0]
    require(isinstance(features, dict), f"build returned a {type(features).__name__}")
    due = [1 << n for n in range(1, coarsest.bit_length())]
    found = f"strides {listed(features) or 'none'}, {listed(due)} are due"
    require(list(map(type, features)) == [int] * len(due) and sorted(features) == due, found)
    for stride, tensor in features.items():
        kind = type(tensor).__name__
        require(keras.backend.is_keras_tensor(tensor), f"features[{stride}] is a {kind}")
        require(len(tensor.shape) == 4, f"features[{stride}] has the shape {tensor.shape}")


@check(
    "backbone",
    "encoder",
    scope="example",
    fix="multiply the stride by that of each layer that you pass, and use padding='same'",
    after=BUILT,
)
def features_have_the_strides_that_their_keys_say(subject: FeatureSubject) -> None:
    """A head turns cells into pixels by the stride of its features.

    Features of another stride than their key says put every keypoint in a wrong place.
    """
    square, wide = subject.image(2, 2), subject.image(2, 4)
    wrong = misfits(subject.features, square)
    require(not wrong, listed(wrong, 2))
    wrong = misfits(subject.build(wide)[1], wide)
    require(not wrong, listed(wrong, 2))
    for stride, tensor in subject.features[0].items():
        require(tensor.shape[0] is None, f"stride {stride} takes only {tensor.shape[0]} images")
        require(tensor.shape[3], f"stride {stride} has {tensor.shape[3]} channels")


@check(
    "backbone",
    scope="example",
    fix="let output_stride(config) be the stride of the finest features that build returns",
    after=MAPPED,
)
def its_finest_features_have_its_output_stride(subject: BackboneSubject) -> None:
    """The output stride decides which heads fit before anything is built."""
    promised, finest = subject.spec.output_stride(subject.config), min(subject.features[0])
    require(promised == finest, f"output_stride(config) is {promised}, the finest are {finest}")


@check(
    "backbone",
    "encoder",
    scope="example",
    fix="let max_stride be the product of all strides on the way down, stem included",
    after=MAPPED,
)
def image_sizes_are_multiples_of_max_stride_and_of_nothing_more(subject: FeatureSubject) -> None:
    """Image sizes are refused or padded by this number.

    Too small, and skip connections do not meet; too large, and images that would do are
    refused.
    """
    multiple = subject.max_stride
    for rows, columns in ((1, 3), (3, 1)):
        image = subject.image(rows, columns)
        found = _what_does_not_fit(subject, image)
        require(not found, f"max_stride is {multiple}, but {found}")
    if multiple > 1:
        height, width, channels = subject.image(1, 3)
        image = (height + multiple // 2, width + multiple // 2, channels)
        require(
            _what_does_not_fit(subject, image),
            f"max_stride is {multiple}, but multiples of {multiple // 2} do as well",
        )


def _what_does_not_fit(subject: FeatureSubject, image: Image) -> str:
    try:
        return listed(misfits(subject.build(image)[1], image), 1)
    except Exception as error:  # noqa: BLE001  # Keras has many ways to refuse a shape
        return f"an image of {image[0]} × {image[1]} pixels cannot be built: {first_line(error)}"


@check(
    "backbone",
    "encoder",
    scope="example",
    fix="let minimum_size be the smallest height and width that every layer leaves something of, "
    "1 where any size will do",
    after=(*MAPPED, "image_sizes_are_multiples_of_max_stride_and_of_nothing_more"),
)
def its_minimum_size_is_the_smallest_that_can_be_built(subject: FeatureSubject) -> None:
    """Smaller images are refused before anything is built, with the size that would do."""
    multiple: int = subject.max_stride
    minimum: Any = subject.minimum_size
    require(type(minimum) is int and minimum > 0, f"minimum_size is {minimum!r}")
    smallest = -(-minimum // multiple) * multiple
    failure = _what_does_not_fit(subject, (smallest, smallest, 1))
    require(not failure, f"minimum_size is {minimum}, but {failure}")
    if smallest > multiple:
        less = smallest - multiple
        found = f"minimum_size is {minimum}, but {less} pixels do as well"
        require(_what_does_not_fit(subject, (less, less, 1)), found)


@check(
    "backbone",
    scope="example",
    fix="give the spec at_stride(config, stride): the same network, whose finest features have "
    "that stride, as output_stride says of it then; it may raise ConfigError where the "
    "configuration rules it out",
    after=(*MAPPED, "its_finest_features_have_its_output_stride"),
)
def it_can_be_built_for_every_stride_that_a_head_may_need(subject: BackboneSubject) -> None:
    """The backbone is built for the finest stride that its heads ask for.

    So no decoder step is computed for nothing, and none is missing. The user is told of another
    stride than the configuration's if `output_stride` follows it.
    """
    spec, config = subject.spec, subject.config
    stride, coarsest = spec.output_stride(config), spec.max_stride(config)
    while stride <= coarsest:
        try:
            adapted = spec.at_stride(config, stride)
        except ConfigError:
            adapted = None  # refused by name, before anything is built: as it should be
        if adapted is not None:
            # What need not be adapted is there.
            same = adapted == config
            at = subject if same else subject.with_config(subject.label, adapted)
            offered = sorted(at.features[0])
            require(stride in offered, f"at_stride(config, {stride}) offers {listed(offered)}")
            said = spec.output_stride(adapted)
            found = f"output_stride(at_stride(config, {stride})) is {said}"
            require(said == offered[0], f"{found}, the finest are {offered[0]}")
        stride *= 2


@check(
    "backbone",
    "encoder",
    scope="example",
    fix="take the number of channels from the image's last axis; where published weights rule "
    "more than 3 out, raise BuildError that says 'got 5' or '5 channels' of an image with 5",
    after=MAPPED,
)
def it_takes_images_of_any_number_of_channels(subject: FeatureSubject) -> None:
    """Videos are gray, in colour, or have more; the configuration does not say which.

    Weights that were trained in colour may rule out more than 3, by a BuildError with the number.
    """
    for channels in (3, 5):  # one is what all other checks take
        image = subject.image(2, 2, channels)
        try:
            features = subject.build(image)[1]
        except BuildError as error:
            number = re.search(rf"\bgot {channels}\b|\b{channels} channels\b", str(error))
            require(
                channels > 3 and number, f"with {channels} channels, it raised BuildError: {error}"
            )
            continue
        wrong = misfits(features, image)
        require(not wrong, f"with {channels} channels, {listed(wrong, 1)}")


@check(
    "backbone",
    "encoder",
    scope="example",
    fix="compute no Python numbers from image.shape[1:3], which may be None; let layers do it",
    after=(*MAPPED, "layer_names_are_unique"),
)
def one_model_takes_images_of_any_size(subject: FeatureSubject) -> None:
    """Trained on crops, run on whole frames: a model is built once, with its sizes open."""
    model = subject.fresh((None, None, 1))
    for rows, columns in ((2, 4), (4, 2)):
        image = subject.image(rows, columns)
        outputs = run(model, [np.zeros((1, *image), np.float32)])
        features = {int(name.rpartition("stride")[2]): one for name, one in outputs.items()}
        wrong = misfits([features], image)
        require(not wrong, f"built for {(None, None, 1)} and run on {image}, {listed(wrong, 1)}")


@check(
    "backbone",
    scope="example",
    fix="let receptive_field(config) be 1, and for each layer on the way down (kernel - 1) · "
    "dilation · stride so far more; or leave it out",
    after=(*MAPPED, "layer_names_are_unique"),
)
def its_receptive_field_is_as_large_as_it_says(subject: BackboneSubject) -> None:
    """Whoever chooses a depth for animals of some size chooses it by this number."""
    if subject.spec.receptive_field is None:
        raise NotApplicable("it does not say how large its receptive field is")
    said: Any = subject.spec.receptive_field(subject.config)
    require(type(said) is int and said > 0, f"receptive_field(config) is {said!r}")
    multiple = subject.max_stride
    # An odd number of cells, the middle one as far from both ends as it should see.
    rows = 2 * -(-said // multiple) + 1
    images, stacks = subject.build(subject.image(rows, 1))
    found = receptive_field(images, stacks[0][multiple])
    require(found == said, f"receptive_field(config) is {said}, measured are {found} pixels")
