import pytest

from poise.sleap import read_sleap
from poise.sleap.versions import Origin


def old(version=None, *, net=None, maps=None, **sections):
    """A job as 1.0 wrote it: no key that a later version added."""
    data = {
        "data": {"preprocessing": {"input_scaling": 1.0}},
        "model": {
            "backbone": {"net": {"output_stride": 2, **(net or {})}},
            "heads": {"maps": {"output_stride": 2, **(maps or {})}},
        },
        "optimization": {"hard_keypoint_mining": {"online_mining": False}},
        **sections,
    }
    return data if version is None else {**data, "sleap_version": version}


def paths(job):
    return [note.path for note in job.report.of("version")]


@pytest.mark.parametrize(
    ("data", "version", "at_least"),
    [
        (old(), None, (1, 0, 0)),
        (old("1.3.3"), (1, 3, 3), (1, 1, 0)),
        (old("1.1.0a12"), (1, 1, 0), (1, 1, 0)),
        (old("nightly"), None, (1, 1, 0)),
        ({"model": {"heads": {"multi_class_topdown": None}}}, None, (1, 2, 1)),
        ({"model": {"base_checkpoint": None}}, None, (1, 3, 0)),
        ({"sleap_version": None}, None, (1, 1, 0)),
    ],
)
def test_the_version_is_read_or_bounded_by_the_keys_of_the_file(data, version, at_least):
    assert Origin.of(data) == Origin(version, at_least)


@pytest.mark.parametrize(
    ("version", "noted"), [("1.0.3", True), ("1.0.4", False), ("1.4.1", False), (None, True)]
)
def test_sigma_was_in_pixels_up_to_1_0_3(write, version, noted):
    job = read_sleap(write(old(version)))
    assert ("model.heads.maps.sigma" in paths(job)) == noted


def test_sigma_means_the_same_everywhere_at_stride_1(write):
    job = read_sleap(write(old("1.0.3", net={"output_stride": 1}, maps={"output_stride": 1})))
    assert paths(job) == []


def test_a_note_begins_with_the_version_of_the_file(write):
    (note,) = read_sleap(write(old("1.0.3"))).report.of("version")
    assert note.what.startswith("written by SLEAP 1.0.3; up to 1.0.3 sigma was in input pixels")
    assert note.what.endswith("has peaks 2 times as narrow")


@pytest.mark.parametrize(("version", "noted"), [("1.0.9", True), ("1.0.10", False)])
def test_the_backbone_had_its_own_stride_up_to_1_0_9(write, version, noted):
    job = read_sleap(write(old(version, net={"output_stride": 1})))
    assert ("model.backbone.net.output_stride" in paths(job)) == noted


@pytest.mark.parametrize(("finest", "noted"), [(1, True), (2, False)])
def test_the_backbone_had_its_own_stride_whatever_its_field_is_called(write, finest, noted):
    data = old("1.0.9")
    data["model"]["backbone"] = {"tower": {"finest": finest}}
    assert ("model.backbone.tower" in paths(read_sleap(write(data)))) == noted


@pytest.mark.parametrize(
    ("version", "noted"), [("1.0.9", False), ("1.0.10", True), ("1.1.0", False)]
)
def test_only_1_0_10_took_the_finest_of_two_strides(write, version, noted):
    data = old(version)
    data["model"]["heads"] = {"two_parts": {"maps": {"output_stride": 4}}}
    job = read_sleap(write(data))
    assert ("model.heads.two_parts.sorts.output_stride" in paths(job)) == noted


@pytest.mark.parametrize(("version", "noted"), [("1.2.0", True), ("1.2.1", False)])
def test_head_layers_had_a_suffix_up_to_1_2_0(write, version, noted):
    write(b"weights", "best_model.h5")
    assert (paths(read_sleap(write(old(version)))) == ["model.heads.maps"]) == noted


def test_the_names_of_head_layers_do_not_matter_without_weights(write):
    assert paths(read_sleap(write(old("1.2.0")))) == []


@pytest.mark.parametrize(("version", "noted"), [("1.0.10", True), ("1.1.0", False)])
def test_online_mining_was_on_before_1_1_0(write, version, noted):
    job = read_sleap(write(old(version, optimization={})))
    assert ("optimization.hard_keypoint_mining.online_mining" in paths(job)) == noted


@pytest.mark.parametrize(
    ("crop_size", "scaling", "version", "head", "noted"),
    [
        (96, 0.5, "1.4.1", "crops", True),
        (96, 0.5, "1.4.2", "crops", False),
        (96, 1.0, "1.4.1", "crops", False),
        (None, 0.5, "1.4.1", "crops", False),
        (96, 0.5, "1.4.1", "maps", False),
        (96, 0.5, "1.4.1", "centers", False),
    ],
)
def test_crops_of_scaled_images_are_cut_differently_since_1_4_1(
    write, crop_size, scaling, version, head, noted
):
    data = {
        "preprocessing": {"input_scaling": scaling},
        "instance_cropping": {"crop_size": crop_size},
    }
    written = old(version, data=data)
    written["model"]["heads"] = {head: written["model"]["heads"]["maps"]}
    job = read_sleap(write(written))
    assert ("data.instance_cropping.crop_size" in paths(job)) == noted


def test_a_file_of_1_4_1_needs_no_note_about_versions(write):
    write(b"weights", "best_model.h5")
    assert paths(read_sleap(write(old("1.4.1")))) == []
