"""A pipeline of a head type that nobody knows: its model predicts as any other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

import poise
from poise import Dropped, decode
from poise_workflows.pipelines.composing import compose
from poise_workflows.pipelines.members import ModelsError, read_models
from poise_workflows.pipelines.truth import Truth

STRIDE = {"output_stride": 1}

SaveModel = Callable[..., Path]


def dots(*places: tuple[int, int], size: tuple[int, int] = (20, 31)) -> Any:
    """Images with a bright cell of two pixels in both channels at x and y."""
    images = np.zeros((len(places), *size, 2), np.uint8)
    for image, (x, y) in zip(images, places, strict=True):
        image[y : y + 2, x : x + 2] = 255
    return images


@pytest.mark.usefixtures("made_up")
def test_a_made_up_head_predicts_and_names_its_parts(save_model: SaveModel) -> None:
    pipeline = compose(read_models([save_model()]), {}, batch_size=2)

    animals = pipeline(dots((4, 6), (8, 2), (28, 16)))

    assert pipeline.skeleton.parts == ("head", "tail")
    assert pipeline.channels == 2
    np.testing.assert_array_equal(animals.points[:, 0, 0], [[4, 6], [8, 2], [28, 16]])


@pytest.mark.usefixtures("made_up")
def test_batches_have_one_shape_so_that_nothing_is_compiled_twice(
    save_model: SaveModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from poise_workflows.pipelines.networks import Network

    compiled: list[Any] = []
    compile_one = Network._compile
    monkeypatch.setattr(
        Network, "_compile", lambda self, *key: compiled.append(key) or compile_one(self, *key)
    )
    network = Network(read_models([save_model()]).members[0], 4)
    images = dots(*[(2 * index, 4) for index in range(7)])

    sizes = [len(network(images[:count])["cells"]) for count in (1, 4, 7)]

    assert sizes == [1, 4, 7]
    assert len(compiled) == 1


@pytest.mark.usefixtures("made_up")
def test_images_are_scaled_and_then_padded_with_zeros_at_the_right_and_at_the_bottom(
    save_model: SaveModel,
) -> None:
    from poise_workflows.pipelines.networks import Network

    network = Network(read_models([save_model()]).members[0], 1, scaling=0.5, multiple=8)

    (maps,) = network(np.full((1, 20, 31, 2), 255, np.uint8))["cells"]

    assert maps.shape == (16, 16, 2)
    np.testing.assert_allclose(maps[:10, :15], 1, rtol=1e-6)
    assert not maps[10:].any()
    assert not maps[:, 15:].any()


@pytest.mark.usefixtures("made_up")
def test_an_option_that_the_head_does_not_have_is_refused(save_model: SaveModel) -> None:
    roles = read_models([save_model()])

    with pytest.raises(ModelsError, match="must be left out for cells, which has"):
        compose(roles, {"peak_threshold": 0.5, "max_instances": None})


@pytest.fixture
def on_crops(made_up_crops: None, save_model: SaveModel) -> Any:
    """A pipeline of a model of crops of 8 pixels alone."""
    return compose(read_models([save_model(image=(8, 8, 2))]), {}, batch_size=2)


def test_a_made_up_head_on_crops_is_decoded_crop_by_crop(on_crops: Any) -> None:
    images = dots((6, 9), (20, 4), size=(20, 32))
    images[1, 14:16, 4:6] = 255
    at = [Truth(np.array(centers, np.float32)[:, None], ("head",)) for centers in CENTERS]

    animals = on_crops(images, at)

    assert on_crops.needs_labels
    assert animals.counts.tolist() == [1, 2]
    assert animals.points[0, 0, 0].tolist() == [6, 9]
    assert animals.points[1, :, 0].tolist() == [[20, 4], [4, 14]]


CENTERS = [[[7.5, 9.5]], [[18.5, 5.5], [5.5, 15.5]]]


def test_what_a_decoder_drops_of_crops_is_dropped_of_their_images(
    on_crops: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drop(model: Any, predictions: Any, **options: Any) -> Any:
        crops = range(len(predictions["cells"]))
        dropped = [limit for crop in crops for limit in Dropped.by("least_area", 9, [crop] * crop)]
        return attrs.evolve(decode(model, predictions, **options), dropped=dropped)

    monkeypatch.setattr("poise_workflows.pipelines.decoders.decode", drop)
    at = [Truth(np.array(centers, np.float32)[:, None], ("head",)) for centers in CENTERS]

    animals = on_crops(dots((6, 9), (20, 4), size=(20, 32)), at)

    assert [(limit.image, limit.count) for limit in animals.dropped] == [(1, 1), (1, 2)]


@pytest.mark.usefixtures("keras", "made_up_stages")
def test_what_either_stage_drops_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = []
    for head, image in (("centers", (None, None, 2)), ("parts", (8, 8, 2))):
        sections = {"backbone": {"plain": STRIDE}, "heads": {head: STRIDE}}
        poise.save(poise.build(poise.ModelConfig.from_data(sections), image), tmp_path / head)
        folders.append(tmp_path / head)

    def drop(model: Any, predictions: Any, **options: Any) -> Any:
        animals = decode(model, predictions, **options)
        count, height = predictions["cells"].shape[:2]
        return attrs.evolve(animals, dropped=Dropped.by("height", height, [count - 1]))

    monkeypatch.setattr("poise_workflows.pipelines.decoders.decode", drop)

    animals = compose(read_models(folders), {})(dots((6, 9), (20, 4), size=(20, 32)))

    assert animals.counts.tolist() == [1, 1]
    assert [(limit.image, limit.limit) for limit in animals.dropped] == [(1, 20), (1, 8)]


def test_frames_without_animals_have_no_crops(on_crops: Any) -> None:
    nothing = Truth(np.empty((0, 0, 2), np.float32), ())

    animals = on_crops(dots((6, 9), (6, 9)), [nothing, nothing])

    assert animals.counts.tolist() == [0, 0]
    assert animals.points.shape == (2, 0, 2, 2)
    assert [str(reason) for reason in animals.missing] == ["number of crops 0"] * 2
