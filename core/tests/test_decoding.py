"""poise.decode: predictions of a stack, options and an edition meet a head type's decoder."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pytest

import poise
from poise import (
    BackboneSpec,
    DecodeError,
    DecodeWarning,
    HeadSpec,
    Instances,
    Missing,
    ModelConfig,
    Output,
    PluginError,
)
from poise.building.record import BuildRecord, keep_record
from poise.building.resolving import Resolution
from poise.editions import current
from poise.instances import gathered
from poise.job.sections import JobRecord, PreprocessingConfig


@attrs.frozen(kw_only=True)
class DotConfig:
    """A head that finds one point, which it is told."""


def dots(config: Any, predictions: Mapping[str, Any], *, shift: float = 0.0) -> Instances:
    """The value of the first cell is x and y of the one part of the one animal."""
    x = predictions["dots"][:, 0, 0, :1] + shift
    points = np.concatenate([x, x], axis=-1)[:, None].astype(np.float32)
    count = len(points)
    names = (current(), *sorted(predictions))
    return gathered(
        points.repeat(len(names), axis=1),
        np.ones((count, len(names))),
        np.ones(count),
        np.arange(count),
        images=count,
        parts=names,
    )


def resolution(decode: Any = dots, edition: str = "2026") -> Resolution:
    outputs = (
        Output(name="dots", layer_name="Dots", stride=2, channels=1, build=lambda x, suffix: x),
        Output(
            name="kinds", layer_name="Kinds", stride=2, channels=3, build=lambda x, suffix: x,
            spatial=False,
        ),
    )  # fmt: skip
    head = HeadSpec(key="dot", config=DotConfig, outputs=lambda *_: outputs, decode=decode)
    backbone = BackboneSpec(
        key="none", config=DotConfig, build=lambda *_: [], max_stride=lambda config: 2
    )
    return Resolution(
        config=ModelConfig(edition=edition),
        backbone=backbone,
        head=head,
        outputs=outputs,
        max_stride=2,
        stacks=1,
        encoders=(),
        notes=(),
    )


def predictions(suffix: str = "", value: float = 7.0, images: int = 2) -> dict[str, Any]:
    return {
        f"dots{suffix}": np.full((images, 4, 4, 1), value),
        f"kinds{suffix}": np.zeros((images, 3)),
    }


def test_predictions_and_options_reach_the_decoder_in_the_configurations_edition() -> None:
    decoded = poise.decode(resolution(edition="sleap-1.4"), predictions(), shift=1.0)
    assert decoded.points[:, 0, 0].tolist() == [[8, 8], [8, 8]]
    assert decoded.parts == ("sleap-1.4", "dots", "kinds")
    assert current() == "2026"


def test_the_last_stack_is_decoded_unless_another_is_asked_for() -> None:
    stacks = {
        name: array
        for index in range(12)
        for name, array in predictions(f"_{index}", index).items()
    }
    assert poise.decode(resolution(), stacks).points[0, 0, 0, 0] == 11
    assert poise.decode(resolution(), stacks, stack=2).points[0, 0, 0, 0] == 2
    with pytest.raises(DecodeError, match="no stack 12 of 'dots'"):
        poise.decode(resolution(), stacks, stack=12)


def test_points_are_given_in_pixels_of_the_image_before_it_was_resized() -> None:
    decoded = poise.decode(resolution(), predictions(), input_scaling=0.25)
    assert decoded.points[0, 0, 0].tolist() == [29.5, 29.5]
    sleap = poise.decode(resolution(edition="sleap-1.4"), predictions(), input_scaling=0.25)
    assert sleap.points[0, 0, 0].tolist() == [28.5, 28.5]


def test_decoders_read_tensors_of_tensorflow_in_their_own_memory(keras: Any) -> None:
    if keras.backend.backend() != "tensorflow":
        pytest.skip("on other backends a decoder gets their own tensors")
    tensors = {name: keras.ops.convert_to_tensor(array) for name, array in predictions().items()}
    received: dict[str, Any] = {}

    def decode(config: Any, predictions: Mapping[str, Any]) -> Instances:
        received.update(predictions)
        return dots(config, predictions)

    poise.decode(resolution(decode), tensors)
    for name, tensor in tensors.items():
        assert np.shares_memory(received[name], np.asarray(memoryview(tensor))), name


@pytest.mark.parametrize("dtype", [">f4", ">f8", "longdouble", ">i2", object])
def test_predictions_of_any_type_and_byte_order_reach_the_decoder(dtype: Any) -> None:
    given = {name: array.astype(dtype) for name, array in predictions().items()}

    decoded = poise.decode(resolution(), given)

    np.testing.assert_array_equal(decoded.points, poise.decode(resolution(), predictions()).points)


def test_predictions_that_are_no_numbers_are_refused() -> None:
    given = predictions() | {"kinds": np.full((2, 3), "a", object)}

    with pytest.raises(DecodeError, match=r"must be an array of numbers, got object @ predictions"):
        poise.decode(resolution(), given)


def test_the_scaling_is_that_of_the_model_unless_another_is_named() -> None:
    job = JobRecord(preprocessing=PreprocessingConfig(input_scaling=0.5))
    model = SimpleNamespace()
    about = BuildRecord(
        config=resolution().config, resolution=resolution(), image=(8, 8, 1), job=job
    )
    keep_record(model, about)

    assert poise.decode(model, predictions()).points[0, 0, 0].tolist() == [14.5, 14.5]
    assert poise.decode(model, predictions(), input_scaling=1).points[0, 0, 0].tolist() == [7, 7]
    keep_record(model, attrs.evolve(about, job=JobRecord()))
    assert poise.decode(model, predictions()).points[0, 0, 0].tolist() == [7, 7]


@pytest.mark.parametrize(
    ("scaling", "documented"),
    [
        ((0.5, 0.25), [[14.5, 29.5], [14.5, 29.5]]),
        (np.array([[0.5], [0.25]]), [[14.5, 14.5], [29.5, 29.5]]),
        ([[0.5, 1], [1, 0.25]], [[14.5, 7], [7, 29.5]]),
        (np.float32(0.25), [[29.5, 29.5], [29.5, 29.5]]),
    ],
)
def test_axes_and_images_may_have_scalings_of_their_own(scaling: Any, documented: Any) -> None:
    decoded = poise.decode(resolution(), predictions(), input_scaling=scaling)
    assert decoded.points[:, 0, 0].tolist() == documented

    sleap = poise.decode(resolution(edition="sleap-1.4"), predictions(), input_scaling=scaling)
    factors = np.broadcast_to(scaling, (2, 2))
    assert sleap.points[:, 0, 0].tolist() == (7 / factors + 0.5 * (factors != 1)).tolist()


@pytest.mark.parametrize(
    ("scaling", "what"),
    [
        (np.ones(3), "must be a number, x and y (2,), or a row for each image (2, 1) or (2, 2), "
         "got the shape (3,) @ input_scaling"),
        (np.ones((3, 2)), "got the shape (3, 2) @ input_scaling"),
        ([[0.5], [0]], "must be a number > 0, got [[0.5], [0]] @ input_scaling"),
        (float("nan"), "must be a number > 0, got nan @ input_scaling"),
        (True, "must be a number > 0, got True @ input_scaling"),
        ("half", "must be a number > 0, got 'half' @ input_scaling"),
        ([1, [2, 3]], "must be a number > 0, got [1, [2, 3]] @ input_scaling"),
    ],
)  # fmt: skip
def test_a_scaling_that_fits_no_image_is_refused(scaling: Any, what: str) -> None:
    with pytest.raises(DecodeError) as error:
        poise.decode(resolution(), predictions(), input_scaling=scaling)
    assert what in str(error.value)


def crops_of(config: Any, predictions: Mapping[str, Any], *, images: Any) -> Instances:
    """One animal per crop, in the image that it was cut from."""
    count = len(images)
    points = np.full((count, 1, 2), 8, dtype=np.float32)
    ones = np.ones((count, 1))
    return gathered(points, ones, ones[:, 0], np.array(images), images=2, parts=["a"])


def test_every_image_of_crops_may_have_a_scaling_of_its_own() -> None:
    cut = resolution(crops_of)
    cut = attrs.evolve(cut, head=attrs.evolve(cut.head, stage="crop"))
    crops = {name: np.concatenate([array, array[:1]]) for name, array in predictions().items()}

    decoded = poise.decode(cut, crops, images=[0, 0, 1], input_scaling=[[0.5, 0.5], [0.25, 1]])

    assert decoded.points[0, :, 0].tolist() == [[16.5, 16.5], [16.5, 16.5]]
    assert decoded.points[1, 0, 0].tolist() == [33.5, 8]
    with pytest.raises(DecodeError, match=r"\(2, 1\) or \(2, 2\), got the shape \(3, 2\)"):
        poise.decode(cut, crops, images=[0, 0, 1], input_scaling=np.ones((3, 2)))


@pytest.mark.backends
@pytest.mark.usefixtures("keras")
def test_a_scaling_may_be_a_tensor() -> None:
    from keras import ops

    for factor in (ops.convert_to_tensor(0.5), ops.convert_to_tensor([0.5, 0.5])):
        decoded = poise.decode(resolution(), predictions(), input_scaling=factor)
        assert decoded.points[0, 0, 0].tolist() == [14.5, 14.5]


@pytest.mark.parametrize("threshold", [(0.2, 0.3), np.array([0.2, 0.3]), "low", None])
def test_a_threshold_of_a_plugin_may_be_anything(threshold: Any) -> None:
    def none_found(config: Any, predictions: Any, *, threshold: Any = 0.2) -> Instances:
        nothing = np.zeros((0, 1, 2), dtype=np.float32)
        image = np.zeros(0, int)
        return gathered(nothing, nothing[..., 0], nothing[:, 0, 0], image, images=2, parts=["a"])

    with pytest.warns(DecodeWarning, match="no animals in any of 2 images"):
        decoded = poise.decode(resolution(none_found), predictions(), threshold=threshold)

    assert [(reason.image, reason.option) for reason in decoded.missing] == [(0, None), (1, None)]


def test_all_faults_come_at_once() -> None:
    given = {"dots": np.zeros((2, 4, 4, 5))}
    with pytest.raises(DecodeError) as error:
        poise.decode(resolution(), given, shfit=1.0, input_scaling=0)
    lines = str(error.value).splitlines()
    assert lines[0] == "predictions cannot be decoded:"
    assert [line.strip() for line in lines[1:]] == [
        "must have the shape (N, H, W, 1), got (2, 4, 4, 5) @ predictions['dots']",
        "no output 'kinds'; predicted: dots @ predictions",
        "head type 'dot' has no such option; did you mean 'shift'? @ shfit",
        "must be a number > 0, got 0 @ input_scaling",
    ]


def test_outputs_of_different_batches_are_refused() -> None:
    given = predictions() | {"kinds": np.zeros((3, 3))}
    with pytest.raises(DecodeError, match="same batch size, got dots 2, kinds 3"):
        poise.decode(resolution(), given)


def test_predictions_without_names_are_refused() -> None:
    with pytest.raises(DecodeError, match="dict of outputs by name, got ndarray"):
        poise.decode(resolution(), np.zeros((2, 4, 4, 1)))  # type: ignore[arg-type]


def test_a_model_that_poise_did_not_build_is_refused() -> None:
    with pytest.raises(DecodeError, match=r"poise\.build or poise\.load.*got object"):
        poise.decode(object(), predictions())


def test_a_head_type_without_a_decoder_is_named() -> None:
    with pytest.raises(PluginError, match="head type 'dot' has no decoder"):
        poise.decode(resolution(decode=None), predictions())


def test_a_decoder_that_returns_something_else_is_named() -> None:
    broken = resolution(decode=lambda config, predictions: {"points": []})
    with pytest.raises(PluginError, match=r"'dot' must return poise\.Instances, got dict"):
        poise.decode(broken, predictions())


def nothing(
    config: Any, predictions: Mapping[str, Any], *, threshold: float = 0.5, least: float = 0
) -> Instances:
    """An animal in each image whose highest cell is above the threshold."""
    highest = np.asarray(predictions["dots"]).max(axis=(1, 2, 3))
    image = np.flatnonzero(highest > max(threshold, least))
    count = len(image)
    shapes = {"points": (count, 1, 2), "point_scores": (count, 1), "instance_scores": (count,)}
    arrays = {name: np.ones(shape) for name, shape in shapes.items()}
    arrays["point_scores"] *= highest[image, None]
    reasons = [Missing(image=0, quantity="pairs", value=0)] if least else []
    images = len(highest)
    return gathered(**arrays, image=image, images=images, parts=["tip"], missing=reasons)


def dots_of(*highest: float) -> dict[str, Any]:
    """Predictions of an image for each value, which is its highest."""
    maps = np.zeros((len(highest), 2, 3, 1), np.float32)
    maps[:, 1, 1, 0] = highest
    return {"dots": maps, "kinds": np.zeros((len(highest), 3))}


def test_every_image_without_animals_says_how_far_it_is_from_having_one() -> None:
    instances = poise.decode(resolution(nothing), dots_of(0.9, 0.14, 0.25))
    assert instances.counts.tolist() == [1, 0, 0]
    assert list(map(str, instances.missing)) == [
        "highest value of 'dots' 0.14, threshold 0.5",
        "highest value of 'dots' 0.25, threshold 0.5",
    ]
    assert [reason.image for reason in instances.missing] == [1, 2]
    assert [str(reason) for reason in instances.in_image(-1).missing] == [
        "highest value of 'dots' 0.25, threshold 0.5"
    ]
    assert instances.in_image(0).missing == ()


def test_a_decoder_may_give_a_reason_of_its_own() -> None:
    with pytest.warns(DecodeWarning):
        instances = poise.decode(resolution(nothing), dots_of(0.9, 0.14), threshold=0.2, least=1)
    assert list(map(str, instances.missing)) == [
        "pairs 0",
        "highest value of 'dots' 0.14, threshold 0.2",
    ]


def test_decoding_warns_once_if_no_image_has_an_animal() -> None:
    with pytest.warns(DecodeWarning) as caught:
        poise.decode(resolution(nothing), dots_of(0.02, 0.14))
    (warning,) = caught
    assert str(warning.message) == (
        "no animals in any of 2 images: highest value of 'dots' 0.14, threshold 0.5; decode with "
        "a lower threshold, or check that images are prepared as for training: values 0…1, size, "
        "channels"
    )
    assert warning.filename == __file__


@pytest.mark.parametrize("highest", [(0.9, 0.1), (1.4,), ()])
def test_single_empty_images_no_images_and_usual_scores_need_no_warning(
    highest: tuple[float, ...], recwarn: pytest.WarningsRecorder
) -> None:
    poise.decode(resolution(nothing), dots_of(*highest))
    assert not recwarn.list


def test_decoding_warns_of_scores_that_no_trained_model_gives() -> None:
    with pytest.warns(DecodeWarning, match="highest score of a part is 183, .* divide them by 255"):
        poise.decode(resolution(nothing), dots_of(183.2, 0.1))


def test_a_reason_for_an_image_that_is_not_there_is_the_plugin_s_fault() -> None:
    def decode(config: Any, predictions: Mapping[str, Any]) -> Instances:
        reason = Missing(image=7, quantity="luck", value=0)
        return attrs.evolve(nothing(config, predictions), missing=[reason])

    with pytest.raises(PluginError, match="must be the index of one of 1 images, got 7"):
        poise.decode(resolution(decode), dots_of(0.1))


@pytest.mark.parametrize("edition", ["2026", "sleap-1.4"])
@pytest.mark.parametrize("strange", [np.nan, np.inf, -np.inf, 1e30])
def test_a_value_that_is_no_number_reaches_no_decoder_and_is_told(
    edition: str, strange: float
) -> None:
    seen: dict[str, Any] = {}

    def watching(config: Any, predictions: Mapping[str, Any]) -> Instances:
        seen.update(predictions)
        return dots(config, predictions)

    maps = np.ones((2, 3, 3, 1), "float32")
    maps[1, 2, 2, 0] = strange
    kinds = np.ones((2, 3), "float32")
    with pytest.warns(DecodeWarning, match="'dots' has values that are NaN, infinite"):
        animals = poise.decode(resolution(watching, edition), {"dots": maps, "kinds": kinds})

    assert seen["dots"].sum() == 17
    assert seen["kinds"] is kinds
    assert [image for image, _ in animals.notes] == [1]
    assert maps[1, 2, 2, 0] == strange or np.isnan(strange)


def test_predictions_of_no_cells_are_refused() -> None:
    arrays = {"dots": np.ones((2, 0, 3, 1)), "kinds": np.ones((2, 3))}
    with pytest.raises(DecodeError, match=r"must have at least one cell, got \(2, 0, 3, 1\)"):
        poise.decode(resolution(), arrays)
