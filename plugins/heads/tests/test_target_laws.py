"""What holds of targets, whatever is labeled."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise import Labels, editions
from poise.errors import LabelsError
from poise_heads import (
    CenteredInstanceConfmapsHeadConfig,
    CentroidsHeadConfig,
    ClassMapsHeadConfig,
    ClassVectorsHeadConfig,
    MultiClassBottomUpConfig,
    MultiClassTopDownConfig,
    MultiInstanceConfig,
    MultiInstanceConfmapsHeadConfig,
    PartAffinityFieldsHeadConfig,
    SingleInstanceConfmapsHeadConfig,
    poise_heads,
)

pytestmark = [pytest.mark.usefixtures("keras"), pytest.mark.backends]

SPECS = {spec.key: spec for spec in poise_heads()}
PARTS = ("a", "b", "c")
EDGES = (("a", "b"), ("c", "b"))
CLASSES = ("x", "y")
# JAX compiles every operation for every shape: elsewhere than on TensorFlow, one shape must do.
QUICK = os.environ.get("KERAS_BACKEND", "tensorflow") == "tensorflow"
STRIDES = (1, 2, 4, 8) if QUICK else (2,)
SIZES = ((24, 32), (37, 21), (9, 50)) if QUICK else ((37, 21),)
INSTANCES = 3

few = settings(max_examples=12 if QUICK else 4, deadline=None)


def config_of(key: str, stride: int) -> Any:
    maps = {"sigma": 2.5, "output_stride": stride, "offset_refinement": True}
    centered = CenteredInstanceConfmapsHeadConfig(part_names=PARTS, **maps)
    all_ = MultiInstanceConfmapsHeadConfig(part_names=PARTS, **maps)
    return {
        "single_instance": lambda: SingleInstanceConfmapsHeadConfig(part_names=PARTS, **maps),
        "centroid": lambda: CentroidsHeadConfig(**maps),
        "centered_instance": lambda: centered,
        "multi_instance": lambda: MultiInstanceConfig(
            confmaps=all_,
            pafs=PartAffinityFieldsHeadConfig(edges=EDGES, sigma=3.0, output_stride=stride),
        ),
        "multi_class_bottomup": lambda: MultiClassBottomUpConfig(
            confmaps=all_,
            class_maps=ClassMapsHeadConfig(classes=CLASSES, sigma=3.0, output_stride=stride),
        ),
        "multi_class_topdown": lambda: MultiClassTopDownConfig(
            confmaps=centered,
            class_vectors=ClassVectorsHeadConfig(classes=CLASSES, output_stride=stride),
        ),
    }[key]()


def targets(
    key: str,
    stride: int,
    points: Any,
    size: tuple[int, int],
    classes: Any = None,
    edition: editions.Edition = editions.DOCUMENTED,
) -> dict[str, np.ndarray]:
    with editions.edition(edition):
        outputs = SPECS[key].outputs(config_of(key, stride), None, None)
    if classes is None:
        classes = np.zeros(points.shape[:2], dtype="int32")
    labels = Labels(points, classes=classes)
    return {output.name: np.array(output.targets(labels, size)) for output in outputs}


@st.composite
def animals(draw: st.DrawFn, low: float = -20.0, high: float = 70.0) -> np.ndarray:
    """Points ``(2, 3, 3, 2)`` in and around the image, some of them hidden."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    points = rng.uniform(low, high, (2, INSTANCES, len(PARTS), 2))
    if draw(st.booleans()):
        points = points.round()  # on the grid, and more often in the same place
    points[rng.random(points.shape[:-1]) < draw(st.sampled_from((0.0, 0.3)))] = np.nan
    return points.astype("float32")


heads = pytest.mark.parametrize("key", SPECS)
both = pytest.mark.parametrize("edition", editions.EDITIONS)


@both
@heads
@few
@given(data=st.data())
def test_targets_are_finite_and_have_the_shapes_of_their_outputs(
    key: str, edition: editions.Edition, data: st.DataObject
) -> None:
    stride, size = data.draw(st.sampled_from(STRIDES)), data.draw(st.sampled_from(SIZES))
    config = config_of(key, stride)
    arrays = targets(key, stride, data.draw(animals()), size, edition=edition)
    for output in SPECS[key].outputs(config, None, None):
        cells = (-(-size[0] // stride), -(-size[1] // stride)) if output.spatial else ()
        assert arrays[output.name].shape == (2, *cells, output.channels)
        assert arrays[output.name].dtype == np.float32
        assert np.isfinite(arrays[output.name]).all()
        if output.name not in ("offsets", "pafs"):
            assert arrays[output.name].min() >= 0.0
            assert arrays[output.name].max() <= 1.0


@both
@heads
@few
@given(data=st.data())
def test_invisible_parts_give_empty_targets(
    key: str, edition: editions.Edition, data: st.DataObject
) -> None:
    stride, size = data.draw(st.sampled_from(STRIDES)), SIZES[0]
    points = np.full((2, INSTANCES, len(PARTS), 2), np.nan, dtype="float32")
    classes = np.full((2, INSTANCES), -1)
    for name, array in targets(key, stride, points, size, classes, edition).items():
        assert not array.any(), name


@both
@heads
@pytest.mark.parametrize("count", [(2, 0), (0, 2), (0, 0)], ids=["animals", "images", "either"])
def test_no_animals_and_no_images_give_empty_targets(
    key: str, edition: editions.Edition, count: tuple[int, int]
) -> None:
    points = np.zeros((*count, len(PARTS), 2), dtype="float32")
    hidden = np.full((count[0], 1, len(PARTS), 2), np.nan, dtype="float32")
    shapes = {
        name: array.shape
        for name, array in targets(key, 2, hidden, SIZES[0], None, edition).items()
    }
    for name, array in targets(key, 2, points, SIZES[0], None, edition).items():
        assert array.shape == shapes[name], name
        assert not array.any(), name


@pytest.mark.parametrize("anchor_part", [None, "a"])
def test_no_animals_have_no_anchors(anchor_part: str | None) -> None:
    config = CentroidsHeadConfig(sigma=2.5, output_stride=2, anchor_part=anchor_part)
    points, anchors = np.zeros((2, 0, 3, 2), "float32"), np.zeros((2, 0, 2), "float32")
    for labels in (Labels(points, parts=PARTS), Labels(points, anchors=anchors)):
        (output,) = SPECS["centroid"].outputs(config, None, None)
        assert output.targets is not None
        assert not np.array(output.targets(labels, SIZES[0])).any()


ALL = ("centroid", "multi_instance", "multi_class_bottomup")
"""Heads whose targets show all animals."""


@both
@pytest.mark.parametrize("key", ALL)
@few
@given(points=animals(), order=st.permutations(range(INSTANCES)))
def test_the_order_of_animals_does_not_matter(
    key: str, edition: editions.Edition, points: np.ndarray, order: list[int]
) -> None:
    classes = np.array([[0, 1, -1], [1, 1, 0]])
    before = targets(key, 2, points, SIZES[0], classes, edition)
    after = targets(key, 2, points[:, order], SIZES[0], classes[:, order], edition)
    for name in before:
        np.testing.assert_allclose(after[name], before[name], atol=1e-5, err_msg=name)


@both
@pytest.mark.parametrize("key", ALL)
@few
@given(points=animals())
def test_an_animal_of_which_nothing_is_visible_changes_nothing(
    key: str, edition: editions.Edition, points: np.ndarray
) -> None:
    """Also beside a single animal, whose targets are computed differently."""
    single = points[:, :1]
    more = np.concatenate([single, np.full_like(points, np.nan)], axis=1)
    alone, together = (targets(key, 2, some, SIZES[0], None, edition) for some in (single, more))
    for name in alone:
        np.testing.assert_allclose(together[name], alone[name], atol=1e-6, err_msg=name)


@heads
@few
@given(points=animals(12.0, 36.0), cells=st.sampled_from([(1, 0), (0, 1), (2, 1)]))
def test_moving_by_a_stride_moves_maps_by_a_cell(
    key: str, points: np.ndarray, cells: tuple[int, int]
) -> None:
    size, stride = (64, 64), 4
    moved = points + np.float32(stride) * np.array(cells, dtype="float32")
    before, after = (targets(key, stride, some, size) for some in (points, moved))
    right, down = cells
    for name, array in before.items():
        if array.ndim == 4:
            height, width = array.shape[1:3]
            np.testing.assert_allclose(
                after[name][:, down:, right:],
                array[:, : height - down, : width - right],
                atol=2e-5,
                err_msg=name,
            )


@both
@few
@given(points=animals())
def test_maps_of_animals_together_are_the_maximum_of_those_of_each(
    edition: editions.Edition, points: np.ndarray
) -> None:
    together = targets("multi_instance", 2, points, SIZES[0], None, edition)["confmaps"]
    each = [
        targets("multi_instance", 2, points[:, [index]], SIZES[0], None, edition)["confmaps"]
        for index in range(INSTANCES)
    ]
    np.testing.assert_allclose(together, np.max(each, axis=0), atol=1e-6)


@both
@few
@given(points=animals())
def test_fields_of_animals_together_are_the_sum_of_those_of_each(
    edition: editions.Edition, points: np.ndarray
) -> None:
    together = targets("multi_instance", 2, points, SIZES[0], None, edition)["pafs"]
    each = [
        targets("multi_instance", 2, points[:, [index]], SIZES[0], None, edition)["pafs"]
        for index in range(INSTANCES)
    ]
    np.testing.assert_allclose(together, np.sum(each, axis=0), atol=1e-5)


@few
@given(points=animals(-10.0, 60.0), profile=st.sampled_from(("gaussian", "squared")))
def test_fields_computed_beside_the_edges_alone_are_those_computed_everywhere(
    points: np.ndarray, profile: Any
) -> None:
    from poise_heads.pafs import targets as pafs

    worth_it, computed = pafs.WORTH_IT, []
    try:
        for pafs.WORTH_IT in (0, 10**9):
            computed.append(
                np.array(
                    pafs.part_affinity_fields(
                        points[:, :, :2], points[:, :, 1:], (40, 64), 2, 1.5, profile
                    )
                )
            )
    finally:
        pafs.WORTH_IT = worth_it
    np.testing.assert_allclose(computed[0], computed[1], atol=1e-6)


@few
@given(points=animals(-10.0, 60.0))
def test_maps_of_one_animal_written_in_windows_are_those_computed_everywhere(
    points: np.ndarray,
) -> None:
    from poise_heads.confmaps import targets as confmaps
    from poise_heads.maps import grid

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(confmaps, "WORTH_IT", 0)
        computed = []
        for quick in (True, False):
            patch.setattr(grid, "scatter_is_quick", lambda quick=quick: quick)
            computed.append(np.array(confmaps.confidence_maps(points[:, :1], (40, 64), 2, 1.5)))
    np.testing.assert_allclose(computed[0], computed[1], atol=1e-6)


@few
@given(points=animals(-10.0, 60.0), profile=st.sampled_from(("gaussian", "squared")))
def test_fields_of_one_animal_are_the_same_however_they_are_computed(
    points: np.ndarray, profile: Any
) -> None:
    from poise_heads.maps import grid
    from poise_heads.pafs import targets as pafs

    with pytest.MonkeyPatch.context() as patch:
        computed = []
        for worth_it, exact in ((0, False), (10**9, False), (0, True)):
            patch.setattr(pafs, "WORTH_IT", worth_it)
            patch.setattr(grid, "matmul_is_exact", lambda exact=exact: exact)
            fields = pafs.part_affinity_fields(
                points[:, :1, :2], points[:, :1, 1:], (40, 64), 2, 1.5, profile
            )
            computed.append(np.array(fields))
    np.testing.assert_allclose(computed[0], computed[1], atol=1e-6)
    np.testing.assert_allclose(computed[2], computed[1], atol=1e-6)


@few
@given(points=animals(0.0, 31.0))
def test_offsets_point_at_the_nearest_animals_part(points: np.ndarray) -> None:
    computed = targets("multi_instance", 1, points, (32, 32))["offsets"][..., :2]
    cells = np.stack(np.meshgrid(np.arange(32.0), np.arange(32.0)), axis=-1)
    away = np.nan_to_num(points[:, :, 0][:, :, None, None] - cells, nan=1e6)
    distances = np.linalg.norm(away, axis=-1)
    near = np.exp(-(distances.min(axis=1) ** 2) / 12.5)
    # What is about as near as the nearest, or as the threshold, may be seen either way.
    ranked = np.sort(distances, axis=1)
    clear = (ranked[:, 1] - ranked[:, 0] > 1e-3) & (np.abs(near - 0.2) > 1e-4)
    nearest = np.take_along_axis(away, distances.argmin(axis=1)[:, None, ..., None], axis=1)[:, 0]
    expected = np.where((near > 0.2)[..., None], nearest, 0.0)
    np.testing.assert_allclose(computed[clear], expected[clear], atol=1e-4)


@few
@given(points=animals(0.0, 31.0))
def test_class_maps_are_the_class_of_the_nearest_animal(points: np.ndarray) -> None:
    classes = np.array([[0, 1, -1], [1, 1, 0]])
    computed = targets("multi_class_bottomup", 1, points, (32, 32), classes)["class_maps"]
    cells = np.stack(np.meshgrid(np.arange(32.0), np.arange(32.0)), axis=-1)
    away = np.nan_to_num(points[:, :, :, None, None] - cells, nan=1e6)
    distances = np.linalg.norm(away, axis=-1).min(axis=2)
    near = np.exp(-(distances.min(axis=1) ** 2) / 18.0)
    ranked = np.sort(distances, axis=1)
    clear = (ranked[:, 1] - ranked[:, 0] > 1e-3) & (np.abs(near - 0.2) > 1e-4)
    class_of = np.take_along_axis(classes[:, :, None, None], distances.argmin(1)[:, None], 1)[:, 0]
    expected = (class_of[..., None] == np.arange(2)) & (near > 0.2)[..., None]
    np.testing.assert_array_equal(computed[clear], expected[clear])


def gradient(function: Callable[[Any], Any], points: np.ndarray) -> np.ndarray:
    """The gradient of the sum of squares of what ``function`` gives."""
    import keras
    from keras import ops

    def total(x: Any) -> Any:
        return ops.sum(ops.square(function(x)))

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        x = tf.Variable(points)
        with tf.GradientTape() as tape:
            value = total(x)
        return np.array(tape.gradient(value, x))
    if keras.backend.backend() == "jax":
        import jax

        return np.array(jax.grad(total)(points))
    import torch

    x = torch.tensor(points, requires_grad=True)
    total(x).backward()
    assert x.grad is not None
    return x.grad.numpy()


@pytest.mark.parametrize("name", ["confmaps", "pafs", "offsets"])
def test_gradients_flow_to_visible_points_alone_and_are_finite(name: str) -> None:
    points = np.random.default_rng(3).uniform(4, 28, (1, 2, 3, 2)).astype("float32")
    points[0, 0, 2] = np.nan
    points[0, 1, 0] = points[0, 1, 1]  # an edge of length 0
    outputs = SPECS["multi_instance"].outputs(config_of("multi_instance", 2), None, None)
    (output,) = (candidate for candidate in outputs if candidate.name == name)
    computed = gradient(lambda x: output.targets(Labels(x), (32, 32)), points)
    assert np.isfinite(computed).all()
    assert not computed[0, 0, 2].any()
    assert computed[0, 0, 0].any()


@pytest.mark.parametrize("key", ["multi_instance", "multi_class_bottomup"])
def test_too_many_images_for_int32_places_are_refused_with_the_largest_number(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poise_heads.maps.windows.MOST", 3 * 32 * 64 * 3)
    points = np.random.default_rng(1).uniform(0, 64, (4, 2, 3, 2)).astype("float32")

    assert targets(key, 2, points[:3], (64, 128))["confmaps"].shape == (3, 32, 64, 3)
    with pytest.raises(
        LabelsError, match=r"targets of 4 images hold more than 18,432 values; make at most 3"
    ):
        targets(key, 2, points, (64, 128))


@pytest.mark.skipif(not QUICK, reason="the same Python on every backend, and slow to compile")
@both
@pytest.mark.parametrize("key", ALL)
def test_many_animals_are_taken_a_few_at_a_time(
    key: str, edition: editions.Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    from poise_heads.maps import grid, windows

    points = np.random.default_rng(1).uniform(0, 64, (1, 40, 3, 2)).astype("float32")
    classes = np.arange(40)[None] % 3 - 1
    size, taken, original = (64, 64), [], grid.over_instances

    def at_once(chunk: int) -> dict[str, np.ndarray]:
        def over_instances(step: Any, initial: Any, instances: Any, asked: int) -> Any:
            def watched(reduced: Any, some: Any) -> Any:
                taken.append(some.shape[1])
                return step(reduced, some)

            return original(watched, initial, instances, min(chunk, asked))

        monkeypatch.setattr(grid, "over_instances", over_instances)
        return targets(key, 2, points, size, classes, edition)

    # Room for no more than the maps themselves: also the maps are made a few at a time.
    monkeypatch.setattr("poise_heads.confmaps.targets.NUMBERS", windows.ROOM)
    few_, all_ = at_once(7), at_once(40)
    assert 7 in taken
    assert max(taken) == 40
    for name in few_:
        np.testing.assert_allclose(few_[name], all_[name], atol=1e-5, err_msg=name)


@few
@given(
    cells=st.integers(0, 10**7),
    numbers=st.integers(1, 16),
    maps=st.integers(0, 10**8),
)
def test_as_many_animals_are_taken_at_once_as_fit_into_the_room_or_the_maps(
    cells: int, numbers: int, maps: int
) -> None:
    from poise_heads.maps.windows import ROOM, chunk_of

    chunk = chunk_of(cells, numbers, maps)

    def fits(animals: int) -> bool:
        return animals * cells * numbers <= ROOM or animals * cells <= maps

    assert chunk == 1 or fits(chunk)
    assert chunk >= 1
    assert not cells or not fits(chunk + 1)


def test_room_beside_the_maps_does_not_grow_with_the_number_of_animals() -> None:
    from poise_heads.confmaps.targets import confidence_maps
    from poise_heads.maps import grid

    largest = 0
    original = grid.over_instances

    def over_instances(step: Any, initial: Any, instances: Any, chunk: int) -> Any:
        nonlocal largest
        largest = max(largest, chunk)
        return original(step, initial, instances, chunk)

    points = np.random.default_rng(2).uniform(0, 64, (1, 1000, 1, 2)).astype("float32")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grid, "over_instances", over_instances)
        computed = np.array(confidence_maps(points, (64, 64), 1, 3.0))
    assert 0 < largest < 1000
    cells = np.stack(np.meshgrid(np.arange(64.0), np.arange(64.0)), axis=-1)
    squared = np.min([np.square(cells - point).sum(axis=-1) for point in points[0, :, 0]], axis=0)
    np.testing.assert_allclose(computed[0, ..., 0], np.exp(-squared / 18.0), atol=1e-5)


@pytest.mark.parametrize("size", [(96, 192), (192, 96)])
def test_an_invisible_animal_beside_another_changes_no_field(size: tuple[int, int]) -> None:
    # Thin fields on a long image: several animals' are only computed beside their edges.
    from poise_heads.pafs.targets import part_affinity_fields

    points = np.random.default_rng(3).uniform(0, 96, (2, 1, 6, 2)).astype("float32")
    points[0, 0, 2] = np.nan
    both = np.concatenate([points, np.full_like(points, np.nan)], axis=1)
    alone, beside = (
        np.array(part_affinity_fields(some[:, :, :-1], some[:, :, 1:], size, 1, 0.8))
        for some in (points, both)
    )
    np.testing.assert_allclose(alone, beside, rtol=0.0, atol=1e-6)
    assert np.linalg.norm(alone.reshape(2, *size, 5, 2), axis=-1).max() > 0.9
