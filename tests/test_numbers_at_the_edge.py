"""Every head has a result or a clear error for nothing, for NaN and infinity, and for one cell."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import poise
from poise import DecodeWarning, Labels, Skeleton
from poise.building.resolving import Resolution
from poise.errors import DecodeError, LabelsError
from poise_heads import poise_heads

pytestmark = pytest.mark.usefixtures("keras")
on_every_backend = pytest.mark.backends

SKELETON = Skeleton(["a", "b", "c"], [("a", "b"), ("b", "c")])
CLASSES = ("x", "y")
SPECS = {spec.key: spec for spec in poise_heads()}
SIDE = 24
STRANGE = [np.nan, np.inf, -np.inf, 1e38]
EDGE_SIGMAS = (5e-324, 1e-20, 1e20, 1.7e308)

keys = pytest.mark.parametrize("key", SPECS)
in_both_editions = pytest.mark.parametrize("edition", ["2026", "sleap-1.4"])


@pytest.fixture(autouse=True)
def without_a_word_of_numpy() -> Iterator[None]:
    """A warning of NumPy is a number that nobody thought of."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        yield


def resolved(key: str, edition: str, **values: Any) -> Resolution:
    """A head on a backbone, with ``values`` in every section that has such a field."""
    section: dict[str, Any] = {}
    config = SPECS[key].config()
    for name in type(config).__attrs_attrs__:
        inner = getattr(config, name.name)
        if hasattr(type(inner), "__attrs_attrs__"):
            section[name.name] = {
                field: value for field, value in values.items() if hasattr(inner, field)
            }
        elif name.name in values:
            section[name.name] = values[name.name]
    data = {
        "backbone": {"unet": {"filters": 2, "max_stride": 4}},
        "heads": {key: section},
        "edition": edition,
    }
    return poise.resolve(poise.ModelConfig.from_data(data), SKELETON, list(CLASSES))


def labels_of(points: Any) -> Labels:
    points = np.asarray(points, "float64")
    return Labels(points, classes=np.zeros(points.shape[:2], "int32"), parts=("a", "b", "c"))


def targets(resolution: Resolution, points: Any, size: tuple[int, int]) -> dict[str, Any]:
    maps = poise.make_targets(resolution, labels_of(points), size)
    return {name: np.array(target) for name, target in maps.items()}


def visible(instances: int = 2) -> np.ndarray:
    return np.random.default_rng(1).uniform(4, 20, (1, instances, 3, 2))


@on_every_backend
@keys
@in_both_editions
@pytest.mark.parametrize(("images", "animals"), [(0, 0), (0, 2), (2, 0)])
def test_no_images_and_no_animals_have_targets_of_nothing(
    key: str, edition: str, images: int, animals: int
) -> None:
    resolution = resolved(key, edition, offset_refinement=True)
    maps = targets(resolution, np.zeros((images, animals, 3, 2)), (SIDE, SIDE))
    for output in resolution.outputs:
        target = maps[output.name]
        side = -(-SIDE // output.stride)
        cells = (side, side) if output.spatial else ()
        assert target.shape == (images, *cells, output.channels)
        if output.spatial:
            assert not target.any()


@on_every_backend
@keys
@in_both_editions
@pytest.mark.parametrize("size", [(1, 1), (1, 24), (3, 2)])
def test_maps_of_one_cell_are_targets_like_others(
    key: str, edition: str, size: tuple[int, int]
) -> None:
    resolution = resolved(key, edition, offset_refinement=True, output_stride=4)
    for target in targets(resolution, np.zeros((1, 2, 3, 2)), size).values():
        assert np.isfinite(target).all()


@keys
@in_both_editions
def test_maps_of_no_cells_are_refused(key: str, edition: str) -> None:
    resolution = resolved(key, edition)
    for output in resolution.outputs:
        if output.spatial:
            with pytest.raises(LabelsError, match="must be a height and width of 1 pixel or more"):
                output.targets(labels_of(visible()), (0, 5))  # type: ignore[misc] # they make some


@keys
@in_both_editions
@pytest.mark.parametrize("strange", [np.nan, np.inf, -np.inf])
def test_a_coordinate_that_is_not_finite_hides_the_part_and_nothing_else(
    key: str, edition: str, strange: float
) -> None:
    resolution = resolved(key, edition, offset_refinement=True)
    points, hidden = visible(), visible()
    points[0, 0, 1, 0] = strange
    hidden[0, 0, 1] = np.nan
    maps = targets(resolution, points, (SIDE, SIDE))
    for name, target in targets(resolution, hidden, (SIDE, SIDE)).items():
        np.testing.assert_array_equal(maps[name], target, err_msg=name)
        assert np.isfinite(target).all()


@keys
@in_both_editions
@pytest.mark.parametrize("far", [1e12, -3e38, 1e300])
@pytest.mark.parametrize("parts", [[1], [0, 1, 2]])
def test_parts_that_are_absurdly_far_away_leave_targets_finite(
    key: str, edition: str, far: float, parts: list[int]
) -> None:
    points = visible(1)
    points[0, 0, parts] = far
    points[0, 0, parts[-1], 1] = -far
    with np.errstate(over="ignore"):
        maps = targets(resolved(key, edition, offset_refinement=True), points, (SIDE, SIDE))
    for name, target in maps.items():
        assert np.isfinite(target).all(), name


@keys
@in_both_editions
@pytest.mark.parametrize("sigma", EDGE_SIGMAS)
@pytest.mark.parametrize("stride", [1, 4])
def test_any_positive_sigma_gives_targets(
    key: str, edition: str, sigma: float, stride: int
) -> None:
    resolution = resolved(key, edition, sigma=sigma, output_stride=stride, offset_refinement=True)
    points = np.full((1, 2, 3, 2), 8.0) + np.arange(3)[:, None] * 4
    maps = targets(resolution, points, (SIDE, SIDE))
    for name, target in maps.items():
        assert np.isfinite(target).all(), name
    confmaps = maps["confmaps"]
    assert confmaps.max() == 1  # where a part lies on a cell
    if sigma > 1:
        assert confmaps.min() == 1  # far narrower than the spread
    else:
        assert set(np.unique(confmaps)) == {0, 1}


def predictions(resolution: Resolution, images: int, side: int) -> dict[str, np.ndarray]:
    """Maps with one clear peak of each part, and whatever else fits."""
    arrays = {}
    for output in resolution.outputs:
        cells = (side, side) if output.spatial else ()
        array = np.zeros((images, *cells, output.channels), "float32")
        arrays[output.name] = array
        if output.name == "confmaps" and side > 5:
            for channel in range(output.channels):
                array[:, 5, 5 + 3 * channel, channel] = 1
        elif output.name in ("class_maps", "class_vectors"):
            array[..., 0] = 1
        elif output.name == "pafs":
            array[..., 0::2] = 1
    return arrays


def decoded(resolution: Resolution, arrays: Any, **options: Any) -> poise.Instances:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DecodeWarning)
        return poise.decode(resolution, arrays, **options)


@keys
@in_both_editions
@pytest.mark.parametrize("side", [1, 2, SIDE])
@pytest.mark.parametrize("images", [0, 2])
@pytest.mark.parametrize("fill", [0.0, 1.0])
def test_any_number_of_images_and_cells_is_decoded(
    key: str, edition: str, side: int, images: int, fill: float
) -> None:
    resolution = resolved(key, edition)
    arrays = predictions(resolution, images, side)
    arrays["confmaps"][:] = fill
    assert len(decoded(resolution, arrays)) == images


@keys
@in_both_editions
def test_predictions_of_no_cells_are_refused(key: str, edition: str) -> None:
    resolution = resolved(key, edition)
    with pytest.raises(DecodeError, match="must have at least one cell, got"):
        poise.decode(resolution, predictions(resolution, 1, 0))


@keys
@in_both_editions
@pytest.mark.parametrize(
    ("strange", "refinement"),
    list(zip(STRANGE, ["integral", "local", "none", "integral"], strict=True)),
)
def test_a_strange_value_elsewhere_hides_no_animal_and_is_told(
    key: str, edition: str, strange: float, refinement: str
) -> None:
    resolution = resolved(key, edition)
    good = decoded(resolution, predictions(resolution, 2, SIDE), refinement=refinement)
    assert good.counts.all()
    for output in resolution.outputs:
        if not output.spatial:
            continue
        arrays = predictions(resolution, 2, SIDE)
        arrays[output.name][1, 20, 20, 0] = strange
        before = arrays[output.name].copy()
        with pytest.warns(DecodeWarning, match=f"'{output.name}' has values that are NaN"):
            animals = poise.decode(resolution, arrays, refinement=refinement)
        np.testing.assert_array_equal(animals.points, good.points)
        np.testing.assert_array_equal(animals.point_scores, good.point_scores)
        assert [image for image, note in animals.notes if output.name in note] == [1]
        np.testing.assert_array_equal(arrays[output.name], before)


@keys
@in_both_editions
@pytest.mark.parametrize("strange", STRANGE)
@pytest.mark.parametrize("output", range(3))
def test_predictions_of_nothing_but_strange_values_are_decoded_to_finite_animals(
    key: str, edition: str, strange: float, output: int
) -> None:
    resolution = resolved(key, edition, offset_refinement=True)
    arrays = predictions(resolution, 1, SIDE)
    name = [output.name for output in resolution.outputs][output % len(arrays)]
    arrays[name][:] = strange
    animals = decoded(resolution, arrays)
    assert not np.isinf(animals.points).any()
    assert not np.isinf(animals.instance_scores).any()
    if name == "confmaps":
        assert not animals.counts.any()


@pytest.mark.parametrize("key", [key for key, spec in SPECS.items() if spec.stage == "crop"])
def test_strange_values_of_crops_are_told_of_their_images(key: str) -> None:
    resolution = resolved(key, "2026")
    arrays = predictions(resolution, 3, SIDE)
    arrays["confmaps"][2, 20, 20, 0] = np.nan
    animals = decoded(resolution, arrays, images=[4, 4, 1])
    assert [image for image, note in animals.notes if "confmaps" in note] == [1]
    with pytest.raises(DecodeError, match="must be finite numbers"):
        decoded(resolution, predictions(resolution, 1, SIDE), origins=[[np.nan, 0.0]])


@keys
@in_both_editions
@pytest.mark.parametrize("dtype", ["float16", "float64", "int8", "bool"])
def test_predictions_of_every_type_are_judged_alike(key: str, edition: str, dtype: str) -> None:
    resolution = resolved(key, edition)
    arrays = predictions(resolution, 1, SIDE)
    good = decoded(resolution, arrays)
    same = decoded(resolution, {name: array.astype(dtype) for name, array in arrays.items()})
    np.testing.assert_array_equal(same.counts, good.counts)
    if dtype.startswith("float"):
        arrays = {name: array.astype(dtype) for name, array in arrays.items()}
        arrays["confmaps"][0, 20, 20, 0] = np.nan
        np.testing.assert_array_equal(decoded(resolution, arrays).points, good.points)


@on_every_backend
def test_tensors_of_the_backend_are_judged_like_arrays() -> None:
    from keras import ops

    resolution = resolved("single_instance", "2026")
    arrays = predictions(resolution, 1, SIDE)
    good = decoded(resolution, arrays)
    arrays["confmaps"][0, 20, 20, 0] = np.nan
    animals = decoded(resolution, {"confmaps": ops.convert_to_tensor(arrays["confmaps"])})
    np.testing.assert_array_equal(animals.points, good.points)
    assert [image for image, _ in animals.notes] == [0]
