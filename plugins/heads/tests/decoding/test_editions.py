"""Where SLEAP 1.4 is wrong about decoding: its numbers in its edition, what is meant in 2026."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from poise import editions
from poise.editions import EDITIONS, Edition
from poise.errors import DecodeError
from poise.instances import Instances
from poise_heads import (
    CenteredInstanceConfmapsHeadConfig,
    ClassVectorsHeadConfig,
    MultiClassBottomUpConfig,
    MultiClassTopDownConfig,
    MultiInstanceConfig,
    PartAffinityFieldsHeadConfig,
    SingleInstanceConfmapsHeadConfig,
    decoding,
    poise_heads,
)
from poise_heads.config import ClassMapsHeadConfig, MultiInstanceConfmapsHeadConfig
from poise_heads.confmaps.peaks import global_peaks, local_peaks
from poise_heads.decoding import bottom_up
from poise_heads.differences import EDGES_OFF_THE_TREE
from poise_heads.edge_order import breadth_first
from poise_heads.pafs.scoring import longest_edge

SLEAP, DOCUMENTED = EDITIONS


def maps(*peaks: tuple[int, int, float], size: tuple[int, int] = (8, 9)) -> Any:
    """One map ``(1, H, W, 1)``, zero but for the given rows, columns and values."""
    array = np.zeros((1, *size, 1), dtype=np.float32)
    for row, column, value in peaks:
        array[0, row, column, 0] = value
    return array


def single(edition: Edition, array: Any, offsets: Any = None, **options: Any) -> Instances:
    config = SingleInstanceConfmapsHeadConfig(
        part_names=[f"part {index}" for index in range(array.shape[-1])],
        output_stride=2,
        offset_refinement=offsets is not None,
    )
    predictions = {"confmaps": array} | ({} if offsets is None else {"offsets": offsets})
    with editions.edition(edition):
        return decoding.single_instance(config, predictions, **options)


def test_of_two_equally_high_cells_sleap_takes_the_row_of_one_and_the_column_of_the_other() -> None:
    array = maps((3, 1, 1.0), (1, 3, 1.0))
    assert single(SLEAP, array, refinement="none").counts.tolist() == [0]
    instances = single(DOCUMENTED, array, refinement="none")
    assert instances.points.tolist() == [[[[6.0, 2.0]]]]


def test_sleap_sees_no_peak_in_the_middle_between_two_cells() -> None:
    array = maps((3, 4, 0.9), (3, 5, 0.9), (6, 2, 0.8))
    with editions.edition(SLEAP):
        assert local_peaks(array, 0.2).cells.tolist() == [[2, 6]]
    with editions.edition(DOCUMENTED):
        assert local_peaks(array, 0.2).cells.tolist() == [[4, 3], [2, 6]]


def test_a_plateau_of_any_height_and_width_has_one_peak() -> None:
    array = np.ones((1, 4, 5, 2), dtype=np.float32)
    with editions.edition(DOCUMENTED):
        assert local_peaks(array, 0.2).cells.tolist() == [[0, 0], [0, 0]]


def test_a_cell_at_the_threshold_is_a_global_peak_but_not_a_local_one() -> None:
    array = maps((3, 4, 0.25))
    assert single(DOCUMENTED, array, threshold=0.25).counts.tolist() == [1]
    assert len(local_peaks(array, 0.25)) == 0
    assert len(global_peaks(array)) == 1


def test_sleap_keeps_the_value_of_a_part_that_is_missing() -> None:
    array = np.concatenate([maps((3, 4, 0.9)), maps((2, 2, 0.125))], axis=-1)
    sleap, documented = single(SLEAP, array), single(DOCUMENTED, array)
    for instances in (sleap, documented):
        assert np.isnan(instances.points[0, 0, 1]).all()
    assert sleap.point_scores[0, 0, 1] == 0.125
    assert sleap.instance_scores[0, 0] == pytest.approx(1.025)
    assert np.isnan(documented.point_scores[0, 0, 1])
    assert documented.instance_scores[0, 0] == pytest.approx(0.9)


def test_sleap_refines_by_offsets_whatever_is_asked_for() -> None:
    array = maps((3, 4, 0.9))
    offsets = np.full((1, 8, 9, 2), 0.25, dtype=np.float32)
    assert single(SLEAP, array, offsets, refinement="none").points.tolist() == [[[[8.5, 6.5]]]]
    assert single(DOCUMENTED, array, offsets, refinement="none").points.tolist() == [[[[8, 6]]]]
    assert single(DOCUMENTED, array, offsets).points.tolist() == [[[[8.5, 6.5]]]]


def test_an_unknown_refinement_is_refused_with_the_nearest_name() -> None:
    array = maps((3, 4, 0.9))
    assert single(SLEAP, array, refinement="intergal").points.tolist() == [[[[8, 6]]]]
    with pytest.raises(DecodeError, match="did you mean 'integral'") as error:
        single(DOCUMENTED, array, refinement="intergal")
    assert str(error.value).endswith("@ refinement")


def test_offsets_cannot_be_asked_of_a_model_without_them() -> None:
    with pytest.raises(DecodeError, match="offset_refinement"):
        single(DOCUMENTED, maps((3, 4, 0.9)), refinement="offsets")


def test_at_the_border_sleap_pulls_parts_inwards() -> None:
    wide = np.exp(-(np.arange(9, dtype=np.float32) ** 2) / 18)
    array = np.broadcast_to(wide[None, None, :, None], (1, 9, 9, 1)) * maps(
        *((row, column, float(wide[abs(row - 4)])) for row in range(9) for column in range(9)),
        size=(9, 9),
    )
    (sleap, _), (documented, _) = (
        single(edition, array).points[0, 0, 0] / 2 for edition in (SLEAP, DOCUMENTED)
    )
    assert sleap > 0.9
    assert documented == 0


def fields(edges: list[tuple[str, str]], size: tuple[int, int] = (16, 16)) -> Any:
    """Fields that agree with every pair of parts at the same height: they point to the right."""
    array = np.zeros((1, *size, len(edges), 2), dtype=np.float32)
    array[..., 0] = 1
    return array.reshape(1, *size, -1)


def animals(
    edition: Edition, edges: list[str], places: dict[str, list[tuple[float, float]]], **options: Any
) -> list[dict[str, tuple[float, ...]]]:
    """The animals that peaks at these places make, as ``{part: place}``."""
    names = sorted(places)
    flat = [(names.index(name), place) for name in names for place in places[name]]
    pairs = [(edge[0], edge[1]) for edge in edges]
    with editions.edition(edition):
        instances = bottom_up.join(
            fields(pairs),
            np.array([place for _, place in flat], dtype=np.float32),
            np.ones(len(flat), dtype=np.float32),
            np.zeros(len(flat), dtype=int),
            np.array([part for part, _ in flat]),
            part_names=names,
            edges=pairs,
            stride=4,
            fields=bottom_up.Fields(**options),
        )
    return [
        {
            name: tuple(map(float, point))
            for name, point in zip(names, instance, strict=True)
            if not np.isnan(point).any()
        }
        for instance in instances.points
    ]


ROW = {"a": [(4.0, 8.0)], "b": [(12.0, 8.0)], "c": [(20.0, 8.0)], "d": [(28.0, 8.0)]}


@pytest.mark.parametrize(
    ("edges", "of_sleap"),
    [
        (["ac", "bc", "cd"], ["acd"]),  # a second root
        (["ab", "cd", "bd"], ["abd"]),  # a root whose tree meets the first
        (["ab", "ac", "bd", "cd"], ["abcd"]),  # a diamond: reached anyway
        (["ab", "cd"], ["ab"]),  # two animals' worth of edges: nothing says they are one
        (["ab", "bc", "ca", "cd"], ["abcd"]),  # a circle, which stopped SLEAP
    ],
)
def test_sleap_joins_parts_along_the_first_tree_alone(
    edges: list[str], of_sleap: list[str]
) -> None:
    def parts(instances: list[dict[str, Any]]) -> list[str]:
        return ["".join(instance) for instance in instances]

    assert parts(animals(SLEAP, edges, ROW, max_edge_length_ratio=1)) == of_sleap
    joined = [["ab", "cd"], ["abcd"]][edges != ["ab", "cd"]]
    assert parts(animals(DOCUMENTED, edges, ROW, max_edge_length_ratio=1)) == joined


def test_a_second_edge_does_not_join_animals_that_share_a_part() -> None:
    """Two diamonds side by side, whose last edges cross."""
    places = {
        "a": [(4.0, 8.0), (4.0, 40.0)],
        "b": [(12.0, 8.0), (12.0, 40.0)],
        "c": [(20.0, 8.0), (20.0, 40.0)],
    }
    instances = animals(DOCUMENTED, ["ab", "bc", "ac"], places, max_edge_length_ratio=1)
    assert instances == [{part: place[row] for part, place in places.items()} for row in (0, 1)]


def test_edges_off_the_tree_are_reported_for_sleaps_files() -> None:
    def touched(edges: list[str]) -> bool:
        return EDGES_OFF_THE_TREE.touches(
            MultiInstanceConfig(pafs=PartAffinityFieldsHeadConfig(edges=[tuple(e) for e in edges]))
        )

    assert touched(["ac", "bc"])
    assert not touched(["ab", "bc"])
    assert not EDGES_OFF_THE_TREE.touches(MultiInstanceConfig())


def test_every_edge_is_in_the_order_once() -> None:
    order = breadth_first(["cd", "ab", "bc", "xy", "ad", "yx"])
    assert order.tree_of_first_root == (1, 4, 2)  # from a, the first that no edge ends in
    assert order.other_trees == (3,)  # from x, in a circle
    assert order.rest == (0, 5)


def test_the_number_of_channels_is_not_a_length() -> None:
    with editions.edition(SLEAP):
        assert longest_edge((6, 8, 24), 4, 0.25) == 24
    with editions.edition(DOCUMENTED):
        assert longest_edge((6, 8, 24), 4, 0.25) == 8


@pytest.mark.parametrize("edition", EDITIONS)
def test_parts_at_the_same_place_do_not_stop_decoding(edition: Edition) -> None:
    places = {"a": [(8.0, 8.0)], "b": [(8.0, 8.0)]}
    assert animals(edition, ["ab"], places) == []
    joined = animals(edition, ["ab"], places, min_line_scores=-1.0)
    assert len(joined) == (edition == DOCUMENTED)


@pytest.mark.parametrize(
    ("least", "of_sleap", "of_documented"), [(0.75, 1, 0), (0.5, 1, 1), (3, 0, 0), (2, 1, 1)]
)
def test_a_fraction_as_min_instance_peaks_drops_nothing_in_sleap(
    least: float, of_sleap: int, of_documented: int
) -> None:
    places = {"a": [(4.0, 8.0)], "b": [(12.0, 8.0)], "c": [], "d": []}
    for edition, expected in ((SLEAP, of_sleap), (DOCUMENTED, of_documented)):
        instances = animals(edition, ["ab", "bc", "cd"], places, min_instance_peaks=least)
        assert len(instances) == expected


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_class_is_read_for_a_part_beyond_the_class_maps(edition: Edition) -> None:
    config = MultiClassBottomUpConfig(
        confmaps=MultiInstanceConfmapsHeadConfig(part_names=["a"], output_stride=1),
        class_maps=ClassMapsHeadConfig(classes=["x", "y"], output_stride=4),
    )
    class_maps = np.zeros((1, 4, 4, 2), dtype=np.float32)
    class_maps[..., 1] = 0.75
    predictions = {"confmaps": maps((2, 15, 1.0), size=(16, 16)), "class_maps": class_maps}
    with editions.edition(edition):
        instances = decoding.multi_class_bottomup(config, predictions, refinement="none")
    # SLEAP reads 0 for every class, of which the first is the largest.
    assert instances.classes.tolist() == [[0 if edition == SLEAP else 1]]
    assert instances.class_scores.tolist() == [[0 if edition == SLEAP else 0.75]]


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("column", [13, 15])
def test_images_where_the_original_stops_are_noted_in_its_edition(
    edition: Edition, column: int
) -> None:
    config = MultiInstanceConfig(
        confmaps=MultiInstanceConfmapsHeadConfig(part_names=["a", "b"], output_stride=1),
        pafs=PartAffinityFieldsHeadConfig(edges=[("a", "b")], output_stride=4),
    )
    ends = [maps((2, place, 1.0), size=(16, 16)) for place in (4, column)]
    confmaps = np.concatenate([np.concatenate(ends, axis=-1), np.zeros((1, 16, 16, 2))])
    predictions = {"confmaps": confmaps.astype("f4"), "pafs": np.ones((2, 4, 4, 2), "f4")}

    with editions.edition(edition):
        instances = decoding.multi_instance(config, predictions, refinement="none")

    # Column 15 is nearest to cell 4 of 0 to 3.
    noted = [(0, bottom_up.BEYOND)] if (edition, column) == (SLEAP, 15) else []
    assert list(instances.notes) == noted
    assert list(instances.in_image(0).notes) == noted
    assert list(instances.in_image(1).notes) == []


def test_noise_is_refused_before_it_fills_the_memory() -> None:
    noise = np.random.default_rng(0).random((1, 128, 128, 2), dtype=np.float32)
    big = np.tile(noise, (1, 5, 5, 1))
    config = MultiInstanceConfig(
        confmaps=MultiInstanceConfmapsHeadConfig(part_names=["a", "b"]),
        pafs=PartAffinityFieldsHeadConfig(edges=[("a", "b")]),
    )
    pafs = np.zeros((*big.shape[:3], 2), dtype=np.float32)
    with pytest.raises(DecodeError, match="raise the threshold, or train the model"):
        decoding.multi_instance(config, {"confmaps": big, "pafs": pafs})


def test_every_difference_of_decoding_belongs_to_a_head() -> None:
    from poise_heads import differences

    owned = {difference.name for spec in poise_heads() for difference in spec.differences}
    named = {
        difference.name
        for difference in vars(differences).values()
        if isinstance(difference, editions.Difference)
    }
    assert named <= owned


def crops(*peaks: tuple[int, int, float]) -> Any:
    """Crops ``(K, H, W, 1)`` with a peak in each."""
    return np.concatenate([maps(peak) for peak in peaks])


def of_crops(edition: Edition, vectors: Any = None, **options: Any) -> Instances:
    """Three crops of one part, of two images, with the peaks 0.5, 0.25 and 1.0."""
    confmaps = CenteredInstanceConfmapsHeadConfig(part_names=["tip"], output_stride=2)
    predictions = {"confmaps": crops((1, 2, 0.5), (3, 4, 0.25), (5, 6, 1.0))}
    options = {"images": [0, 0, 1], "refinement": "none", **options}
    with editions.edition(edition):
        if vectors is None:
            return decoding.centered_instance(confmaps, predictions, **options)
        config = MultiClassTopDownConfig(
            confmaps=confmaps,
            class_vectors=ClassVectorsHeadConfig(classes=["x", "y", "z"], output_stride=2),
        )
        predictions["class_vectors"] = np.array(vectors, dtype=np.float32)
        return decoding.multi_class_topdown(config, predictions, **options)


@pytest.mark.parametrize(("edition", "less"), [(SLEAP, 0.5), (DOCUMENTED, 0.0)])
def test_points_of_crops_are_half_a_pixel_too_small_in_sleap(edition: Edition, less: float) -> None:
    origins = np.array([[10, 20], [30, 40], [5.25, 6.5]])
    points = of_crops(edition, origins=origins).points[:, :, 0]
    expected = np.array([[14, 22], [38, 46], [17.25, 16.5]]) - less
    np.testing.assert_array_equal(points[0], expected[:2])
    np.testing.assert_array_equal(points[1, 0], expected[2])
    assert of_crops(edition).points[0, 0].tolist() == [[4, 2]]  # in pixels of the crop


@pytest.mark.parametrize(
    ("edition", "scores"), [(SLEAP, [[0.75, 0.5], [0.25]]), (DOCUMENTED, [[0.375, 0.125], [0.25]])]
)
def test_the_score_of_an_animal_in_a_crop_is_its_centroid_s_in_sleap(
    edition: Edition, scores: list[list[float]]
) -> None:
    instances = of_crops(edition, centroid_scores=[0.75, 0.5, 0.25])
    for image, expected in enumerate(scores):
        count = len(expected)
        assert instances.instance_scores[image, :count].tolist() == expected
    assert instances.point_scores[0, :, 0].tolist() == [0.5, 0.25]
    assert of_crops(edition).instance_scores[0].tolist() == [0.5, 0.25]


# The first crop of the first image has class y, the second x; the only other one has class z.
VECTORS = ([0, 1, 0], [1, 0, 0], [0, 0, 1])


def test_sleap_gives_classes_the_scores_of_other_crops_and_loses_those_that_are_left() -> None:
    instances = of_crops(SLEAP, VECTORS, centroid_scores=[0.75, 0.5, 0.25])
    assert instances.counts.tolist() == [2, 0]
    assert instances.instance_scores[0].tolist() == [0.75, 0.5]
    assert instances.point_scores[0, :, 0].tolist() == [0.25, 0.5]
    reasons = [(reason.image, str(reason)) for reason in instances.missing]
    assert reasons == [(1, "number of animals that a class is left for 0")]


def test_in_2026_every_class_has_the_score_of_its_crop() -> None:
    instances = of_crops(DOCUMENTED, VECTORS, centroid_scores=[0.75, 0.5, 0.25])
    assert instances.counts.tolist() == [2, 1]
    assert instances.instance_scores[0].tolist() == [0.125, 0.375]
    assert instances.instance_scores[1, 0] == 0.25
    assert instances.classes is not None
    assert instances.classes[:, 0].tolist() == [0, 2]


@pytest.mark.parametrize("vectors", [None, VECTORS])
def test_as_many_scores_of_centroids_as_crops_are_required(vectors: Any) -> None:
    with pytest.raises(DecodeError, match=r"must have the shape \(3,\), got \(2,\) @ centroid_s"):
        of_crops(DOCUMENTED, vectors, centroid_scores=[0.75, 0.5])


def test_an_image_without_crops_and_one_of_low_crops_say_so() -> None:
    instances = of_crops(DOCUMENTED, images=[0, 0, 2], n_images=4, threshold=0.75)
    assert instances.counts.tolist() == [0, 0, 1, 0]
    assert [(reason.image, str(reason)) for reason in instances.missing] == [
        (0, "highest value of 'confmaps' 0.5, threshold 0.75"),
        (1, "number of crops 0"),
        (3, "number of crops 0"),
    ]
    of_classes = of_crops(DOCUMENTED, VECTORS, images=[0, 0, 2], n_images=4, threshold=0.75)
    assert list(map(str, of_classes.missing)) == list(map(str, instances.missing))


@pytest.mark.parametrize(
    ("edges", "options", "reason"),
    [
        ([("a", "b")], {}, "highest score of two parts 0, min_line_scores 0.25"),
        ([("b", "c")], {}, "pairs of parts that an edge may join 0"),
        (
            [("a", "b")],
            {"min_line_scores": 0.0, "min_instance_peaks": 3},
            "animals with enough parts 0, min_instance_peaks 3",
        ),
    ],
)
def test_peaks_that_no_edge_joins_say_why(edges: Any, options: dict[str, Any], reason: str) -> None:
    config = MultiInstanceConfig(
        confmaps=MultiInstanceConfmapsHeadConfig(part_names=["a", "b", "c"], output_stride=2),
        pafs=PartAffinityFieldsHeadConfig(edges=edges, output_stride=2),
    )
    confmaps = np.concatenate([maps((2, 2, 1.0)), maps((5, 6, 0.5)), maps()], axis=-1)
    predictions = {"confmaps": confmaps, "pafs": np.zeros((1, 8, 9, 2), np.float32)}
    options = {"dist_penalty_weight": 0.0, **options}
    instances = decoding.multi_instance(config, predictions, **options)
    assert instances.counts.tolist() == [0]
    assert list(map(str, instances.missing)) == [reason]
