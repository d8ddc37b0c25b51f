"""Profiles hold the figures of SLEAP's stock profiles, and each can be trained as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest

import poise
from poise import registry
from poise.registry.discovery import BACKBONE, HEAD
from poise_workflows.training.domains import faults_of
from poise_workflows.training.errors import TrainingError
from poise_workflows.training.jobs import read_job, sections_of
from poise_workflows.training.profiles.finding import find_profile, profile_names


def unet(filters: int, rate: float, max_stride: int, stride: int) -> dict[str, Any]:
    return {
        "filters": filters,
        "filters_rate": rate,
        "max_stride": max_stride,
        "output_stride": stride,
    }


def encoder(stride: int, filters: int = 256) -> dict[str, Any]:
    return {
        "encoder": "efficientnetb0",
        "decoder_filters": filters,
        "output_stride": stride,
    }


# spec/train_run.md §8: backbone, stride of the maps, input scaling, learning rate, patience of the
# schedule and of early stopping, least improvement.
STOCK: dict[str, tuple[dict[str, Any], int, float, float, int, int, float]] = {
    "baseline.centroid": (unet(16, 2, 16, 2), 2, 0.5, 1e-4, 5, 20, 1e-8),
    "baseline_medium_rf.single": (unet(16, 2, 16, 2), 2, 1, 1e-4, 5, 10, 1e-8),
    "baseline_medium_rf.topdown": (unet(24, 2, 16, 4), 4, 1, 1e-4, 5, 10, 1e-8),
    "baseline_medium_rf.bottomup": (unet(16, 2, 32, 4), 4, 1, 1e-4, 8, 10, 1e-8),
    "baseline_large_rf.single": (unet(32, 1.5, 32, 4), 4, 1, 1e-4, 5, 10, 1e-5),
    "baseline_large_rf.topdown": (unet(24, 1.5, 32, 4), 4, 1, 1e-4, 5, 10, 1e-8),
    "baseline_large_rf.bottomup": (unet(32, 1.5, 64, 4), 4, 1, 1e-4, 8, 10, 1e-8),
    "pretrained.centroid": (encoder(2, 128), 2, 0.5, 1e-3, 5, 10, 1e-8),
    "pretrained.single": (encoder(2), 4, 1, 1e-3, 5, 10, 1e-8),
    "pretrained.topdown": (encoder(2), 2, 1, 1e-3, 5, 10, 1e-8),
    "pretrained.bottomup": (encoder(4), 4, 1, 1e-3, 8, 10, 1e-8),
}

FIELDS = 7.3667
"""Sigma of the fields in pixels of edition 2026 that is nearest to SLEAP's 75."""


def installed(name: str) -> Any:
    """The job of a profile, if the plugins that it names are installed."""
    job = read_job(name)
    for container in (job.config.backbone, job.config.heads):
        if container.which_oneof_attrib_name() not in _keys():
            pytest.skip(f"{name} needs a plugin that is not installed")
    return job


def _keys() -> set[str]:
    return {key for kind in (BACKBONE, HEAD) for key in registry.default().keys(kind)}


@pytest.mark.parametrize("name", STOCK)
def test_a_profile_has_the_figures_of_sleaps(name: str) -> None:
    backbone, stride, scaling, rate, lowers, stops, least = STOCK[name]
    job = installed(name)
    section = attrs.asdict(job.config.backbone.which_oneof())
    head = attrs.asdict(job.config.heads.which_oneof())
    maps = head.get("confmaps", head)
    optimization = job.sections.optimization

    assert {key: section[key] for key in backbone} == backbone
    assert (maps["output_stride"], maps["sigma"]) == (stride, 2.5 * stride)
    if "pafs" in head:
        assert (head["pafs"]["output_stride"], head["pafs"]["sigma"]) == (8, FIELDS)
    assert job.preprocessing.input_scaling == scaling
    assert optimization.initial_learning_rate == rate
    assert optimization.learning_rate_schedule.plateau_patience == lowers
    assert optimization.early_stopping.plateau_patience == stops
    assert optimization.learning_rate_schedule.plateau_min_delta == least


@pytest.mark.parametrize("name", STOCK)
def test_a_profile_is_sleaps_file_moved_to_edition_2026(name: str, shared: Path) -> None:
    job, file = installed(name), poise.read(shared / f"sleap/profiles/{name}.json")
    sections, of_file = sections_of(job), sections_of(file)
    for each in (sections, of_file):  # what is written besides the model changes no figure
        del each["outputs"]

    assert job.config == poise.to_edition(file.config, "2026", job=file.job)
    assert sections == of_file


def test_there_is_a_profile_for_each_head_and_each_backbone_that_is_installed() -> None:
    jobs = [read_job(name) for name in profile_names()]
    backbones = {job.config.backbone.which_oneof_attrib_name() for job in jobs}
    heads = {job.config.heads.which_oneof_attrib_name() for job in jobs}

    assert set(STOCK) <= set(profile_names())
    assert _keys() <= backbones | heads


@pytest.mark.parametrize("name", profile_names())
def test_each_profile_can_be_trained_as_it_is(name: str) -> None:
    job = installed(name)

    assert list(faults_of(job)) == []
    assert job.config.edition == "2026"
    poise.resolve(job.config, poise.Skeleton(["a", "b"], [("a", "b")]), ["1", "2"])


@pytest.mark.parametrize("ending", ["", ".json", ".yaml"])
def test_a_profile_is_found_by_its_name_as_in_sleap(ending: str) -> None:
    path = find_profile(f"baseline.centroid{ending}")

    assert path is not None
    assert path.name == "baseline.centroid.yaml"


def test_a_file_of_a_profiles_name_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "baseline.centroid").touch()

    assert find_profile("baseline.centroid") is None


def test_what_is_neither_is_refused_and_the_nearest_profile_named() -> None:
    with pytest.raises(TrainingError, match=r"did you mean 'baseline\.centroid'"):
        find_profile("baseline.centriod")
