"""Points within a graph are those of prediction, and they survive in other formats.

Small models stand for each pipeline; the real ones need the folder of SLEAP files.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

import five_pipelines
import poise
import poise_workflows
from poise import editions, geometry
from poise_workflows.exporting import ExportError
from poise_workflows.exporting.points.modeling import points_model
from poise_workflows.frames.preparation import with_channels
from poise_workflows.pipelines.composing import compose, network_of_frames
from poise_workflows.pipelines.decoders import decoder_of
from poise_workflows.pipelines.members import Cast, Member, read_models
from poise_workflows.pipelines.networks import Network
from poise_workflows.pipelines.stages import Predicted

pytestmark = pytest.mark.usefixtures("keras")

PIXELS = 0.01
"""How far points may be from those of prediction."""
SCORES = 1e-4

ROOM = 30
"""For how many animals, or peaks of a part, the arrays have room: more than there are."""

RUNS = {
    **five_pipelines.PIPELINES,
    "centroids": ["centroid"],
    "crops": ["centered_instance"],
    "identities of one crop": ["multi_class_topdown"],
}
WITHOUT_ROOM = ("single", "crops", "identities of one crop")

STEPS = {
    "join": "poise_heads.decoding.bottom_up",
    "by_maps": "poise_heads.decoding.identified",
    "by_vectors": "poise_heads.decoding.identified",
}
"""Functions of decoders that do what a graph leaves to its user → their modules."""

Arrays = dict[str, Any]


@pytest.fixture(scope="module")
def paths(keras: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A small model of each head type."""
    return five_pipelines.models(tmp_path_factory.mktemp("models"))


def frames_of(name: str) -> Any:
    images = five_pipelines.frames()
    if "crop" not in name.split()[-1] or name == "identities of crops":
        return images
    side = five_pipelines.CROP
    return np.concatenate([images[:, :side, :side], images[:, -side:, -side:]])


def predicted(models: Sequence[Path], images: Any) -> Arrays:
    """What prediction finds, by the names of the graph's arrays."""
    roles = read_models(models)
    with pytest.MonkeyPatch.context() as patch:
        calls = recorded(patch)
        if roles.members[0] is roles.crop:
            return of_animals(decoded_crops(roles.crop, images))
        if roles.crop is None and roles.centroid is not None:
            return of_centroids(roles.centroid, images)
        pipeline = compose(roles, {}, batch_size=2)
        animals = pipeline(images)
    if not calls:
        return of_animals(animals)
    member = roles.members[-1]
    return of_steps(member, calls, len(images))


def recorded(patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The arguments and the result of the functions of ``STEPS``, once they are called."""
    calls: dict[str, Any] = {}

    def record(name: str, function: Any, *args: Any, **more: Any) -> Any:
        result = function(*args, **more)
        calls[name] = args, result
        return result

    for name, module in STEPS.items():
        function = getattr(importlib.import_module(module), name)
        patch.setattr(f"{module}.{name}", partial(record, name, function))
    return calls


def of_animals(animals: Any) -> Arrays:
    names = ("points", "point_scores", "instance_scores")
    return {name: getattr(animals, name) for name in names}


def decoded_crops(member: Member, images: Any) -> Any:
    network: Any = member.reading.build((None, None, None), auto_pad=True)
    maps = network.predict_on_batch(images.astype(np.float32) / 255)
    return poise.decode(network, maps, input_scaling=1)


def of_centroids(member: Member, images: Any) -> Arrays:
    network = network_of_frames(member, partial(Network, batch_size=2))
    centers = Predicted(network, decoder_of(member, {}))(images, None)
    place = centers.image, numbered(centers.image)
    return {
        "centroids": table(place, centers.points, (len(images), ROOM, 2)),
        "centroid_scores": table(place, centers.scores, (len(images), ROOM)),
    }


def of_steps(member: Member, calls: Any, images: int) -> Arrays:
    """What a decoder joins or assigns, in tables."""
    parts = member.reading.config.heads.which_oneof().confmaps.part_names
    unscaled = partial(in_frames, member)
    if "by_vectors" in calls:
        (points, _, probabilities, image), _ = calls["by_vectors"]
        is_there = ~np.isnan(points).all(axis=(1, 2))
        rows = image[is_there], numbered(image)[is_there]
        shape = (images, ROOM, len(parts))
        return {
            "points": table(rows, unscaled(points)[is_there], (*shape, 2)),
            "class_probabilities": table(
                rows, probabilities[is_there], (images, ROOM, probabilities.shape[1])
            ),
        }
    if "by_maps" in calls:
        (points, values, probabilities, image, part), _ = calls["by_maps"]
    else:
        (_, points, values, image, part), joined = calls["join"]
    number, shape = numbered(image, part), (images, len(parts), ROOM)
    arrays = {
        "peaks": table((image, part, number), unscaled(points), (*shape, 2)),
        "peak_scores": table((image, part, number), values, shape),
    }
    if "by_maps" in calls:
        classes = (*shape, probabilities.shape[1])
        return {
            **arrays,
            "class_probabilities": table((image, part, number), probabilities, classes),
        }
    pairs = joined.pairs
    place = pairs.image, pairs.edge, number[pairs.source], number[pairs.destination]
    edges = pairs.sources.shape[1]
    return {**arrays, "line_scores": table(place, joined.scores, (images, edges, ROOM, ROOM))}


def in_frames(member: Member, points: Any) -> Any:
    with editions.edition(member.reading.config.edition):
        return geometry.undo_input_scaling(points, member.reading.input_scaling)


def numbered(*groups: Any) -> Any:
    """For each entry, how many before it are of the same group."""
    keys = list(zip(*(group.tolist() for group in groups), strict=True))
    return np.array([keys[:index].count(key) for index, key in enumerate(keys)], int)


def table(place: Any, values: Any, shape: tuple[int, ...]) -> Any:
    array = np.full(shape, np.nan)
    array[place] = values
    return array


def agree(arrays: Arrays, expected: Arrays) -> None:
    """The arrays have what prediction finds, in the same order, and NaN behind it.

    A graph leaves the row of an animal empty that has no part, where prediction leaves it out.
    """
    for name, values in expected.items():
        array = np.asarray(arrays[name])
        if name in ("points", "point_scores", "instance_scores") and "centroids" in arrays:
            array = without_empty_rows(array, np.asarray(arrays["points"]))
        count = min(values.shape[1], array.shape[1])
        assert np.isnan(array[:, count:]).all()
        assert np.isnan(values[:, count:]).all()
        within = PIXELS if name in ("points", "peaks", "centroids") else SCORES
        array, values = array[:, :count], values[:, :count]
        np.testing.assert_allclose(array, values, rtol=1e-5, atol=within, err_msg=name)


def without_empty_rows(array: Any, points: Any) -> Any:
    empty = np.isnan(points).all(axis=(2, 3))
    order = np.argsort(empty, axis=1, kind="stable")
    return np.stack([rows[chosen] for rows, chosen in zip(array, order, strict=True)])


def model_of(name: str, paths: dict[str, Path], **options: Any) -> Any:
    if name not in WITHOUT_ROOM:
        options = {"max_instances": ROOM, **options}
    size = frames_of(name).shape[1:3]
    return points_model([paths[key] for key in RUNS[name]], size, **options)


@pytest.mark.parametrize("name", RUNS)
def test_points_are_those_of_prediction(name: str, paths: dict[str, Path]) -> None:
    images = frames_of(name)

    arrays = model_of(name, paths).predict_on_batch(images)

    expected = predicted([paths[key] for key in RUNS[name]], images)
    assert any(np.isfinite(values).any() for values in expected.values())
    agree(arrays, expected)


def adapted(member: Member, **preprocessing: Any) -> Member:
    """A model that says something else of how frames are prepared."""
    said = attrs.evolve(member.reading.preprocessing, **preprocessing)
    return attrs.evolve(member, reading=attrs.evolve(member.reading, preprocessing=said))


@pytest.mark.parametrize(
    ("edition", "refinement", "share"),
    # Untrained maps have values below 0, so that SLEAP's integral refinement divides by next to
    # nothing. Quarters of cells are where rounding decides about a level of gray in a crop.
    [("2026", "integral", 1), ("sleap-1.4", "local", 0.98)],
)
def test_frames_and_crops_are_resized_and_padded_as_for_prediction(
    edition: Any, refinement: str, share: float, paths: dict[str, Path], tmp_path: Path
) -> None:
    for key in ("centroid", "centered_instance"):
        poise.save(poise.read(paths[key]).build(edition=edition), tmp_path / key)
    roles = read_models([tmp_path / "centroid", tmp_path / "centered_instance"])
    assert roles.centroid is not None
    assert roles.crop is not None
    target = {"resize_and_pad_to_target": True, "target_height": 70, "target_width": 74}
    roles = Cast(
        centroid=adapted(roles.centroid, input_scaling=0.75, pad_to_stride=16, **target),
        crop=adapted(roles.crop, input_scaling=0.6),
    )
    images, options = five_pipelines.frames(), {"refinement": refinement}

    model = points_model(roles, five_pipelines.SIZE, max_instances=ROOM, **options)
    arrays = model.predict_on_batch(images)

    pipeline = compose(roles, options, batch_size=2)
    match = pipeline.match(five_pipelines.SIZE, five_pipelines.SIZE)
    assert match.target == (70, 74)
    animals = pipeline(np.stack([match.image(image) for image in images]))
    expected = pipeline.unmatched(animals, [match] * len(images)).points
    points = without_empty_rows(arrays["points"], arrays["points"])[:, : expected.shape[1]]
    off = np.abs(points - expected)
    assert (np.isnan(points) == np.isnan(expected)).mean() >= share
    assert (off[~np.isnan(off)] <= PIXELS).mean() >= share


@pytest.mark.parametrize("name", ["single", "top-down", "bottom-up"])
def test_a_fixed_batch_gives_the_same(name: str, paths: dict[str, Path]) -> None:
    images = frames_of(name)

    arrays = model_of(name, paths, batch=3).predict_on_batch(images)

    expected = model_of(name, paths).predict_on_batch(images)
    assert list(arrays) == list(expected)
    for output, values in expected.items():
        np.testing.assert_allclose(arrays[output], values, atol=1e-5, err_msg=output)


def test_color_frames_become_gray_as_prediction_makes_them(paths: dict[str, Path]) -> None:
    gray = five_pipelines.frames()
    colors = np.concatenate([gray, gray // 2, 255 - gray], axis=-1)

    arrays = model_of("single", paths, channels=3).predict_on_batch(colors)

    seen = np.stack([with_channels(frame, 1) for frame in colors])
    agree(arrays, predicted([paths["single_instance"]], seen))


def test_where_there_is_no_room_the_strongest_are_kept_and_the_others_counted(
    paths: dict[str, Path],
) -> None:
    models, images = [paths["centroid"], paths["centered_instance"]], five_pipelines.frames()
    every = points_model(models, five_pipelines.SIZE, max_instances=ROOM).predict_on_batch(images)

    arrays = points_model(models, five_pipelines.SIZE, max_instances=2).predict_on_batch(images)

    count = np.isfinite(every["centroid_scores"]).sum(axis=1)
    assert count.max() > 2
    assert arrays["points"].shape == (3, 2, 3, 2)
    assert arrays["dropped"].tolist() == np.maximum(count - 2, 0).tolist()
    best = -np.sort(-np.nan_to_num(every["centroid_scores"], nan=-1), axis=1)[:, :2]
    np.testing.assert_allclose(
        -np.sort(-np.nan_to_num(arrays["centroid_scores"], nan=-1), axis=1), best, atol=1e-6
    )


# Runtimes


def run_saved_model(model: Any, images: Any, place: Path) -> Arrays:
    import tensorflow as tf

    model.export(place, format="tf_saved_model", verbose=False)
    loaded = tf.saved_model.load(str(place))  # its variables live no longer than it does
    outputs = loaded.serve(tf.constant(images))
    return {name: tensor.numpy() for name, tensor in outputs.items()}


def run_frozen_graph(model: Any, images: Any, place: Path) -> Arrays:
    """By name, in a session of TensorFlow 1, as Bonsai does."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    signature = [tf.TensorSpec((None, *model.input_shape[1:]), tf.uint8)]
    function = tf.function(lambda image: model(image), input_signature=signature)
    frozen = convert_variables_to_constants_v2(function.get_concrete_function())
    (file := place.with_suffix(".pb")).write_bytes(frozen.graph.as_graph_def().SerializeToString())
    definition = tf.compat.v1.GraphDef.FromString(file.read_bytes())
    with tf.Graph().as_default() as graph, tf.compat.v1.Session() as session:
        tf.import_graph_def(definition, name="")
        assert not graph.get_collection("variables")
        fetched = session.run(
            [output.name for output in frozen.outputs], {frozen.inputs[0].name: images}
        )
    return dict(zip(sorted(model.output), fetched, strict=True))


def run_onnx(model: Any, images: Any, place: Path) -> Arrays:
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("tf2onnx")
    file = place.with_suffix(".onnx")

    model.export(file, format="onnx", verbose=False)

    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    (given,) = (given.name for given in session.get_inputs())
    return dict(zip(names, session.run(names, {given: images}), strict=True))


RUNTIMES = {"saved_model": run_saved_model, "frozen_graph": run_frozen_graph, "onnx": run_onnx}


SLOW = ("bottom-up", "identities of parts", "identities of crops")


@pytest.fixture(
    scope="module",
    params=["single", "top-down", *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)],
)
def exported(request: pytest.FixtureRequest, paths: dict[str, Path]) -> Any:
    """A model and frames, and what the model finds in Keras."""
    import keras

    if keras.backend.backend() != "tensorflow":
        pytest.skip("formats of TensorFlow, and what is made from them, need its backend")
    images = frames_of(request.param)
    model = model_of(request.param, paths)
    return model, images, model.predict_on_batch(images)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_points_survive_in_other_formats(exported: Any, runtime: str, tmp_path: Path) -> None:
    model, images, expected = exported

    arrays = RUNTIMES[runtime](model, images, tmp_path / "export")

    assert set(arrays) == set(expected)
    for name, values in expected.items():
        within = PIXELS if name in ("points", "peaks", "centroids") else SCORES
        np.testing.assert_allclose(arrays[name], values, atol=within, err_msg=name)


# Real models

SLEAP = {
    "single": (["minimal_robot.UNet.single_instance"], "videos/small_robot.mp4"),
    "centroids": (["minimal_instance.UNet.centroid"], "labels/minimal_instance.pkg.slp"),
    "top-down": (
        ["minimal_instance.UNet.centroid", "minimal_instance.UNet.centered_instance"],
        "labels/minimal_instance.pkg.slp",
    ),
    "bottom-up": (["minimal_instance.UNet.bottomup"], "labels/minimal_instance.pkg.slp"),
    "identities of parts": (["min_tracks_2node.UNet.bottomup_multiclass"], "videos/clip.mp4"),
}


@pytest.fixture(params=SLEAP)
def real(request: pytest.FixtureRequest, shared: Path) -> tuple[str, list[Path], Any]:
    """Name, models and two frames of a pipeline that SLEAP trained."""
    import sleap_io

    names, source = SLEAP[request.param]
    file = shared / "sleap" / source
    is_video = file.suffix == ".mp4"
    video = sleap_io.load_video(file) if is_video else sleap_io.load_slp(file).videos[0]
    images = np.stack([video[number] for number in range(min(2, len(video)))])
    models = [shared / "sleap" / "models" / name for name in names]
    channels = read_models(models).members[0].reading.image[2]
    return request.param, models, np.stack([with_channels(image, channels) for image in images])


@pytest.mark.slow
def test_real_models_find_the_same_points(real: Any) -> None:
    name, models, images = real
    room = {} if name == "single" else {"max_instances": ROOM}

    arrays = points_model(models, images.shape[1:3], **room).predict_on_batch(images)

    expected = predicted(models, images)
    assert any(np.isfinite(values).any() for values in expected.values())
    agree(arrays, expected)


# Through the command's function


def test_an_export_of_points_is_proven_and_says_what_its_arrays_are(
    paths: dict[str, Path], tmp_path: Path, keras: Any
) -> None:
    if keras.backend.backend() != "tensorflow":
        pytest.skip("Poise writes these formats from TensorFlow")
    images = five_pipelines.frames()

    exported = poise_workflows.export(
        [paths["centroid"], paths["centered_instance"]],
        tmp_path / "flies",
        format="frozen_graph",
        points=True,
        image=five_pipelines.SIZE,
        max_instances=ROOM,
    )

    manifest = json.loads((tmp_path / "flies" / "manifest.json").read_text("utf-8"))
    assert manifest["input"]["dtype"] == "uint8"
    assert manifest["arrays"]["names"]["part"] == five_pipelines.PARTS
    assert manifest["arrays"]["outputs"]["points"]["axes"] == ["frame", "animal", "part", "xy"]
    assert manifest["proof"]["outputs"]["points"]["tolerance"] == PIXELS
    assert manifest["proof"]["count"] == 8
    for name, key in (("centroid", "centroid"), ("confmap", "centered_instance")):
        job = poise.read(tmp_path / "flies" / f"{name}_config.json")
        assert job.config.heads.which_oneof_attrib_name() == key
    (spec,) = [spec for key, spec in poise.plugins_of("exporter").items() if key == "frozen_graph"]
    arrays = spec.run(exported.folder, images)
    agree(dict(arrays), predicted([paths["centroid"], paths["centered_instance"]], images))


def test_what_belongs_to_points_is_refused_without_them(
    paths: dict[str, Path], tmp_path: Path
) -> None:
    with pytest.raises(ExportError, match="must be left out for maps") as caught:
        poise_workflows.export(
            paths["centroid"],
            tmp_path / "export",
            format="saved_model",
            max_instances=3,
            peak_threshold=0.1,
        )

    assert len(caught.value.faults) == 2
    with pytest.raises(ExportError, match="with points, got any"):
        poise_workflows.export(
            paths["centroid"], tmp_path / "export", format="saved_model", points=True, image="any"
        )


@pytest.mark.slow
def test_exports_of_real_models_find_the_points_of_prediction(real: Any, tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("tf2onnx")
    name, models, images = real
    room = {} if name == "single" else {"max_instances": ROOM}
    size = images.shape[1:3]

    model = points_model(models, size, batch=1, **room)
    model.predict_on_batch(images[:1])  # Keras exports no model that was never called
    model.export(tmp_path / "model.onnx", format="onnx", verbose=False)

    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    names = [output.name for output in session.get_outputs()]
    calls = [session.run(names, {session.get_inputs()[0].name: image[None]}) for image in images]
    arrays = dict(zip(names, map(np.concatenate, zip(*calls, strict=True)), strict=True))
    agree(arrays, predicted(models, images))
