"""SLEAP 1.4's decoding, call by call: the same numbers, or a reason why not.

Each case of ``golden/decoding`` is one call of the original. The driver runs over all of them,
in both editions; small ones are kept beside the tests, so that the repository alone has some.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from poise import editions
from poise.editions import Difference, Edition
from poise.errors import DecodeError
from poise_heads.confmaps.peaks import global_peaks, local_peaks
from poise_heads.confmaps.refinement import integral_shift, local_shift, refine
from poise_heads.decoding import bottom_up
from poise_heads.decoding.identities import by_vectors, classes_of_groups
from poise_heads.differences import (
    MIN_INSTANCE_PEAKS_FRACTION,
    PATCH_FILLED_WITH_ZEROS,
    PLATEAUS_WITHOUT_PEAK,
    TIED_GLOBAL_PEAKS,
    UNKNOWN_REFINEMENT_IGNORED,
)
from poise_heads.edge_order import breadth_first
from poise_heads.pafs.candidates import Candidates, candidates, group_peaks
from poise_heads.pafs.grouping import NONE, animals_of_peaks, assemble
from poise_heads.pafs.matching import Matches, assignment
from poise_heads.pafs.scoring import length_penalty, line_fields, line_scores

OWN = Path(__file__).parents[1] / "data" / "decoding"

Arrays = dict[str, Any]

ELSEWHERE = {
    "compute_instance_area": "evaluation, which is no head's",
    "compute_oks": "evaluation, which is no head's",
    "compute_pck_metrics": "evaluation, which is no head's",
    "smooth_imgs": "no pipeline of the original smooths its maps",
}
"""The original's functions that no head type has a use for, and whose they are."""

DIFFERENT: dict[Difference, list[str]] = {
    PATCH_FILLED_WITH_ZEROS: [
        "find_global_peaks_integral_c3",
        "find_global_peaks_integral_c5",
        "find_global_peaks_noisy_t0.1_integral_p5",
        "find_global_peaks_noisy_t0.1_local_p5",
        "find_global_peaks_noisy_t0.2_integral_p3",
        "find_global_peaks_noisy_t0.2_integral_p5",
        "find_global_peaks_noisy_t0.2_local_p5",
        "find_global_peaks_noisy_t0.5_integral_p5",
        "find_global_peaks_noisy_t0.5_local_p5",
        "find_global_peaks_rand_t0.2_integral_p5",
        "find_local_peaks_integral_c5",
        "find_local_peaks_noisy_t0.1_local_p5",
        "find_local_peaks_noisy_t0.2_integral_p3",
        "find_local_peaks_noisy_t0.2_integral_p5",
        "find_local_peaks_noisy_t0.2_integral_p7",
        "find_local_peaks_noisy_t0.2_local_p5",
        "find_local_peaks_noisy_t0.5_integral_p5",
        "find_local_peaks_noisy_t0.5_local_p5",
        "find_local_peaks_rand_t0.2_integral_p5",
    ],
    UNKNOWN_REFINEMENT_IGNORED: [
        "find_global_peaks_noisy_t0.2_bogus_p5",
        "find_global_peaks_noisy_t0.5_bogus_p5",
    ],
    TIED_GLOBAL_PEAKS: ["find_global_peaks_ties_t0.2_None_p5"],
    PLATEAUS_WITHOUT_PEAK: [
        "find_local_peaks_ties_t0.2_None_p5",
        "find_local_peaks_ties_t0.2_local_p5",
    ],
    MIN_INSTANCE_PEAKS_FRACTION: ["paf_params_1"],
}
"""The cases that edition 2026 answers differently, by the difference that is the reason.

Edition sleap-1.4 gives the original's numbers in these as in all others.
"""

REASONS = {name: difference.name for difference, names in DIFFERENT.items() for name in names}
NAMES = json.loads((OWN / "cases.json").read_text(encoding="utf-8"))


@attrs.frozen
class Case:
    """One call of the original."""

    name: str
    function: str
    manifest: dict[str, Any]
    inputs: Arrays
    expected: Arrays


def read(folder: Path) -> Case:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    arrays = dict(np.load(folder / "io.npz")) if (folder / "io.npz").is_file() else {}
    inputs, expected = (
        {key.removeprefix(side): array for key, array in arrays.items() if key.startswith(side)}
        for side in ("in|", "out|")
    )
    if "assignments" in manifest:
        expected["assignments"] = {tuple(peak): row for peak, row in manifest["assignments"]}
    function = manifest["function"].split(" ")[0].rpartition(".")[2]
    return Case(folder.name, function, manifest, inputs, expected)


@pytest.fixture(params=NAMES)
def case(request: pytest.FixtureRequest) -> Case:
    if (OWN / request.param).is_dir():
        return read(OWN / request.param)
    golden: Path = request.getfixturevalue("golden")
    return read(golden / "decoding" / request.param)


def global_case(case: Case) -> Arrays:
    maps, scalars = case.inputs["cms"], case.manifest["scalars"]
    peaks = global_peaks(maps)
    present = peaks.value >= scalars["threshold"]
    points = np.full((len(peaks), 2), np.nan, dtype=np.float32)
    points[present] = refine(maps, peaks[present], **refinement_of(case))
    shape = (len(maps), maps.shape[-1])
    return {"peak_points": points.reshape(*shape, 2), "peak_vals": peaks.value.reshape(shape)}


def local_case(case: Case) -> Arrays:
    maps = case.inputs["cms"]
    peaks = local_peaks(maps, case.manifest["scalars"]["threshold"])
    return {
        "peak_points": refine(maps, peaks, **refinement_of(case)),
        "peak_vals": peaks.value,
        "peak_sample_inds": peaks.image,
        "peak_channel_inds": peaks.part,
    }


def refinement_of(case: Case) -> dict[str, Any]:
    scalars = case.manifest["scalars"]
    if case.function.endswith("_rough"):
        return {"refinement": None}
    if case.function.endswith("_integral"):
        return {"refinement": "integral", "patch": scalars["crop_size"]}
    if case.function.endswith("_with_offsets"):
        return {"refinement": "offsets", "offsets": case.inputs["offsets"]}
    return {"refinement": scalars["refinement"], "patch": scalars["integral_patch_size"]}


def patch_of_integral(case: Case) -> Arrays:
    np.testing.assert_array_equal(case.inputs["xv"], case.inputs["yv"])
    shift = integral_shift(case.inputs["cms"][..., 0], case.inputs["xv"])
    return {"x_hat": shift[:, :1], "y_hat": shift[:, 1:]}


def patch_of_local(case: Case) -> Arrays:
    assert case.manifest["scalars"] == {"delta": 0.25}
    return {"out": local_shift(case.inputs["centered_patches"][..., 0])}


def candidate_pairs(case: Case) -> Arrays:
    part = case.inputs["peak_channel_inds_sample"]
    groups = group_peaks(np.zeros_like(part), part, 1, case.manifest["scalars"]["n_nodes"])
    pairs = candidates(groups, case.inputs["skeleton_edges"])
    return {"edge_inds": pairs.edge, "edge_peak_inds": ends_of(pairs)}


def ends_of(pairs: Candidates) -> Any:
    return np.stack([pairs.source, pairs.destination], axis=-1)


def fields_of_lines(case: Case) -> Arrays:
    scalars, peaks, ends = (
        case.manifest["scalars"],
        case.inputs["peaks_sample"],
        case.inputs["edge_peak_inds"],
    )
    edge = case.inputs["edge_inds"]
    fields = line_fields(
        case.inputs["pafs_sample"][None],
        peaks[ends[:, 0]],
        peaks[ends[:, 1]],
        np.zeros_like(edge),
        edge,
        stride=scalars["pafs_stride"],
        n_points=scalars["n_line_points"],
    )
    return {"paf_lines": fields}


def scores_of_lines(case: Case) -> Arrays:
    peaks, ends = case.inputs["peaks_sample"], case.inputs["edge_peak_inds_sample"]
    vectors = peaks[ends[:, 1]] - peaks[ends[:, 0]]
    scalars = case.manifest["scalars"]
    computed = line_scores(
        case.inputs["paf_lines_sample"],
        vectors,
        scalars["max_edge_length"],
        scalars["dist_penalty_weight"],
    )
    return {"scores": computed}


def penalties(case: Case) -> Arrays:
    scalars = case.manifest["scalars"]
    lengths = case.inputs["spatial_vec_lengths"]
    computed = length_penalty(lengths, scalars["max_edge_length"], scalars["dist_penalty_weight"])
    return {"penalty": computed}


def assigned(case: Case) -> Arrays:
    row, column = assignment(case.inputs["cost_matrix"])
    return {"row": row, "col": column}


def grouped_by_class(case: Case) -> Arrays:
    scalars = case.manifest["scalars"]
    group = (
        case.inputs["peak_sample_inds"] * scalars["n_channels"] + case.inputs["peak_channel_inds"]
    )
    peak, of_class = classes_of_groups(case.inputs["peak_class_probs"], group)
    return {"peak_inds": peak, "class_inds": of_class}


def classified_crops(case: Case) -> Arrays:
    inputs = case.inputs
    points, values, probabilities = by_vectors(
        inputs["peak_points"],
        inputs["peak_vals"],
        inputs["peak_class_probs"],
        inputs["crop_sample_inds"],
        images=case.manifest["scalars"]["n_samples"],
    )
    return {"points": points, "point_vals": values, "class_probs": probabilities}


def assigned_connections(case: Case) -> Arrays:
    """The original was called with pairs of peaks, numbered within each part."""
    manifest = case.manifest
    connections = manifest["connections"]
    edges = [tuple(edge) for edge, _ in connections]
    flat = [
        (index, edge[0], source, edge[1], destination, score)
        for index, (edge, pairs) in enumerate(connections)
        for source, destination, score in pairs
    ]
    peaks = sorted({(row[1], row[2]) for row in flat} | {(row[3], row[4]) for row in flat})
    number = {peak: index for index, peak in enumerate(peaks)}
    part = np.array([peak[0] for peak in peaks], dtype=int)
    matches = Matches(
        np.array([row[0] for row in flat], dtype=int),
        np.array([number[row[1], row[2]] for row in flat], dtype=int),
        np.array([number[row[3], row[4]] for row in flat], dtype=int),
        np.array([row[5] for row in flat]),
    )
    animal, within = animals_of_peaks(matches, breadth_first(edges), part, manifest["n_nodes"])
    # The points tell which peaks are left: those of animals that are large enough.
    points = np.stack([np.arange(len(part)), part], axis=-1).astype(float)
    least = manifest["min_instance_peaks"]
    if isinstance(least, float):  # this function, called by itself, did honor a fraction
        least = int(least * manifest["n_nodes"])
    left, *_ = assemble(
        animal,
        within,
        np.zeros_like(part),
        part,
        points,
        np.ones(len(part)),
        parts=manifest["n_nodes"],
        min_instance_peaks=least,
    )
    of_peak = {
        peaks[int(index)]: row
        for row, instance in enumerate(left)
        for index in instance[~np.isnan(instance[:, 0]), 0]
    }
    assert set(of_peak) <= {
        peak for peak, owner in zip(peaks, animal, strict=True) if owner != NONE
    }
    return {"assignments": of_peak}


def animals(case: Case) -> Arrays:
    scalars = dict(case.manifest["scalars"])
    names, edges = scalars.pop("part_names"), [tuple(edge) for edge in scalars.pop("edges")]
    stride = scalars.pop("pafs_stride")
    inputs = case.inputs
    splits = inputs["peaks.row_splits"]
    image = np.repeat(np.arange(len(splits) - 1), np.diff(splits))
    part = inputs["peak_channel_inds.flat"]
    joined = bottom_up.join(
        inputs["pafs"],
        inputs["peaks.flat"],
        inputs["peak_vals.flat"],
        image,
        part,
        part_names=names,
        edges=edges,
        stride=stride,
        fields=bottom_up.Fields(**scalars),
    )
    pairs, matches = joined.pairs, joined.matches
    # The original numbers peaks within their image, and in matches within their part.
    groups = group_peaks(image, part, len(splits) - 1, len(names))
    within = np.empty(len(part), dtype=int)
    within[groups.order] = (
        np.arange(len(part)) - groups.starts[image[groups.order], part[groups.order]]
    )
    return {
        "edge_inds.flat": pairs.edge,
        "edge_peak_inds.flat": ends_of(pairs) - splits[pairs.image][:, None],
        "edge_inds.row_splits": row_splits(pairs.image, len(splits) - 1),
        "line_scores.flat": joined.scores,
        "match_edge_inds.flat": matches.edge,
        "match_src_peak_inds.flat": within[matches.source],
        "match_dst_peak_inds.flat": within[matches.destination],
        "match_line_scores.flat": matches.score,
        "match_edge_inds.row_splits": row_splits(image[matches.source], len(splits) - 1),
        "predicted_instances.flat": joined.points,
        "predicted_peak_scores.flat": joined.point_scores,
        "predicted_instance_scores.flat": joined.instance_scores,
        "predicted_instances.row_splits": row_splits(joined.image, len(splits) - 1),
    }


def row_splits(image: Any, images: int) -> Any:
    return np.searchsorted(image, np.arange(images + 1))


ANSWERS: dict[str, Callable[[Case], Arrays]] = {
    "predict": animals,
    "assign_connections_to_instances": assigned_connections,
    "classify_peaks_from_vectors": classified_crops,
    "compute_distance_penalty": penalties,
    "find_global_peaks": global_case,
    "find_global_peaks_integral": global_case,
    "find_global_peaks_rough": global_case,
    "find_global_peaks_with_offsets": global_case,
    "find_local_peaks": local_case,
    "find_local_peaks_integral": local_case,
    "find_local_peaks_rough": local_case,
    "find_local_peaks_with_offsets": local_case,
    "find_offsets_local_direction": patch_of_local,
    "get_connection_candidates": candidate_pairs,
    "get_paf_lines": fields_of_lines,
    "group_class_peaks": grouped_by_class,
    "integral_regression": patch_of_integral,
    "score_paf_lines": scores_of_lines,
    "tf_linear_sum_assignment": assigned,
}


def answer(case: Case, edition: Edition) -> Arrays:
    with editions.edition(edition):
        return ANSWERS[case.function](case)


def assert_equal(actual: Arrays, expected: Arrays) -> None:
    """Indices exactly, numbers as closely as float32 has them."""
    for name, array in actual.items():
        reference = expected[name]
        if isinstance(reference, dict) or reference.dtype.kind in "iu":
            np.testing.assert_equal(array, reference, err_msg=name)
        else:
            np.testing.assert_allclose(array, reference, rtol=1e-5, atol=1e-5, err_msg=name)


def test_decoding_gives_the_originals_numbers_or_a_reason_why_not(case: Case) -> None:
    if case.function not in ANSWERS:
        assert case.function in ELSEWHERE, f"{case.function} is neither answered nor elsewhere"
        return
    assert_equal(answer(case, "sleap-1.4"), case.expected)
    if case.name not in REASONS:
        assert_equal(answer(case, "2026"), case.expected)
        return
    with pytest.raises((AssertionError, DecodeError)):
        assert_equal(answer(case, "2026"), case.expected)


def test_no_case_of_the_original_is_left_out(golden: Path) -> None:
    assert {folder.name for folder in (golden / "decoding").iterdir() if folder.is_dir()} == set(
        NAMES
    )


def test_every_case_that_differs_is_one_of_the_originals() -> None:
    assert set(REASONS) <= set(NAMES)
    assert set(ANSWERS).isdisjoint(ELSEWHERE)


@pytest.mark.parametrize("edition", editions.EDITIONS)
def test_a_part_at_the_border_does_not_stop_the_program_as_it_stopped_the_original(
    golden: Path, edition: Edition
) -> None:
    case = json.loads((golden / "decoding" / "paf_border_error.json").read_text(encoding="utf-8"))
    assert "does not index into param shape" in case["error"]
    points = np.array(case["instances"][0], dtype=np.float32)
    rows, columns = (side // case["pafs_stride"] for side in case["image"])
    pafs = np.zeros((1, rows, columns, 3, 2), dtype=np.float32)
    vectors = np.diff(points, axis=0)
    pafs[:] = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    with editions.edition(edition):
        joined = bottom_up.join(
            pafs.reshape(1, rows, columns, 6),
            points,
            np.ones(4, dtype=np.float32),
            np.zeros(4, dtype=int),
            np.arange(4),
            part_names="abcd",
            edges=["ab", "bc", "cd"],
            stride=case["pafs_stride"],
            fields=bottom_up.Fields(),
        )
    # The last edge lies in the column beyond the map: read as 0, it joins nothing.
    reached = 3 if edition == "sleap-1.4" else 4
    np.testing.assert_array_equal(joined.points[0, :reached], points[:reached])
    assert np.isnan(joined.points[0, reached:]).all()
