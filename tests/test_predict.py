"""Whole runs of the command that SLEAP 1.4.1 was, repeated: the same poses in the same files.

Models, videos and what the original found are not in the repository: these tests need the folder
of golden numbers and SLEAP files. Tracking has tests of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import poise_workflows
from poise import PoiseError
from sleap_runs import WITHIN_PIXELS, WITHIN_SCORES, arguments, case_of, folder

__all__ = ["folder"]

pytestmark = pytest.mark.usefixtures("keras")

QUICK = [
    "bottomup_batch1",
    "bottomup_labels_all",
    "bottomup_only_suggested",
    "bottomup_pkg",
    "bottomup_video_index",
    "centered_only_pkg",
    "centroid_only_pkg",
    "single_labels_file",
    "single_rgb_model_gray_video",
    "single_threshold",
    "topdown_models_swapped",
    "topdown_pkg",
]
LONG = [
    "bottomup_edges_short",
    "bottomup_max1",
    "bottomup_video",
    "single_video",
    "single_video_whole_last",
    "topdown_max1",
    "topdown_video",
]
REFUSED = {
    "centered_only_video": "labels for a crop model alone, got videos/pair.mp4; name the centroid",
    "centroid_only_video": "labels for a centroid model alone, got videos/pair.mp4; name the crop",
    "error_frames_beyond": "must be a frame from 0 to 59, got 65",
    "error_no_data": "must be a file or folder, got 'videos/missing.mp4'",
    "error_no_model": "must be at least one model, got none",
}
TIED = "multiclass_bottomup_video"
"""On a still clip, two peaks are a "female" head, and rounding chose.

The logits of the class are 17.0708 and 32.6177 at them, so that the probabilities are 1 - 3.9e-8
and 1 - 7e-15. Halfway between the first one's neighbors in float32, 1 - 6e-8 and 1, lies 1 - 3e-8:
the last bit of the logit, or another formula of the sigmoid, decides whether the two are equal.
Where they were (frames 0 to 4, and 11), the original took the first peak, as Poise does.
"""

ONE_ULP = 2**-23

CRASHED = ["bottomup_gray_model_rgb_video"]


def predicted(golden: Path, name: str, **more: Any) -> Any:
    sources, models, options = arguments(case_of(golden, name)["command"])
    options = {**options, "progress": "none", **more}
    return poise_workflows.predict(sources, models, "out.slp", **options)


def test_every_case_without_tracking_is_tested(golden: Path) -> None:
    cases = {
        path.parent.name
        for path in golden.glob("predict/*/case.json")
        if "--tracking." not in path.read_text(encoding="utf-8")
    }

    assert cases == {*QUICK, *LONG, TIED, *REFUSED, *CRASHED}


# A case of each pipeline is enough to compare backends.
ON_EVERY_BACKEND = {"bottomup_batch1", "single_labels_file", "topdown_pkg"}


def marked(name: str) -> Any:
    marks = [pytest.mark.backends] if name in ON_EVERY_BACKEND else []
    return pytest.param(name, marks=[pytest.mark.slow] if name in LONG else marks)


@pytest.mark.parametrize("name", [marked(name) for name in [*QUICK, *LONG]])
def test_the_file_has_the_poses_of_the_original(name: str, golden: Path, folder: Path) -> None:
    (result,) = predicted(golden, name)

    compare(result.output, golden, name)


IN_A_CHILD = """
import json, sys
import poise_workflows
sources, models, options = json.loads(sys.argv[1])
poise_workflows.predict(sources, models, "out.slp", **options)
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(ON_EVERY_BACKEND))
@pytest.mark.parametrize("onednn", ["0", "1"])
def test_tensorflow_has_the_poses_of_the_original_with_onednn_and_without(
    onednn: str, name: str, golden: Path, folder: Path
) -> None:
    sources, models, options = arguments(case_of(golden, name)["command"])
    words = json.dumps([sources, models, {**options, "progress": "none"}])

    # TensorFlow reads the variable once, when it is imported.
    environ = {**os.environ, "TF_ENABLE_ONEDNN_OPTS": onednn}
    subprocess.run([sys.executable, "-c", IN_A_CHILD, words], env=environ, check=True)

    compare(folder / "out.slp", golden, name)


def compare(output: Path, golden: Path, name: str) -> None:
    """Whether a file has what SLEAP found in a case."""
    import sleap_io

    expected = np.load(golden / "predict" / name / "expected.npz")
    labels = sleap_io.load_slp(str(output), open_videos=False)
    animals = [animal for frame in labels for animal in frame.instances]
    assert [frame.frame_idx for frame in labels] == expected["frame_idx"].tolist()
    assert [len(frame) for frame in labels] == np.diff(expected["row_splits"]).tolist()
    assert [track.name for track in labels.tracks] == case_of(golden, name)["tracks"]
    tracks = [labels.tracks.index(a.track) if a.track else -1 for a in animals]
    assert tracks == expected["track"].tolist()
    shape = expected["points"].shape
    actual = {
        "points": np.array([animal.numpy() for animal in animals]).reshape(shape),
        "point_scores": np.array([a.points["score"] for a in animals]).reshape(shape[:-1]),
        "scores": np.array([animal.score for animal in animals]),
        "tracking_score": np.array([animal.tracking_score for animal in animals]),
    }
    for what, array in actual.items():
        within = WITHIN_PIXELS if what == "points" else WITHIN_SCORES
        original = expected[what] if what == "points" else np.nan_to_num(expected[what])
        np.testing.assert_allclose(array, original, rtol=0, atol=within, err_msg=what)


def animals_of(labels: Any) -> Any:
    """The animals of all frames, and their points."""
    animals = [animal for frame in labels for animal in frame.instances]
    return animals, np.array([animal.numpy() for animal in animals])


@pytest.mark.parametrize(
    "frames",
    [
        pytest.param("0-2", marks=pytest.mark.backends),
        pytest.param("0-11", marks=pytest.mark.slow),
    ],
)
def test_where_rounding_chose_between_two_peaks_the_point_is_one_of_them(
    frames: str, golden: Path, folder: Path
) -> None:
    import sleap_io

    expected = np.load(golden / "predict" / TIED / "expected.npz")

    (result,) = predicted(golden, TIED, frames=frames)

    animals, points = animals_of(sleap_io.load_slp(str(result.output), open_videos=False))
    count = len(animals)
    assert count in (6, 24)
    assert [animal.track.name for animal in animals] == ["female", "male"] * (count // 2)
    tied = np.zeros((count, 2), bool)
    tied[::2, 0] = True
    original = expected["points"][:count]
    np.testing.assert_allclose(points[~tied], original[~tied], rtol=0, atol=WITHIN_PIXELS)
    peaks = expected["points"][[0, 10], 0]  # one of frame 0, the other of frame 5
    away = np.linalg.norm(points[tied][:, None] - peaks[None], axis=-1)
    assert away.min(axis=1).max() < WITHIN_PIXELS
    scores = np.array([animal.points["score"] for animal in animals])
    values = expected["point_scores"][:count]
    np.testing.assert_allclose(scores[~tied], values[~tied], rtol=0, atol=WITHIN_SCORES)
    of_peaks = expected["point_scores"][[0, 10], 0][away.argmin(axis=1)]
    np.testing.assert_allclose(scores[tied], of_peaks, rtol=0, atol=WITHIN_SCORES)
    np.testing.assert_allclose(
        [animal.score for animal in animals], scores.mean(axis=1), rtol=0, atol=1e-6
    )
    sure = [animal.tracking_score for animal in animals]
    # One is 1, the other may be its neighbor: half of that is left in the mean of two parts.
    original_sure = expected["tracking_score"][:count]
    np.testing.assert_allclose(sure, original_sure, rtol=0, atol=ONE_ULP)


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_original_failed_on_is_refused_before_the_first_frame(
    name: str, golden: Path, folder: Path
) -> None:
    with pytest.raises(PoiseError) as caught:
        predicted(golden, name)

    assert REFUSED[name] in str(caught.value)
    assert [path.name for path in folder.glob("out*")] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", CRASHED)
def test_where_the_original_crashed_there_is_a_result(
    name: str, golden: Path, folder: Path
) -> None:
    import sleap_io

    (result,) = predicted(golden, name)

    labels = sleap_io.load_slp(str(result.output), open_videos=False)
    animals, points = animals_of(labels)
    assert [frame.frame_idx for frame in labels] == list(range(6))
    assert all(len(frame) for frame in labels)
    assert result.report["instances"] == len(animals)
    # Both parts of each are peaks of the frame, 560 pixels wide and 320 high, up to its border,
    # beside which a peak ended the original; refinement moves none by more than a cell.
    assert np.isfinite(points).all()
    assert (points > -2).all()
    assert (points < [562, 322]).all()
    assert points[..., 0].max() > 556
    scores = np.array([animal.points["score"] for animal in animals])
    assert (scores > 0.05).all()
    (note,) = [note for note in result.report["notes"] if "SLEAP 1.4 stops" in note]
    assert " a part lies beyond the last cell of the fields" in note


BOTTOM_UP = ["minimal_instance.UNet.bottomup"]
PAIR = ["minimal_instance.UNet.centroid", "minimal_instance.UNet.centered_instance"]
SINGLE = ["minimal_robot.UNet.single_instance"]

OF_FRAMES = [
    ("bottomup_integral", BOTTOM_UP, {}),
    ("bottomup_norefine", BOTTOM_UP, {}),  # the original does not pass the choice on
    ("single_integral", SINGLE, {}),
    ("single_norefine", SINGLE, {"refinement": "local"}),
    ("topdown_integral", PAIR, {}),
]
OF_LABELS = [
    ("centroid_only", PAIR[:1], {}),
    ("topdown_gtcentroid", PAIR[1:], {}),
]


def frames_and_animals(golden: Path, case: str) -> tuple[Any, list[dict[str, Any]]]:
    """The frames of a case, and the animals that the original found in them, frame by frame."""
    place = golden / "inference" / case
    manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    animals = [animal for frame in manifest["labels"] for animal in frame["instances"]]
    return np.load(place / "outputs.npz")["0|image"], animals


def as_images(frames: Any, folder: Path) -> list[Path]:
    """The frames as images, in a folder of their own."""
    folder.mkdir()
    files = [folder / f"{number}.png" for number in range(len(frames))]
    for file, frame in zip(files, frames, strict=True):
        Image.fromarray(frame if frame.shape[-1] == 3 else frame[..., 0]).save(file)
    return files


def as_labels(files: list[Path], shared: Path) -> Any:
    """Labels of these images, with the animals that are labeled in the original's."""
    import sleap_io

    original = sleap_io.load_slp(str(shared / "sleap" / "labels" / "minimal_instance.pkg.slp"))
    video = sleap_io.Video.from_filename([str(file) for file in files])
    frame = sleap_io.LabeledFrame(video=video, frame_idx=0, instances=original[0].instances)
    return sleap_io.Labels([frame])


def assert_same_animals(labels: Any, originals: list[dict[str, Any]]) -> None:
    animals, points = animals_of(labels)
    assert len(animals) == len(originals)
    for animal, place, original in zip(animals, points, originals, strict=True):
        np.testing.assert_allclose(place, original["points"], rtol=0, atol=WITHIN_PIXELS)
        scores = [*animal.points["score"], animal.score]
        expected = [*original["point_scores"], original["score"]]
        np.testing.assert_allclose(scores, expected, rtol=0, atol=WITHIN_SCORES)


@pytest.mark.parametrize(("case", "models", "options"), OF_FRAMES)
def test_images_have_the_animals_of_the_original(
    case: str, models: list[str], options: dict[str, Any], golden: Path, folder: Path
) -> None:
    import sleap_io

    frames, animals = frames_and_animals(golden, case)
    as_images(frames, folder / "frames")
    paths = [folder / "models" / name for name in models]

    (result,) = poise_workflows.predict("frames", paths, "out.slp", progress="none", **options)

    assert_same_animals(sleap_io.load_slp(str(result.output), open_videos=False), animals)


@pytest.mark.parametrize(("case", "models", "options"), OF_LABELS)
def test_labeled_images_have_the_animals_of_the_original(
    case: str,
    models: list[str],
    options: dict[str, Any],
    golden: Path,
    shared: Path,
    folder: Path,
) -> None:
    import sleap_io

    frames, animals = frames_and_animals(golden, case)
    labels = as_labels(as_images(frames, folder / "frames"), shared)
    labels.save("labels.slp", embed=False)
    paths = [folder / "models" / name for name in models]

    (result,) = poise_workflows.predict("labels.slp", paths, "out.slp", progress="none", **options)

    assert_same_animals(sleap_io.load_slp(str(result.output), open_videos=False), animals)
    assert_same_animals(poise_workflows.load(paths, **options).predict(labels), animals)


@pytest.mark.parametrize(("case", "models", "options"), [OF_FRAMES[0], OF_FRAMES[3], OF_FRAMES[4]])
def test_frames_in_memory_have_the_points_of_the_original(
    case: str, models: list[str], options: dict[str, Any], golden: Path, folder: Path
) -> None:
    arrays = np.load(golden / "inference" / case / "outputs.npz")
    predictor = poise_workflows.load([folder / "models" / name for name in models], **options)

    animals = predictor.predict_frames(arrays["0|image"])

    points, values = arrays["0|instance_peaks"], arrays["0|instance_peak_vals"]
    np.testing.assert_allclose(animals.points, points, rtol=0, atol=WITHIN_PIXELS)
    np.testing.assert_allclose(animals.point_scores, values, rtol=0, atol=WITHIN_SCORES)


def test_every_case_of_frames_is_tested(golden: Path) -> None:
    cases = {path.parent.name for path in golden.glob("inference/*/manifest.json")}

    assert cases == {case for case, *_ in [*OF_FRAMES, *OF_LABELS]}


def test_a_model_is_named_by_its_folder_its_file_an_archive_or_a_folder_of_poise(
    folder: Path,
) -> None:
    import poise

    model = folder / "models" / SINGLE[0]
    archive = Path(shutil.make_archive(str(folder / "model"), "zip", model))
    saved = folder / "saved"
    poise.save(poise.read(model).build(), saved)

    poses = [
        animals_of(poise_workflows.load(path).predict("labels/robot.slp"))[1]
        for path in (model, model / "training_config.json", archive, saved)
    ]

    assert np.isfinite(poses[0]).all()
    assert len(poses[0]) == 2
    for others in poses[1:]:
        np.testing.assert_array_equal(others, poses[0])


@pytest.mark.parametrize("edition", ["sleap-1.4", "2026"])
def test_identities_of_crops_are_tracks_and_their_points_lie_in_the_crops(
    edition: str, keras: Any, tmp_path: Path
) -> None:
    import poise

    keras.utils.set_random_seed(1)
    unet = {"filters": 4, "max_stride": 4, "output_stride": 2}
    maps = {"output_stride": 2}
    heads: dict[str, Any] = {
        "centroid": maps,
        "multi_class_topdown": {
            "confmaps": {**maps, "part_names": ["head", "tail"]},
            "class_vectors": {"classes": ["female", "male"], "output_stride": 4},
        },
    }
    sizes = {"centroid": (None, None, 1), "multi_class_topdown": (16, 16, 1)}
    for key, head in heads.items():
        data = {"backbone": {"unet": unet}, "heads": {key: head}, "edition": edition}
        poise.save(poise.build(poise.ModelConfig.from_data(data), sizes[key]), tmp_path / key)
    frames = np.random.default_rng(0).integers(0, 256, (3, 40, 60, 1), np.uint8)
    predictor = poise_workflows.load(
        [tmp_path / key for key in heads], batch_size=2, peak_threshold=-1.0, max_instances=4
    )

    labels = predictor.predict(frames)

    assert predictor.pipeline.predictor == "TopDownMultiClassPredictor"
    assert [track.name for track in labels.tracks] == ["female", "male"]
    animals = [animal for frame in labels for animal in frame.instances]
    assert {len(frame) for frame in labels} <= {1, 2}
    assert all(animal.track in labels.tracks for animal in animals)
    points = np.array([animal.numpy() for animal in animals])
    assert np.isfinite(points).all()
    assert (points > -8).all()
    assert (points < [68, 48]).all()
