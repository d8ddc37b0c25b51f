"""A head for each way to break a promise of heads, each caught by exactly one check.

Each of them is the sound head at the top with one thing wrong. Promises that heads share with
backbones are broken in test_broken_backbones.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import attrs
import numpy as np
import pytest

from poise.errors import BuildError, Fault
from poise.fields import names, optional, power_of_two, to_tuple
from poise.instances import Instances, gathered
from poise.labels import Labels
from poise.specs import GraphDecoding, GraphOutput, HeadSpec, Output
from poise.testing import Outcome, every_check

Examine = Callable[[HeadSpec], dict[str, Outcome]]


@attrs.frozen(kw_only=True)
class Config:
    """Made up.

    Attributes:
        part_names: names of the parts, one channel each; ``None``: those of the skeleton.
        output_stride: input pixels per cell of the maps.
    """

    part_names: tuple[str, ...] | None = attrs.field(
        default=None, converter=to_tuple, validator=optional(names())
    )
    output_stride: int = attrs.field(default=2, validator=power_of_two())


def parts_of(config: Config, skeleton: Any, field: str = "part_names") -> tuple[str, ...]:
    if config.part_names is not None:
        return config.part_names
    if skeleton is None:
        raise BuildError([Fault("no parts are named and no skeleton is given", field)])
    parts: tuple[str, ...] = skeleton.parts
    return parts


def maps(features: Any, suffix: str, *, channels: int, **how: Any) -> Any:
    """The sound prediction: a smoothing layer and one that predicts."""
    from keras import layers

    how = {"kernel_size": 3, "padding": "same", "name": "Maps", "smooth": "MapsSmooth{}", **how}
    how = {"dtype": "float32", **how}
    smoothed = layers.Conv2D(4, 1, name=how.pop("smooth").format(suffix))(features)
    name = how.pop("name") + suffix
    return layers.Conv2D(channels, name=name, **how)(smoothed)


def outputs(
    config: Config,
    skeleton: Any,
    classes: Any,
    *,
    how: Mapping[str, Any] | None = None,
    build: Callable[..., Any] | None = None,
    **fields: Any,
) -> tuple[Output, ...]:
    """The sound outputs: one with as many maps as there are parts.

    Args:
        config: the configuration.
        skeleton: where parts come from if it has none.
        classes: unused.
        how: changes of the layers.
        build: builds the prediction instead.
        fields: changes of the output.
    """
    channels = len(parts_of(config, skeleton))
    layers = {"channels": channels, **(how or {})}
    return (
        Output(
            **{
                "name": "maps",
                "layer_name": "Maps",
                "stride": config.output_stride,
                "channels": channels,
                "build": build or partial(maps, **layers),
                "targets": partial(targets, config),
                **fields,
            }
        ),
    )


def targets(config: Config, labels: Any, size: tuple[int, int]) -> Any:
    """The sound targets: Gaussians of the first animal's parts."""
    points = np.asarray(labels.points)[:, :1]  # an image may have no animal
    y, x = (
        np.exp(
            -((points[..., axis, None] - np.arange(0, size[1 - axis], config.output_stride)) ** 2)
            / 50
        )
        for axis in (1, 0)
    )
    return np.nan_to_num(np.einsum("niph,nipw->nhwp", y, x)).astype(np.float32)


def decode(
    config: Config,
    predictions: Mapping[str, Any],
    *,
    least: float = 0.2,
    scale: tuple[float, float] = (1, 1),
) -> Instances:
    """The sound decoder: the highest cell of each map.

    Args:
        config: the configuration.
        predictions: the maps.
        least: lower cells are not parts.
        scale: factors of x and y.
    """
    maps = np.asarray(predictions["maps"])
    images, _, width, parts = maps.shape
    flat = maps.reshape(images, -1, parts)
    place = np.stack([flat.argmax(axis=1) % width, flat.argmax(axis=1) // width], axis=-1)
    (indices,) = np.nonzero(flat.max(axis=(1, 2)) >= least)
    points = place[indices] * config.output_stride * np.array(scale)
    return gathered(
        points.astype(np.float32),
        flat.max(axis=1)[indices],
        flat.max(axis=(1, 2))[indices],
        indices,
        images=images,
        parts=config.part_names or (),
    )


def decode_in_graph(
    config: Config, *, shift: float = 0, only: bool = False, outputs: tuple[str, ...] = ("points",)
) -> GraphDecoding:
    """The sound decoder within a graph.

    Args:
        config: the configuration.
        shift: pixels that points are off.
        only: whether parts that are missing are left out, so that shapes depend on the maps.
        outputs: names of what is declared.
    """

    def call(predictions: Any) -> dict[str, Any]:
        from keras import ops

        maps = predictions["maps"]
        _, height, width, parts = maps.shape
        flat = ops.reshape(maps, (-1, height * width, parts))
        cells, values = ops.argmax(flat, axis=1), ops.max(flat, axis=1)
        place = ops.stack([cells % width, cells // width], axis=-1) * config.output_stride
        points = ops.where(values[..., None] >= 0.2, ops.cast(place, "float32") + shift, np.nan)
        points = ops.reshape(points, (-1, 2)) if only else points[:, None]
        return {"points": points}

    axes = ("image", "animal", "part", "xy")
    declared = {name: GraphOutput(axes=axes, meaning="parts") for name in outputs}
    return GraphDecoding(outputs=declared, names={"part": config.part_names or ()}, call=call)


def resolve(config: Config, skeleton: Any, classes: Any) -> Config:
    return attrs.evolve(config, part_names=parts_of(config, skeleton))


SOUND = HeadSpec(
    key="made_up",
    config=Config,
    outputs=outputs,
    resolve=resolve,
    decode=decode,
    summary="A head that keeps every promise",
    examples={"three parts": Config(part_names=("a", "b", "c"))},
)
broken = partial(attrs.evolve, SOUND)


def predicting(**how: Any) -> HeadSpec:
    """The sound head with other outputs."""
    return broken(outputs=partial(outputs, **how))


def twice(config: Config, skeleton: Any, classes: Any) -> tuple[Output, ...]:
    return 2 * outputs(config, skeleton, classes)


def layers_called_the_same(config: Config, skeleton: Any, classes: Any) -> tuple[Output, ...]:
    (output,) = outputs(config, skeleton, classes)
    return (output, attrs.evolve(output, name="more maps"))


def without_the_skeleton(config: Config, skeleton: Any, classes: Any) -> tuple[Output, ...]:
    return outputs(config, None, classes)


def failing_on_what_is_not_there(config: Config, skeleton: Any, classes: Any) -> tuple[Output, ...]:
    parts = config.part_names or skeleton.parts
    return outputs(attrs.evolve(config, part_names=parts), None, classes)


def naming_no_field(config: Config, skeleton: Any, classes: Any) -> tuple[Output, ...]:
    parts_of(config, skeleton, field="parts")
    return outputs(config, skeleton, classes)


def for_two_stacks_at_most(features: Any, suffix: str) -> Any:
    names = {"": "Maps", "_0": "Maps_0", "_1": "Maps_1"}
    return maps(features, suffix, channels=3) if names[suffix] else None


def of_whole_cells(labels: Any, size: tuple[int, int]) -> Any:
    return targets(Config(), labels, (size[0] // 2 * 2, size[1] // 2 * 2))


def of_the_corner_where_nothing_is(labels: Any, size: tuple[int, int]) -> Any:
    return targets(Config(), attrs.evolve(labels, points=np.nan_to_num(labels.points)), size)


def of_the_first_animal(labels: Any, size: tuple[int, int]) -> Any:
    first = labels.points[:, 0]  # not :1
    return targets(Config(), attrs.evolve(labels, points=first[:, None], classes=None), size)


def of_the_corner_where_nobody_is(labels: Any, size: tuple[int, int]) -> Any:
    if not labels.points.shape[1]:
        labels = Labels(np.zeros((len(labels.points), 1, *labels.points.shape[2:])))
    return targets(Config(), labels, size)


def of_one_part(**fields: Any) -> HeadSpec:
    """The sound head with one part."""
    return broken(examples={"one part": Config(part_names=("middle",))}, **fields)


def of_every_animal(config: Config, labels: Any, size: tuple[int, int]) -> Any:
    """Targets that show all animals, not the first alone."""
    animals = [
        attrs.evolve(labels, points=labels.points[:, index : index + 1], classes=None)
        for index in range(max(1, labels.points.shape[1]))
    ]
    return np.max([targets(config, animal, size) for animal in animals], axis=0)


def of_another_kind() -> list[Any]:
    import keras

    def refusing(targets: Any, predictions: Any) -> Any:
        raise ValueError("of vectors alone")

    return [keras.metrics.MeanMetricWrapper(refusing, name="refusing")]


def every_animal(config: Config, predictions: Mapping[str, Any]) -> Instances:
    """The sound decoder of one part, repeated without the animals found so far."""
    maps, animals = np.array(predictions["maps"]), []
    rows, columns = np.indices(maps.shape[1:3])
    while (best := decode(config, {"maps": maps}, least=0.9)).counts.any():
        for image in np.flatnonzero(best.counts):
            x, y = best.points[image, 0, 0] / config.output_stride
            maps[image, np.hypot(columns - x, rows - y) < 5] = 0
            arrays = (best.points, best.point_scores, best.instance_scores)
            animals.append((*(array[image, 0] for array in arrays), image))
    if not animals:
        return best
    columns_of = map(np.array, zip(*animals, strict=True))
    return gathered(*columns_of, images=len(maps), parts=best.parts)


def first_stage(**fields: Any) -> HeadSpec:
    """A sound head that finds one point of each animal."""

    def of_all(config: Config, skeleton: Any, classes: Any) -> tuple[Output, ...]:
        return outputs(config, skeleton, classes, targets=partial(of_every_animal, config))

    sound = {"stage": "centroid", "outputs": of_all, "decode": every_animal}
    return of_one_part(**{**sound, **fields})


EVERY: list[tuple[str, HeadSpec, str]] = [
    (
        "its_outputs_can_be_told_apart",
        broken(outputs=twice),
        "outputs of head 'made_up' must have unique names, got maps twice",
    ),
    (
        "its_outputs_can_be_told_apart",
        broken(outputs=layers_called_the_same),
        "the layer_names of outputs must be unique, got Maps, Maps",
    ),
    (
        "its_outputs_can_be_told_apart",
        predicting(stride=3, where="output_stride"),
        "the stride of output 'maps' must be a power of two, got 3",
    ),
    (
        "names_can_come_from_skeleton_and_classes",
        broken(outputs=without_the_skeleton),
        "it raised BuildError: no parts are named and no skeleton is given",
    ),
    (
        "missing_names_are_refused_by_the_fields_that_miss_them",
        broken(outputs=failing_on_what_is_not_there),
        "must raise a BuildError, got PluginError: outputs of head 'made_up' failed",
    ),
    (
        "missing_names_are_refused_by_the_fields_that_miss_them",
        broken(outputs=naming_no_field),
        "is given @ parts' names no field of Config",
    ),
    (
        "a_resolved_configuration_needs_no_skeleton",
        broken(resolve=None),
        "without resolve, the outputs still need a skeleton or classes: no parts are named",
    ),
    (
        "a_resolved_configuration_needs_no_skeleton",
        broken(resolve=lambda config, skeleton, classes: Config(part_names=("other",))),
        "outputs must be [('maps', 'Maps', 2, 4)], got [('maps', 'Maps', 2, 1)]",
    ),
    (
        "every_output_says_where_its_stride_is_set",
        predicting(where="stride"),
        "where of output 'maps' must name a field of Config, got 'stride'",
    ),
    (
        "its_losses_are_known_to_keras",
        predicting(loss="mean_squared_eror"),
        "the loss of output 'maps' must be known to Keras, got 'mean_squared_eror'",
    ),
    (
        "its_losses_are_known_to_keras",
        predicting(loss_weight=-1.0),
        "the loss weight of output 'maps' must be finite and ≥ 0, got -1.0",
    ),
    (
        "each_prediction_comes_from_the_layer_of_its_name",
        predicting(how={"name": "Map"}),
        "'maps' must have a layer 'Maps', got MapsSmooth, Map",
    ),
    (
        "predictions_have_as_many_channels_as_their_output_says",
        predicting(how={"channels": 7}),
        "'maps' must have 3 channels, got the shape (None, 2, 2, 7)",
    ),
    (
        "maps_have_a_cell_for_each_cell_of_their_features",
        predicting(how={"strides": 2}),
        "'maps' at stride 2 must have (2, 3) cells, got (1, 2)",
    ),
    (
        "every_layer_carries_the_suffix_of_its_stack",
        predicting(how={"smooth": "MapsSmooth"}),
        "layer names must end in the suffix '_0', got MapsSmooth",
    ),
    (
        "each_stack_gets_outputs_of_its_own",
        predicting(build=for_two_stacks_at_most, channels=3),
        "_2",
    ),
    (
        "targets_have_the_shapes_of_their_outputs",
        predicting(targets=lambda labels, size: targets(Config(), labels, size)[:, 1:]),
        "for images of 96 × 128 must have the shape (2, 48, 64, 3), got (2, 47, 64, 3)",
    ),
    (
        "targets_have_the_shapes_of_their_outputs",
        predicting(targets=of_whole_cells),
        "for images of 37 × 51 must have the shape (2, 19, 26, 3), got (2, 18, 25, 3)",
    ),
    (
        "targets_have_the_shapes_of_their_outputs",
        predicting(targets=lambda *arguments: targets(Config(), *arguments).astype(np.float64)),
        "must be float32, got float64",
    ),
    (
        "it_is_trained_with_exactly_what_compile_args_returns",
        predicting(metrics=of_another_kind),
        "it raised ValueError: of vectors alone",
    ),
    (
        "invisible_parts_give_empty_targets",
        predicting(targets=of_the_corner_where_nothing_is),
        "targets of 'maps' of invisible parts must be 0, got up to 1",
    ),
    (
        "images_without_animals_give_empty_targets",
        predicting(targets=of_the_first_animal),
        "IndexError: index 0 is out of bounds for axis 1 with size 0",
    ),
    (
        "images_without_animals_give_empty_targets",
        predicting(targets=of_the_corner_where_nobody_is),
        "targets of 'maps' for images without animals must be 0, got 0…1",
    ),
    (
        "it_works_in_mixed_precision",
        predicting(how={"dtype": None}),
        "built under mixed_float16, outputs must be float32, got float16 for maps",
    ),
    (
        "empty_predictions_hold_no_animals",
        broken(decode=partial(decode, least=0)),
        "predictions of zeros must give no animals, got [1, 1]",
    ),
    (
        "empty_predictions_hold_no_animals",
        broken(decode=lambda config, predictions: []),
        "decode of head 'made_up' must return poise.Instances, got list",
    ),
    (
        "decoding_targets_gives_the_points_back",
        broken(decode=partial(decode, scale=(1, 0.5))),
        "within half a stride (1 pixels), got a at [78.0, 22.0] instead of [78.0, 45.0]",
    ),
    (
        "decoding_within_a_graph_has_fixed_shapes",
        broken(decode_in_graph=partial(decode_in_graph, only=True)),
        "'points' must have the axes image, animal, part, xy, got the shape (None, 2)",
    ),
    (
        "decoding_within_a_graph_has_fixed_shapes",
        broken(decode_in_graph=partial(decode_in_graph, outputs=("points", "scores"))),
        "outputs declares points, scores, call returns points",
    ),
    (
        "decoding_within_a_graph_has_fixed_shapes",
        first_stage(decode_in_graph=decode_in_graph),
        "a head of centroids must have the outputs 'points' and 'instance_scores'",
    ),
    (
        "decoding_within_a_graph_finds_the_points_of_decode",
        broken(decode_in_graph=partial(decode_in_graph, shift=0.5)),
        "points must be within 0.01 pixels of those of decode, got [0.5, 0.5, 0.5",
    ),
    (
        "a_head_of_stage_centroid_finds_one_point_of_each_animal",
        broken(stage="centroid"),
        "an animal must have 1 point, got 3 (a, b, c)",
    ),
    (
        "a_head_of_stage_centroid_finds_one_point_of_each_animal",
        first_stage(decode=None),
        "decode must find points, got None",
    ),
    (
        "a_head_of_stage_centroid_finds_one_point_of_each_animal",
        first_stage(decode=decode),
        "must find two animals in the first image and none in the second, got [1, 0]",
    ),
    (
        "a_head_of_stage_crop_finds_one_animal_at_most",
        of_one_part(stage="crop", decode=every_animal),
        "must find at most 1 animal in a crop of random predictions, got [",
    ),
]


ALSO = {
    "outputs of head 'made_up' must have unique names, got maps twice": (
        "names_can_come_from_skeleton_and_classes",
    )
}
"""Finding → checks that come to it, too, since Poise itself refuses such outputs."""


def test_the_sound_head_keeps_every_promise(broken_promises: Examine) -> None:
    assert broken_promises(SOUND) == {}


@pytest.mark.parametrize("stage", ["image", "crop"])
def test_a_sound_head_that_decodes_within_a_graph_keeps_every_promise(
    stage: str, broken_promises: Examine
) -> None:
    assert broken_promises(broken(stage=stage, decode_in_graph=decode_in_graph)) == {}


@pytest.mark.parametrize("spec", [first_stage(), broken(stage="crop")], ids=["centroid", "crop"])
def test_a_sound_head_of_either_stage_keeps_every_promise(
    spec: HeadSpec, broken_promises: Examine
) -> None:
    assert broken_promises(spec) == {}


@pytest.mark.parametrize(
    ("name", "spec", "finding"),
    [pytest.param(*entry, id=f"{entry[0]}: {entry[2]}") for entry in EVERY],
)
def test_a_broken_head_is_caught_by_exactly_the_check_that_is_about_it(
    name: str, spec: HeadSpec, finding: str, broken_promises: Examine
) -> None:
    outcomes = broken_promises(spec)

    assert list(outcomes) == [name, *ALSO.get(finding, ())]
    assert finding in outcomes[name].message


def test_every_check_of_heads_alone_has_a_head_that_breaks_it() -> None:
    names = {check.name for check in every_check("head") if check.kinds == ("head",)}

    assert names <= {name for name, _, _ in EVERY}
