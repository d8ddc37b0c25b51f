"""The same targets: what SLEAP 1.4 made of points, made again.

Every case of the original is in one of three tables: MET (its numbers are met), ELSEWHERE
(not of a head's making), and, of those that are met in edition sleap-1.4, DIFFERENT (edition
2026 keeps what the documentation promises instead).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise import Labels, editions
from poise.editions import Edition
from poise_heads import (
    CenteredInstanceConfmapsHeadConfig,
    CentroidsHeadConfig,
    ClassMapsHeadConfig,
    MultiClassBottomUpConfig,
    MultiClassTopDownConfig,
    MultiInstanceConfig,
    MultiInstanceConfmapsHeadConfig,
    PartAffinityFieldsHeadConfig,
    SingleInstanceConfmapsHeadConfig,
    differences,
    poise_heads,
)

pytestmark = pytest.mark.usefixtures("keras")

DATA = json.loads((Path(__file__).parent / "data" / "targets.json").read_text(encoding="utf-8"))
SPECS = {spec.key: spec for spec in poise_heads()}
SIZE = (64, 96)
"""Height and width of the images of all cases but those of crops."""
PARTS = ("a", "b", "c", "d")
EDGES = (("a", "b"), ("b", "c"), ("c", "d"), ("a", "d"))

TOLERANCE = {
    "maps": 1e-6,
    # float32: the original is up to 1.1e-6 away from what float64 gives, and so are we.
    "pafs": 2e-6,
    "points": 0.0,
    "shifted": 1e-4,  # float32, 1000 pixels away
    "rounded": 5e-6,  # the points went through offsets, which are float32
    "squared_distance": 2e-3,  # of up to 8000
}

PREPARATION = "prepares images and crops for training, before there are any targets"
ELSEWHERE = {
    "data.augmentation.flip_instances_lr": PREPARATION,
    "data.instance_cropping.InstanceCropper.transform_dataset": PREPARATION,
    "data.instance_cropping.crop_bboxes": PREPARATION,
    "data.instance_cropping.find_instance_crop_size": PREPARATION,
    "data.instance_cropping.make_centered_bboxes": PREPARATION,
    "data.instance_cropping.normalize_bboxes": PREPARATION,
    "data.normalization.ensure_float": PREPARATION,
    "data.normalization.ensure_grayscale": PREPARATION,
    "data.normalization.ensure_int": PREPARATION,
    "data.normalization.ensure_rgb": PREPARATION,
    "data.normalization.scale_image_range": PREPARATION,
    "data.normalization.scale_to_imagenet_caffe_mode": PREPARATION,
    "data.normalization.scale_to_imagenet_tf_mode": PREPARATION,
    "data.normalization.scale_to_imagenet_torch_mode": PREPARATION,
    "data.resizing.find_padding_for_stride": PREPARATION,
    "data.resizing.pad_to_stride": PREPARATION,
    "data.resizing.resize_image": PREPARATION,
    "losses.OHKMLoss.__call__": "a loss of the core: tested in core/tests/test_losses.py",
    "losses.compute_ohkm_loss": "a loss of the core: tested in core/tests/test_losses.py",
}

IN_CELLS = differences.SIGMA_IN_GRID_CELLS.name
SQUARED = differences.PAF_SIGMA_IN_SQUARE_PIXELS.name
SHARED = differences.CLASS_MAPS_SHARED.name
DIFFERENT = {
    "T_ClassMapGenerator_centroids": SHARED,
    "T_ClassMapGenerator_mixed_s2": SHARED,
    "T_ClassMapGenerator_s1_sig1.5": SHARED,
    "T_ClassMapGenerator_s2_sig1.5": SHARED,
    "T_InstanceConfidenceMapGenerator_i0_s4": IN_CELLS,
    "T_InstanceConfidenceMapGenerator_i1_s2": IN_CELLS,
    "T_InstanceConfidenceMapGenerator_i1_s4": IN_CELLS,
    "T_MultiConfidenceMapGenerator_offsets_s2_sig1.5": IN_CELLS,
    "T_MultiConfidenceMapGenerator_offsets_unflat": differences.OFFSETS_SUMMED.name,
    "T_MultiConfidenceMapGenerator_s2_sig1.5": IN_CELLS,
    "T_MultiConfidenceMapGenerator_s4_sig2.5": IN_CELLS,
    "T_PartAffinityFieldsGenerator_s1_sig22.5": SQUARED,
    "T_PartAffinityFieldsGenerator_s2_sig22.5": SQUARED,
    "T_SingleInstanceConfidenceMapGenerator_s4_sig2.5": IN_CELLS,
}

Case = dict[str, Any]
Found = dict[str, tuple[str, Any]]
"""Output → what tolerance it has, and its numbers."""


# Functions of the original, computed by the functions of each output's ``targets``.


def points_of(case: Case) -> np.ndarray:
    """The points ``(1, I, P, 2)`` of a case; those of one instance count as one."""
    points = case["in"]["instances" if "instances" in case["in"] else "points"]
    return points.reshape((1, -1, *points.shape[-2:]))


def stride_of(case: Case) -> int:
    return SIZE[1] // case["shapes"]["xv"][0]


def make_confmaps(case: Case) -> Found:
    from poise_heads.confmaps.targets import confidence_maps
    from poise_heads.maps.grid import drop_outside_grid

    points, stride = points_of(case), stride_of(case)
    if "instances" in case["in"]:
        points = drop_outside_grid(points, SIZE, stride)
    maps = confidence_maps(points, SIZE, stride, case["scalars"]["sigma"])
    return {"out": ("maps", maps[0])}


def make_multi_confmaps_with_offsets(case: Case) -> Found:
    from poise_heads.confmaps.targets import confidence_maps
    from poise_heads.maps.grid import drop_outside_grid
    from poise_heads.offsets.targets import offsets

    stride, sigma = case["scalars"]["stride"], case["scalars"]["sigma"]
    points = drop_outside_grid(points_of(case), SIZE, stride)
    threshold = case["scalars"]["offsets_threshold"]
    actual = offsets(points, SIZE, stride, sigma, threshold, overlap="sum")
    return {
        "confmaps": ("maps", confidence_maps(points, SIZE, stride, sigma)[0]),
        "offsets": ("maps", actual[0]),
    }


def make_offsets(case: Case) -> Found:
    """Offsets of every cell: of those above a confidence of 0, if the maps reach everywhere."""
    from poise_heads.offsets.targets import offsets

    actual = offsets(points_of(case), SIZE, case["scalars"]["stride"], 1e3, threshold=0.0)
    return {"out": ("maps", actual[0])}


def mask_offsets(case: Case) -> Found:
    """The offsets given are those of points, which the first cell points at."""
    from poise_heads.offsets.targets import offsets

    maps = case["in"]["offsets"]
    stride = SIZE[0] // maps.shape[0]
    points = maps[0, 0][None, None] * stride
    actual = offsets(points, SIZE, stride, 2.5, case["scalars"]["threshold"])
    return {"out": ("rounded", actual[0])}


def make_pafs(case: Case) -> Found:
    from poise_heads.pafs.targets import part_affinity_fields

    ends = [
        case["in"].get(name, case["in"].get(f"{name}s"))
        for name in ("edge_source", "edge_destination")
    ]
    ends = [end.reshape((1, -1, *end.shape[-2:])) for end in ends]
    sigma = case["scalars"]["sigma"]
    return {
        "out": ("pafs", part_affinity_fields(*ends, SIZE, stride_of(case), sigma, "squared")[0])
    }


def make_edge_maps(case: Case) -> Found:
    """The lengths of the fields' vectors."""
    (_, fields) = make_pafs(case)["out"]
    fields = np.reshape(fields, (*fields.shape[:2], -1, 2))
    return {"out": ("pafs", np.linalg.norm(fields, axis=-1))}


def distance_to_edge(case: Case) -> Found:
    from poise_heads.pafs.targets import squared_distance

    points = case["in"]["points"][:, :, None]
    actual = squared_distance(
        points[..., 0], points[..., 1], case["in"]["edge_source"], case["in"]["edge_destination"]
    )
    return {"out": ("squared_distance", actual)}


def get_edge_points(case: Case) -> Found:
    from poise_heads.labeling import ends_of_edges

    edges = [(PARTS[a], PARTS[b]) for a, b in case["in"]["edge_inds"]]
    everywhere = (10**6, 10**6)
    labels = Labels(case["in"]["instances"][None] + 1000.0)
    sources, destinations = ends_of_edges(edges, PARTS, 1)(labels, everywhere)
    return {"src": ("shifted", sources[0] - 1000.0), "dst": ("shifted", destinations[0] - 1000.0)}


def make_class_maps(case: Case) -> Found:
    """The maps given are those of the points that other cases have, with a sigma of 4."""
    from poise_heads.class_maps.targets import class_maps

    maps = case["in"]["confmaps"]
    points = POINTS["close" if maps.shape[-1] == 2 else "mixed"]
    stride = SIZE[0] // maps.shape[0]
    actual = class_maps(
        points[None],
        case["in"]["class_inds"][None],
        case["scalars"]["n_classes"],
        SIZE,
        stride,
        4.0,
        case["scalars"]["threshold"],
        kind="shares",
    )
    return {"out": ("maps", actual[0])}


def make_class_vectors(case: Case) -> Found:
    from poise_heads.class_vectors.targets import class_vectors

    actual = class_vectors(case["in"]["class_inds"], case["scalars"]["n_classes"])
    return {"out": ("points", actual)}


def find_points_bbox_midpoint(case: Case) -> Found:
    from poise_heads.centroids import midpoints

    return {"out": ("points", midpoints(case["in"]["points"][None])[0])}


def get_instance_anchors(case: Case) -> Found:
    """The anchors, before anything stands in for those that are not visible."""
    from poise_heads.centroids import centroids

    instances, index = case["in"]["instances"], case["in"]["anchor_inds"][0]
    actual = np.array(centroids(instances[None], instances[None, :, index])[0])
    hidden = np.isnan(instances[:, index])
    assert np.isfinite(actual[hidden]).any()
    return {"out": ("points", np.where(hidden, np.nan, actual))}


def make_grid_vectors(case: Case) -> Found:
    from poise_heads.maps.grid import coordinates

    scalars = case["scalars"]
    size = scalars["image_height"], scalars["image_width"]
    ys, xs = coordinates(size, scalars["output_stride"])
    return {"xv": ("points", xs), "yv": ("points", ys)}


# Generators of the original, computed by the targets of a head's outputs.


def outputs(key: str, config: Any, classes: Any = None) -> dict[str, Any]:
    return {output.name: output for output in SPECS[key].outputs(config, None, classes)}


def maps_and_offsets(case: Case, built: dict[str, Any], labels: Labels, size: Any) -> Found:
    actual = {"confidence_maps": ("maps", built["confmaps"].targets(labels, size)[0])}
    if case["attrs"]["with_offsets"]:
        actual["offsets"] = ("maps", built["offsets"].targets(labels, size)[0])
    return actual


def of_attributes(config: type, case: Case, **fields: Any) -> Any:
    attributes = case["attrs"]
    if "with_offsets" in attributes:
        fields["offset_refinement"] = attributes["with_offsets"]
    return config(sigma=attributes["sigma"], output_stride=attributes["output_stride"], **fields)


def single_instance(case: Case) -> Found:
    config = of_attributes(SingleInstanceConfmapsHeadConfig, case, part_names=PARTS)
    labels = Labels(case["in"]["instances"][None])
    return maps_and_offsets(case, outputs("single_instance", config), labels, SIZE)


def centered_instance(case: Case) -> Found:
    from poise_heads.confmaps.targets import confidence_maps
    from poise_heads.offsets.targets import offsets

    config = of_attributes(CenteredInstanceConfmapsHeadConfig, case, part_names=PARTS)
    labels = Labels(case["in"]["center_instance"][None, None])
    size = tuple(case["shapes"]["instance_image"][:2])
    actual = maps_and_offsets(case, outputs("centered_instance", config), labels, size)
    actual["instance_confidence_maps"] = actual.pop("confidence_maps")
    # Of the other animals in the crop, which no head is trained on, the original makes maps too.
    scale = config.output_stride if editions.current() == editions.SLEAP else 1
    grid = size, config.output_stride, config.sigma * scale
    instances = case["in"]["all_instances"][None]
    actual["all_instance_confidence_maps"] = ("maps", confidence_maps(instances, *grid)[0])
    if config.offset_refinement:
        actual["all_instance_offsets"] = ("maps", offsets(instances, *grid, overlap="sum")[0])
    return actual


def multi_instance(case: Case) -> Found:
    if case["attrs"]["centroids"]:
        config = of_attributes(CentroidsHeadConfig, case)
        labels = Labels(case["in"]["instances"][None], anchors=case["in"]["centroids"][None])
        actual = maps_and_offsets(case, outputs("centroid", config), labels, SIZE)
        return {"centroid_confidence_maps": actual["confidence_maps"]}
    maps = of_attributes(MultiInstanceConfmapsHeadConfig, case, part_names=PARTS)
    pafs = PartAffinityFieldsHeadConfig(edges=(("a", "b"),))
    built = outputs("multi_instance", MultiInstanceConfig(confmaps=maps, pafs=pafs))
    return maps_and_offsets(case, built, Labels(case["in"]["instances"][None]), SIZE)


def part_affinity_fields(case: Case) -> Found:
    pafs = of_attributes(PartAffinityFieldsHeadConfig, case, edges=EDGES)
    maps = MultiInstanceConfmapsHeadConfig(part_names=PARTS)
    built = outputs("multi_instance", MultiInstanceConfig(confmaps=maps, pafs=pafs))
    actual = built["pafs"].targets(Labels(case["in"]["instances"][None]), SIZE)[0]
    return {"part_affinity_fields": ("pafs", actual)}


def class_maps(case: Case) -> Found:
    maps = MultiInstanceConfmapsHeadConfig(part_names=PARTS)
    section = of_attributes(ClassMapsHeadConfig, case, classes=("x", "y", "z"))
    config = MultiClassBottomUpConfig(confmaps=maps, class_maps=section)
    points = case["in"]["instances"]
    if case["attrs"]["centroids"]:  # a class map around centroids is one of a single part
        points = case["in"]["centroids"][:, None]
    labels = Labels(
        points[None], classes=case["in"]["track_inds"][None], parts=PARTS[: points.shape[1]]
    )
    built = outputs("multi_class_bottomup", config)
    return {"class_maps": ("maps", built["class_maps"].targets(labels, SIZE)[0])}


def class_vectors(case: Case) -> Found:
    from poise_heads import ClassVectorsHeadConfig

    config = MultiClassTopDownConfig(
        confmaps=CenteredInstanceConfmapsHeadConfig(part_names=PARTS),
        class_vectors=ClassVectorsHeadConfig(classes=("x", "y", "z")),
    )
    # Each instance is one crop.
    labels = Labels(case["in"]["instances"][:, None], classes=case["in"]["track_inds"][:, None])
    actual = outputs("multi_class_topdown", config)["class_vectors"].targets(labels, SIZE)
    return {"class_vectors": ("points", actual)}


def centroids(case: Case) -> Found:
    from poise_heads.centroids import centroids as of

    index = PARTS.index(case["attrs"]["anchor_part_names"][0])
    instances = case["in"]["instances"][None]
    return {"centroids": ("points", of(instances, instances[:, :, index])[0])}


MET: dict[str, Callable[[Case], Found]] = {
    "data.confidence_maps.InstanceConfidenceMapGenerator.transform_dataset": centered_instance,
    "data.confidence_maps.MultiConfidenceMapGenerator.transform_dataset": multi_instance,
    "data.confidence_maps.SingleInstanceConfidenceMapGenerator.transform_dataset": single_instance,
    "data.confidence_maps.make_confmaps": make_confmaps,
    "data.confidence_maps.make_multi_confmaps": make_confmaps,
    "data.confidence_maps.make_multi_confmaps_with_offsets": make_multi_confmaps_with_offsets,
    "data.edge_maps.PartAffinityFieldsGenerator.transform_dataset": part_affinity_fields,
    "data.edge_maps.distance_to_edge": distance_to_edge,
    "data.edge_maps.get_edge_points": get_edge_points,
    "data.edge_maps.make_edge_maps": make_edge_maps,
    "data.edge_maps.make_multi_pafs": make_pafs,
    "data.edge_maps.make_pafs": make_pafs,
    "data.identity.ClassMapGenerator.transform_dataset": class_maps,
    "data.identity.ClassVectorGenerator.transform_dataset": class_vectors,
    "data.identity.make_class_maps": make_class_maps,
    "data.identity.make_class_vectors": make_class_vectors,
    "data.instance_centroids.InstanceCentroidFinder.transform_dataset": centroids,
    "data.instance_centroids.find_points_bbox_midpoint": find_points_bbox_midpoint,
    "data.instance_centroids.get_instance_anchors": get_instance_anchors,
    "data.offset_regression.make_offsets": make_offsets,
    "data.offset_regression.mask_offsets": mask_offsets,
    "data.utils.make_grid_vectors": make_grid_vectors,
}
CASES = [name for name, function in DATA["cases"].items() if function in MET]


def committed(name: str) -> Case:
    case = dict(DATA["arrays"][name])
    case["in"] = {
        key: np.array(value, dtype="float32") if "inds" not in key else np.array(value, "int32")
        for key, value in case["in"].items()
    }
    case["out"] = {
        key: (entry["shape"], entry["at"], np.array(entry["values"], dtype="float32"))
        for key, entry in case["out"].items()
    }
    return case


def whole(name: str, golden: Path) -> Case:
    folder = golden / "targets" / name
    case: Case = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    arrays = np.load(folder / "io.npz")
    case["shapes"] = {key: shape for key, (shape, _) in case["arrays"].items()}
    case["in"] = {key[3:]: arrays[key] for key in arrays if key.startswith("in|")}
    case["out"] = {
        key[4:]: (arrays[key].shape, slice(None), arrays[key].ravel())
        for key in arrays
        # What was given comes back beside what was made.
        if key.startswith("out|") and key not in ("out|instances", "out|points")
    }
    return case


POINTS = {
    "close": committed("make_multi_confmaps_close_s2_sig1.5")["in"]["instances"],
    "mixed": committed("T_MultiConfidenceMapGenerator_s4_sig2.5")["in"]["instances"],
}


def function_of(case: Case) -> Callable[[Case], Found]:
    return MET[case["function"].removeprefix("sleap.nn.")]


def largest_differences(case: Case, edition: Edition) -> dict[str, tuple[str, float]]:
    with editions.edition(edition):
        actual = function_of(case)(case)
    assert set(actual) == set(case["out"])
    differ = {}
    for name, (kind, numbers) in actual.items():
        shape, at, values = case["out"][name]
        numbers = np.array(numbers)
        assert numbers.size == np.prod(shape, dtype=int), name
        numbers = numbers.ravel()[at]
        np.testing.assert_array_equal(np.isnan(numbers), np.isnan(values), err_msg=name)
        differ[name] = kind, float(np.abs(np.nan_to_num(numbers - values)).max(initial=0.0))
    return differ


def assert_met(case: Case) -> None:
    for name, (kind, difference) in largest_differences(case, editions.SLEAP).items():
        assert difference <= TOLERANCE[kind], f"{name}: off by {difference}"


def test_every_case_of_the_original_is_in_a_table(golden: Path) -> None:
    assert set(DATA["cases"]) == {folder.name for folder in (golden / "targets").iterdir()}
    assert set(DATA["cases"].values()) == {*MET, *ELSEWHERE}
    assert not set(MET) & set(ELSEWHERE)


@pytest.mark.parametrize("name", CASES)
def test_targets_have_the_numbers_of_the_original(name: str, golden: Path) -> None:
    assert_met(whole(name, golden))


@pytest.mark.backends
@pytest.mark.parametrize("name", DATA["arrays"])
def test_targets_have_those_numbers_of_the_original_that_are_at_hand(name: str) -> None:
    assert_met(committed(name))


@pytest.mark.parametrize("name", DIFFERENT)
def test_where_the_original_is_not_what_it_documents_edition_2026_differs(
    name: str, golden: Path
) -> None:
    differ = largest_differences(whole(name, golden), editions.DOCUMENTED)
    assert max(difference for _, difference in differ.values()) > 0.01


@pytest.mark.parametrize(
    "name", [name for name in CASES if name[0] == "T" and name not in DIFFERENT]
)
def test_everywhere_else_the_editions_agree(name: str, golden: Path) -> None:
    case = whole(name, golden)
    for output, (kind, difference) in largest_differences(case, editions.DOCUMENTED).items():
        assert difference <= TOLERANCE[kind], output
