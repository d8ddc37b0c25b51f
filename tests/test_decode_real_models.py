"""The points that SLEAP 1.4.1 found in real frames with real models, found again.

Trained weights and frames are not in the repository: these tests need the folder of golden
numbers and SLEAP files.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

import poise

OUTPUT_NAMES = {
    "SingleInstanceConfmapsHead_0": "confmaps",
    "CentroidConfmapsHead_0": "confmaps",
    "CenteredInstanceConfmapsHead_0": "confmaps",
    "MultiInstanceConfmapsHead_0": "confmaps",
    "PartAffinityFieldsHead_0": "pafs",
    "OffsetRefinementHead_0": "offsets",
}

BOTTOM_UP = "minimal_instance.UNet.bottomup"
CENTROID = "minimal_instance.UNet.centroid"
SINGLE = "minimal_robot.UNet.single_instance"


@attrs.frozen
class Run:
    """A pipeline of the original: a model, options, and what it found."""

    case: str
    folder: str
    options: dict[str, Any]
    names: tuple[str, ...]


# The two bottom-up runs give the same: the model predicts offsets, which SLEAP always uses.
# Without integral refinement its pipelines fall back to the local one.
RUNS = [
    Run(
        "bottomup_integral",
        BOTTOM_UP,
        {"refinement": "integral"},
        ("instance_peaks", "instance_peak_vals", "instance_scores"),
    ),
    Run(
        "bottomup_norefine",
        BOTTOM_UP,
        {"refinement": "local"},
        ("instance_peaks", "instance_peak_vals", "instance_scores"),
    ),
    Run("centroid_only", CENTROID, {}, ("centroids", "", "centroid_vals")),
    Run(
        "single_integral",
        SINGLE,
        {"refinement": "integral"},
        ("instance_peaks", "instance_peak_vals", ""),
    ),
    Run(
        "single_norefine",
        SINGLE,
        {"refinement": "local"},
        ("instance_peaks", "instance_peak_vals", ""),
    ),
]


@pytest.fixture(params=RUNS, ids=lambda run: run.case)
def run(request: pytest.FixtureRequest) -> Run:
    return request.param


@pytest.fixture
def job(run: Run, shared: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", poise.PluginNotInstalledWarning)
        return poise.read_sleap(shared / "sleap" / "models" / run.folder)


def decoded(run: Run, job: Any, model: Any, predictions: dict[str, Any]) -> poise.Instances:
    scaling = job.preprocessing.input_scaling
    return poise.decode(model, predictions, input_scaling=scaling, **run.options)


def assert_found_as_the_original(
    instances: poise.Instances, run: Run, golden: Path, within: float
) -> None:
    arrays = np.load(golden / "inference" / run.case / "outputs.npz")
    points, point_scores, instance_scores = (
        arrays[f"0|{name}"] if name else None for name in run.names
    )
    if points.ndim == 3:  # centroids have no axis of parts
        points = points[:, :, None]
    np.testing.assert_allclose(instances.points, points, rtol=0, atol=within)
    if point_scores is not None:
        np.testing.assert_allclose(instances.point_scores, point_scores, rtol=0, atol=within)
    if instance_scores is not None:
        np.testing.assert_allclose(instances.instance_scores, instance_scores, rtol=0, atol=within)


def test_the_originals_maps_are_decoded_to_the_points_that_it_found(
    run: Run, job: Any, golden: Path
) -> None:
    maps = np.load(golden / "trained" / run.folder / "outputs.npz")
    predictions = {OUTPUT_NAMES[name]: maps[name] for name in maps.files}
    resolution = poise.resolve(job.config, job.skeleton, job.classes)
    instances = decoded(run, job, resolution, predictions)
    assert_found_as_the_original(instances, run, golden, within=1e-4)


@pytest.mark.usefixtures("keras")
def test_a_model_that_sleap_wrote_finds_the_points_that_it_found_there(
    run: Run, job: Any, shared: Path, golden: Path
) -> None:
    image = np.load(golden / "trained" / run.folder / "input.npz")["input"]
    model = poise.build(job.config, image.shape[1:], job.skeleton, job.classes)
    poise.load_weights(model, shared / "sleap" / "models" / run.folder / "best_model.h5")
    instances = decoded(run, job, model, model(image, training=False))
    assert_found_as_the_original(instances, run, golden, within=1e-2)


CENTERED = "minimal_instance.UNet.centered_instance"


def cut(image: np.ndarray, center: np.ndarray, side: int) -> np.ndarray:
    """A crop ``(side, side)`` of an image ``(H, W)``, interpolated; 0 outside, whole numbers."""
    rows, columns = (
        center[axis] - (side - 1) / 2 + np.arange(side, dtype=np.float32) for axis in (1, 0)
    )
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    down, right = (rows - top)[:, None], (columns - left)[None]
    around = np.pad(image.astype(np.float32), side)
    top, left = top[:, None] + side, left[None] + side
    upper = around[top, left] * (1 - right) + around[top, left + 1] * right
    lower = around[top + 1, left] * (1 - right) + around[top + 1, left + 1] * right
    return np.asarray(upper * (1 - down) + lower * down).astype(np.uint8)


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("case", ["topdown_integral", "topdown_gtcentroid"])
def test_the_second_stage_gives_the_points_and_scores_of_the_original(
    case: str, shared: Path, golden: Path
) -> None:
    arrays = np.load(golden / "inference" / case / "outputs.npz")
    (centers,), (of_centroids,) = arrays["0|centroids"], arrays["0|centroid_vals"]
    reading = poise.read(shared / "sleap" / "models" / CENTERED)
    side = reading.cropping.crop_size
    assert side is not None
    crops = np.stack([cut(arrays["0|image"][0, :, :, 0], center, side) for center in centers])
    model = reading.build((side, side, 1))

    instances = poise.decode(
        model,
        model(crops[..., None].astype(np.float32) / 255, training=False),
        images=[0] * len(crops),
        origins=centers - (side - 1) / 2,
        centroid_scores=of_centroids,
    )

    np.testing.assert_allclose(instances.points, arrays["0|instance_peaks"], atol=1e-2)
    np.testing.assert_allclose(instances.point_scores, arrays["0|instance_peak_vals"], atol=1e-2)
    np.testing.assert_array_equal(instances.instance_scores[0], of_centroids)
