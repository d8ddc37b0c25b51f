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
