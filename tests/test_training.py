"""From labels to a trained model: targets, compile arguments, and what they are for."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import poise
from poise.job.optimization import HardKeypointMiningConfig, OptimizationConfig

pytestmark = pytest.mark.usefixtures("keras")

SKELETON = poise.Skeleton(("head", "thorax", "abdomen"), (("head", "thorax"),))
CLASSES = ("female", "male")
LABELS = poise.Labels(
    np.array([[[[4.0, 6.0], [20.0, 9.0], [np.nan, np.nan]]] * 2], dtype="float32"),
    classes=np.array([[1, 0]]),
)


def config(head: Any, stacks: int = 1, **fields: Any) -> poise.ModelConfig:
    # Stacks can only follow each other if each ends at the stride of the stem.
    stem = None if stacks == 1 else 2
    unet = poise.UNetConfig(
        stem_stride=stem, max_stride=8, output_stride=2, filters=2, stacks=stacks
    )
    return poise.ModelConfig(backbone=unet, heads=head, **fields)


def multi_instance() -> Any:
    return poise.MultiInstanceConfig(
        confmaps=poise.MultiInstanceConfmapsHeadConfig(
            output_stride=2, loss_weight=2.0, offset_refinement=True
        ),
        pafs=poise.PartAffinityFieldsHeadConfig(output_stride=4, loss_weight=0.5),
    )


def topdown() -> Any:
    return poise.MultiClassTopDownConfig(
        confmaps=poise.CenteredInstanceConfmapsHeadConfig(output_stride=2),
        class_vectors=poise.ClassVectorsHeadConfig(output_stride=4),
    )


def centroid() -> Any:
    return poise.CentroidsHeadConfig(output_stride=2, anchor_part="thorax")


def shapes(arrays: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(array.shape) for name, array in arrays.items()}


def test_targets_are_named_and_shaped_like_the_models_outputs() -> None:
    model = poise.build(config(multi_instance()), (32, 24, 1), SKELETON)
    targets = poise.make_targets(model, LABELS)
    assert shapes(targets) == shapes(model(np.zeros((1, 32, 24, 1), dtype="float32")))
    assert targets["confmaps"].shape == (1, 16, 12, 3)


def test_every_stack_has_the_same_targets() -> None:
    model = poise.build(config(multi_instance(), stacks=2), (32, 24, 1), SKELETON)
    targets = poise.make_targets(model, LABELS)
    assert set(targets) == set(model.output)
    assert {"confmaps_0", "confmaps_1", "pafs_0", "pafs_1"} < set(targets)
    np.testing.assert_array_equal(targets["confmaps_0"], targets["confmaps_1"])


def test_targets_need_no_model() -> None:
    targets = poise.make_targets(
        poise.resolve(config(multi_instance()), SKELETON), LABELS, (33, 21)
    )
    assert targets["confmaps"].shape == (1, 17, 11, 3)


def test_labels_may_name_their_parts_in_any_order() -> None:
    resolution = poise.resolve(config(multi_instance()), SKELETON)
    order = [2, 0, 1]
    named = poise.Labels(
        LABELS.points[:, :, order], parts=[SKELETON.parts[index] for index in order]
    )
    actual, expected = (
        poise.make_targets(resolution, labels, (32, 24)) for labels in (named, LABELS)
    )
    for name in expected:
        np.testing.assert_array_equal(actual[name], expected[name])


def test_the_anchor_marks_the_centroid_and_the_bounding_box_stands_in_for_it() -> None:
    points = np.array(
        [[[[4.0, 4.0], [10.0, 20.0], [12.0, 8.0]], [[16.0, 4.0], [np.nan] * 2, [20.0, 24.0]]]],
        dtype="float32",
    )
    resolution = poise.resolve(config(centroid()), SKELETON)
    maps = np.array(poise.make_targets(resolution, poise.Labels(points), (32, 32))["confmaps"])
    peaks = np.argwhere(maps[0, ..., 0] > 0.999).tolist()
    assert peaks == [[7, 9], [10, 5]]  # row and column of (18, 14) and of (10, 20)


def test_in_edition_sleap_anchors_are_given_with_the_labels() -> None:
    points = np.array([[[[4.0, 4.0], [10.0, 20.0], [12.0, 8.0]]]], dtype="float32")
    resolution = poise.resolve(config(centroid(), edition="sleap-1.4"), SKELETON)
    for labels, cell in (
        (poise.Labels(points), [6, 4]),
        (poise.Labels(points, anchors=points[:, :, 0]), [2, 2]),
    ):
        maps = np.array(poise.make_targets(resolution, labels, (32, 32))["confmaps"])
        assert np.argwhere(maps[0, ..., 0] > 0.999).tolist() == [cell]


@pytest.mark.parametrize(
    ("head", "labels", "message"),
    [
        (
            multi_instance,
            poise.Labels(np.zeros((1, 1, 5, 2))),
            "must have 3 parts (head, thorax, abdomen), got 5; name them with "
            "Labels(parts=…) @ labels.points",
        ),
        (
            multi_instance,
            poise.Labels(np.zeros((1, 1, 2, 2)), parts=["head", "thoraks"]),
            "2 faults:\n"
            "  no part 'thorax', which part_names names; did you mean 'thoraks'? @ labels.parts\n"
            "  no part 'abdomen', which part_names names; labeled: head, thoraks @ labels.parts",
        ),
        (
            topdown,
            poise.Labels(np.zeros((1, 1, 3, 2))),
            "the targets of class_vectors need the class of each instance; give "
            "Labels(classes=…) @ labels.classes",
        ),
        (
            topdown,
            poise.Labels(np.zeros((1, 1, 3, 2)), classes=np.array([[2]])),
            "must be less than the number of classes, 2, got 2; the classes are female, male "
            "@ labels.classes",
        ),
        (
            centroid,
            poise.Labels(np.zeros((1, 1, 2, 2)), parts=["head", "abdomen"]),
            "no part 'thorax', which is anchor_part; labeled: abdomen, head @ labels.parts",
        ),
    ],
)
def test_labels_that_lack_what_targets_need_are_refused(
    head: Any, labels: poise.Labels, message: str
) -> None:
    resolution = poise.resolve(config(head()), SKELETON, CLASSES)
    with pytest.raises(poise.LabelsError) as caught:
        poise.make_targets(resolution, labels, (32, 24))
    assert str(caught.value) == message


def test_an_anchor_whose_place_is_not_known_is_asked_for() -> None:
    resolution = poise.resolve(config(centroid()))  # as of a saved model: no skeleton
    with pytest.raises(
        poise.LabelsError, match="must name the parts, since anchor_part is 'thorax', got None"
    ):
        poise.make_targets(resolution, LABELS, (32, 24))


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (None, r"the size of the images is not known; give size=\(height, width\) in pixels"),
        ((32.0, 24.0), r"must be \(height, width\) in pixels as Python integers, got"),
        ((32, 0), r"must be \(height, width\) in pixels as Python integers, got"),
    ],
)
def test_a_size_that_is_not_known_is_refused(size: Any, message: str) -> None:
    resolution = poise.resolve(config(multi_instance()), SKELETON)
    with pytest.raises(poise.BuildError, match=message):
        poise.make_targets(resolution, LABELS, size)


def test_what_is_no_model_is_refused() -> None:
    for function in (poise.compile_args, lambda model: poise.make_targets(model, LABELS)):
        with pytest.raises(
            poise.BuildError, match=r"must be a model of poise\.build or poise\.load"
        ):
            function("model.h5")


def test_losses_and_weights_go_by_the_names_of_outputs() -> None:
    arguments = poise.compile_args(config(multi_instance()), SKELETON)
    assert arguments["loss"] == dict.fromkeys(("confmaps", "pafs", "offsets"), "mean_squared_error")
    assert arguments["loss_weights"] == {"confmaps": 2.0, "pafs": 0.5, "offsets": 1.0}
    assert arguments["metrics"] == {}


def test_every_stack_is_supervised_alike() -> None:
    arguments = poise.compile_args(config(multi_instance(), stacks=2), SKELETON)
    weights = {"confmaps": 2.0, "pafs": 0.5, "offsets": 1.0}
    assert arguments["loss_weights"] == {
        f"{name}_{stack}": weight for name, weight in weights.items() for stack in (0, 1)
    }
    model = poise.build(config(multi_instance(), stacks=2), (32, 24, 1), SKELETON)
    assert set(poise.compile_args(model)["loss"]) == set(model.output) == set(arguments["loss"])


def test_parts_and_classes_are_watched() -> None:
    centered = poise.CenteredInstanceConfmapsHeadConfig(output_stride=2)
    arguments = poise.compile_args(config(centered), SKELETON)["metrics"]
    assert [metric.name for metric in arguments["confmaps"]] == ["head", "thorax", "abdomen"]
    arguments = poise.compile_args(config(topdown()), SKELETON, CLASSES)
    assert [metric.name for metric in arguments["metrics"]["class_vectors"]] == ["accuracy"]
    assert arguments["loss"]["class_vectors"] == "categorical_crossentropy"


def test_the_error_of_each_part_is_that_of_its_channel() -> None:
    centered = poise.CenteredInstanceConfmapsHeadConfig(output_stride=2)
    metrics = poise.compile_args(config(centered), SKELETON)["metrics"]["confmaps"]
    predictions = np.zeros((2, 4, 4, 3), dtype="float32")
    for metric in metrics:
        metric.update_state(predictions + np.array([1.0, 2.0, 3.0], "float32"), predictions)
    assert [float(metric.result()) for metric in metrics] == [1.0, 4.0, 9.0]


def test_hard_keypoints_are_mined_in_maps_alone() -> None:
    arguments = poise.compile_args(config(topdown()), SKELETON, CLASSES, hard_keypoint_mining=True)
    assert type(arguments["loss"]["confmaps"]).__name__ == "HardKeypointLoss"
    assert arguments["loss"]["class_vectors"] == "categorical_crossentropy"
    assert "hard_keypoints" in [metric.name for metric in arguments["metrics"]["confmaps"]]
    as_sleap = poise.compile_args(
        config(topdown(), edition="sleap-1.4"), SKELETON, CLASSES, hard_keypoint_mining=True
    )
    assert as_sleap["loss"]["confmaps"] == "mean_squared_error"


def test_the_section_of_a_sleap_job_says_how_to_train() -> None:
    section = OptimizationConfig(
        optimizer="SGD",
        initial_learning_rate=0.25,
        hard_keypoint_mining=HardKeypointMiningConfig(online_mining=True, loss_scale=3.0),
    )
    arguments = poise.compile_args(config(multi_instance()), SKELETON, optimization=section)
    assert type(arguments["optimizer"]).__name__ == "SGD"
    assert float(arguments["optimizer"].learning_rate) == 0.25
    assert arguments["loss"]["pafs"].get_config()["loss_scale"] == 3.0
    wins = poise.compile_args(
        config(multi_instance()),
        SKELETON,
        optimization=section,
        optimizer="adam",
        learning_rate=0.5,
        hard_keypoint_mining=False,
    )
    assert wins["optimizer"].amsgrad
    assert float(wins["optimizer"].learning_rate) == 0.5
    assert wins["loss"]["pafs"] == "mean_squared_error"


def test_optimizers_are_set_up_as_documented(keras: ModuleType) -> None:
    def optimizer(edition: str = "2026", **how: Any) -> Any:
        model_config = config(multi_instance(), edition=edition)
        return poise.compile_args(model_config, SKELETON, **how)["optimizer"]

    adam = optimizer()
    assert (type(adam).__name__, adam.amsgrad) == ("Adam", True)
    assert float(adam.learning_rate) == pytest.approx(1e-4)
    rmsprop = optimizer(optimizer="RMSprop").get_config()
    assert (rmsprop["rho"], rmsprop["momentum"]) == (0.9, 0.0)
    assert optimizer(optimizer="sgd").get_config()["momentum"] == 0.0
    assert float(optimizer(optimizer="nadam").learning_rate) == pytest.approx(1e-4)
    # SLEAP handed other names to Keras, and with them its default learning rate.
    assert float(optimizer("sleap-1.4", optimizer="nadam").learning_rate) == pytest.approx(1e-3)
    own = keras.optimizers.Lion(0.3)
    assert optimizer(optimizer=own) is own


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"optimizer": "adaam"},
            "no optimizer 'adaam' in Keras; adam, rmsprop, sgd are set up as in SLEAP @ optimizer",
        ),
        ({"learning_rate": -1.0}, "must be a number > 0, got -1.0 @ learning_rate"),
    ],
)
def test_an_optimizer_that_there_is_not_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(poise.ConfigError) as caught:
        poise.compile_args(config(multi_instance()), SKELETON, **arguments)
    assert str(caught.value) == message


@pytest.mark.backends
@pytest.mark.parametrize(
    ("head", "mining"), [(multi_instance, True), (topdown, False)], ids=["maps", "classes"]
)
def test_a_model_learns_its_targets(head: Any, mining: bool, keras: ModuleType) -> None:
    keras.utils.set_random_seed(0)
    model = poise.build(config(head()), (32, 24, 1), SKELETON, CLASSES)
    model.compile(**poise.compile_args(model, learning_rate=0.01, hard_keypoint_mining=mining))
    images = np.random.default_rng(0).random((1, 32, 24, 1), dtype="float32")
    targets = poise.make_targets(model, LABELS)
    losses = [float(model.train_on_batch(images, targets)[0]) for _ in range(8)]
    assert np.isfinite(losses).all()
    assert losses[-1] < losses[0]


def test_targets_are_made_in_a_data_pipeline(keras: ModuleType) -> None:
    if keras.backend.backend() != "tensorflow":
        pytest.skip("tf.data traces functions of TensorFlow alone")
    import tensorflow as tf

    resolution = poise.resolve(config(multi_instance()), SKELETON)
    frames = [np.repeat(LABELS.points, count, axis=1)[0] for count in (0, 1, 3)]
    data = tf.data.Dataset.from_generator(
        lambda: iter(frames), output_signature=tf.TensorSpec((None, 3, 2), tf.float32)
    )
    dataset = data.map(
        lambda points: poise.make_targets(resolution, poise.Labels(points[None]), (32, 24))
    )
    for points, targets in zip(frames, dataset, strict=True):
        expected = poise.make_targets(resolution, poise.Labels(points[None]), (32, 24))
        assert shapes(targets) == shapes(expected)
        for name in expected:
            np.testing.assert_allclose(targets[name], expected[name], atol=1e-6)
    assert dataset.element_spec["confmaps"].shape == (1, 16, 12, 3)


def test_a_compiled_model_survives_saving(keras: ModuleType, tmp_path: Any) -> None:
    model = poise.build(config(multi_instance()), (32, 24, 1), SKELETON)
    model.compile(**poise.compile_args(model, hard_keypoint_mining=True))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert type(again.loss["confmaps"]).__name__ == "HardKeypointLoss"
