"""Predictions come into a copy of a project, which keeps everything of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import h5py
import numpy as np
import pytest
import sleap_io

from poise import Skeleton
from poise.writing.drafts import drafts_of
from poise_workflows.frames.path_maps import path_maps
from poise_workflows.journal.batches import Batch
from poise_workflows.journal.writing import open_journal
from poise_workflows.results.contents import Contents, Results, VideoFacts
from poise_workflows.results.errors import ResultsError
from poise_workflows.results.merging import merge_results

Run = Callable[..., Results]
PARTS = ("tail", "thorax", "head")
"""Not the order of the run's skeleton."""


def animal(kind: Any, skeleton: Any, value: float, track: Any = None) -> Any:
    points = np.full((3, 2), value)
    return kind.from_numpy(points, skeleton=skeleton, track=track)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """User labels, predictions inside and outside the run's frames, suggestions, a session."""
    skeleton = sleap_io.Skeleton(
        list(PARTS), edges=[("thorax", "head"), ("thorax", "tail")], name="fly"
    )
    videos = [
        sleap_io.Video(
            filename=name,
            open_backend=False,
            backend_metadata={"type": "MediaVideo", "shape": [40, 64, 80, 1], "filename": name},
        )
        for name in ("films/other.mp4", "films/0.mp4")
    ]
    track, user, predicted = (
        sleap_io.Track("track_1"),
        sleap_io.Instance,
        sleap_io.PredictedInstance,
    )
    replaced = animal(predicted, skeleton, 5.0)
    corrected = animal(user, skeleton, 6.0, track)
    corrected.from_predicted = replaced
    labels = sleap_io.Labels(
        [
            sleap_io.LabeledFrame(
                video=videos[1],
                frame_idx=6,
                instances=[corrected, replaced, animal(predicted, skeleton, 7.0, track)],
            ),
            sleap_io.LabeledFrame(
                video=videos[1], frame_idx=5, instances=[animal(predicted, skeleton, 8.0)]
            ),
            sleap_io.LabeledFrame(
                video=videos[1], frame_idx=35, instances=[animal(predicted, skeleton, 9.0)]
            ),
            sleap_io.LabeledFrame(
                video=videos[0], frame_idx=6, instances=[animal(predicted, skeleton, 10.0)]
            ),
        ],
        videos=videos,
        skeletons=[skeleton],
        tracks=[sleap_io.Track("unused"), track],
        suggestions=[sleap_io.SuggestionFrame(video=videos[1], frame_idx=20)],
        sessions=[session(videos)],
        provenance={"made_by": "hand"},
    )
    path = tmp_path / "project.slp"
    sleap_io.save_slp(labels, str(path), verbose=False)
    with h5py.File(path, "a") as file:
        file["unknown"] = [1, 2, 3]
    return path


def session(videos: list[Any]) -> Any:
    cameras = [sleap_io.Camera(name=name) for name in ("top", "side")]
    made = sleap_io.RecordingSession(camera_group=sleap_io.CameraGroup(cameras=cameras))
    for camera, video in zip(cameras, videos, strict=True):
        made.add_video(video, camera)
    return made


def load(path: Path) -> Any:
    return sleap_io.load_slp(str(path), open_videos=False)


def frame_of(labels: Any, video: int, number: int) -> Any:
    (frame,) = [
        frame
        for frame in labels
        if frame.video is labels.videos[video] and frame.frame_idx == number
    ]
    return frame


def test_predictions_take_the_place_of_earlier_ones_on_their_frames(
    run: Run, project: Path, tmp_path: Path
) -> None:
    results = run("tracked")

    merged = merge_results(results, project, tmp_path / "new.slp", {})

    labels = load(merged.path)
    assert (merged.instances, merged.replaced, merged.ungrouped) == (48, 3, 0)
    frame = frame_of(labels, 1, 6)
    (user,) = frame.user_instances
    np.testing.assert_array_equal(user.numpy(), np.full((3, 2), 6.0))
    assert user.track.name == "track_1"
    batch = list(results.batches())[1]  # frames 4 to 7
    rows = slice(*batch.row_splits[2:4])
    predicted = np.array([animal.numpy() for animal in frame.predicted_instances])
    np.testing.assert_array_equal(predicted, batch.points[rows][:, [2, 0, 1]])
    scores = np.array([animal.points["score"] for animal in frame.predicted_instances])
    given = ~np.isnan(predicted[..., 0])
    np.testing.assert_array_equal(scores[given], batch.point_scores[rows][:, [2, 0, 1]][given])
    assert frame_of(labels, 1, 5).instances == []  # the run has seen nobody there


def test_everything_else_of_the_project_stays(run: Run, project: Path, tmp_path: Path) -> None:
    before = hashlib.sha256(project.read_bytes()).hexdigest()

    merge_results(run("tracked"), project, tmp_path / "new.slp", {"predictor": "made up"})

    assert hashlib.sha256(project.read_bytes()).hexdigest() == before
    labels, original = load(tmp_path / "new.slp"), load(project)
    for video, number in ((1, 35), (0, 6)):
        (kept,) = frame_of(labels, video, number).instances
        (former,) = frame_of(original, video, number).instances
        np.testing.assert_array_equal(kept.numpy(), former.numpy())
    assert [video.filename for video in labels.videos] == ["films/other.mp4", "films/0.mp4"]
    assert [track.name for track in labels.tracks] == ["unused", "track_1", "track_0", "track_2"]
    assert [(s.video.filename, s.frame_idx) for s in labels.suggestions] == [("films/0.mp4", 20)]
    (kept_session,) = labels.sessions
    assert [camera.name for camera in kept_session.cameras] == ["top", "side"]
    assert [video.filename for video in kept_session.videos] == ["films/other.mp4", "films/0.mp4"]
    assert [skeleton.node_names for skeleton in labels.skeletons] == [list(PARTS)]
    assert labels.provenance["made_by"] == "hand"
    assert labels.provenance["merged_predictions"] == [{"predictor": "made up"}]
    with h5py.File(tmp_path / "new.slp") as file:
        assert file["unknown"][()].tolist() == [1, 2, 3]


def test_merging_again_gives_the_same_poses(run: Run, project: Path, tmp_path: Path) -> None:
    results = run("tracked")

    merge_results(results, project, tmp_path / "once.slp", {})
    again = merge_results(results, tmp_path / "once.slp", tmp_path / "twice.slp", {})

    assert (again.instances, again.replaced) == (48, 48)
    with h5py.File(tmp_path / "once.slp") as once, h5py.File(tmp_path / "twice.slp") as twice:
        for name in ("frames", "instances", "pred_points", "points"):
            assert once[name][()].tobytes() == twice[name][()].tobytes()
        assert once["tracks_json"][()].tolist() == twice["tracks_json"][()].tolist()


def test_a_frame_that_could_not_be_read_keeps_its_earlier_predictions(
    run: Run, project: Path, tmp_path: Path
) -> None:
    results = run("tracked")
    batch = Batch(
        source=0,
        frames=[5, 6],
        row_splits=[0, 0, 0],
        points=np.zeros((0, 3, 2)),
        point_scores=np.zeros((0, 3)),
        scores=[],
        tracks=[],
        tracking_scores=[],
        unreadable={1: "truncated"},
    )
    with open_journal(tmp_path / "other.journal", {}) as journal:
        journal.append(batch)

    merged = merge_results(
        attrs.evolve(results, recorded=journal.recorded), project, tmp_path / "new.slp", {}
    )

    assert (merged.instances, merged.replaced) == (0, 1)
    assert len(frame_of(load(merged.path), 1, 6)) == 3


def test_a_prediction_that_went_out_is_in_no_group_of_a_session(
    run: Run, project: Path, tmp_path: Path
) -> None:
    labels = load(project)
    (made,) = labels.sessions
    animals = {
        camera: frame_of(labels, index, 6).predicted_instances[0]
        for index, camera in enumerate(made.cameras)
    }
    frames = {camera: frame_of(labels, index, 6) for index, camera in enumerate(made.cameras)}
    group = sleap_io.InstanceGroup(instance_by_camera=animals)
    made.frame_groups[6] = sleap_io.FrameGroup(
        frame_idx=6, instance_groups=[group], labeled_frame_by_camera=frames
    )
    sleap_io.save_slp(labels, str(tmp_path / "grouped.slp"), verbose=False)

    merged = merge_results(run("tracked"), tmp_path / "grouped.slp", tmp_path / "new.slp", {})

    assert merged.ungrouped == 1
    (kept,) = load(merged.path).sessions[0].frame_groups[6].instance_groups
    assert [camera.name for camera in kept.cameras] == ["top"]


def test_a_video_that_the_project_lacks_is_added(run: Run, project: Path, tmp_path: Path) -> None:
    merged = merge_results(run("several"), project, tmp_path / "new.slp", {})

    labels = load(merged.path)
    assert [video.filename for video in labels.videos] == [
        "films/other.mp4",
        "films/0.mp4",
        "films/1.mp4",
    ]
    assert sum(len(frame) for frame in labels if frame.video is labels.videos[2]) == 48


def test_a_project_is_never_changed_in_place(run: Run, project: Path, tmp_path: Path) -> None:
    results, before = run("single"), project.read_bytes()
    (tmp_path / "link.slp").symlink_to(project)
    (tmp_path / "folder").mkdir()

    for output in (project, tmp_path / "link.slp", tmp_path / "folder" / ".." / project.name):
        with pytest.raises(ResultsError, match="must be another file than the project, got "):
            merge_results(results, project, output, {})
    assert project.read_bytes() == before


def test_another_skeleton_is_refused_with_the_parts_of_both(
    run: Run, project: Path, tmp_path: Path
) -> None:
    results = run("single")
    contents = attrs.evolve(results.contents, skeleton=Skeleton(["nose", "ear", "paw"]))

    with pytest.raises(
        ResultsError, match="a skeleton with the parts nose, ear, paw, got tail, thorax, head"
    ):
        merge_results(attrs.evolve(results, contents=contents), project, tmp_path / "new.slp", {})
    assert not (tmp_path / "new.slp").exists()


def test_an_error_while_saving_leaves_no_file(
    run: Run, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(labels: Any, path: str, **options: Any) -> None:
        Path(path).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sleap_io, "save_slp", fail)
    with pytest.raises(ResultsError, match=r"new.slp: cannot be written: No space left on device"):
        merge_results(run("single"), project, tmp_path / "new.slp", {})

    assert not (tmp_path / "new.slp").exists()
    assert drafts_of(tmp_path / "new.slp") == []


def test_images_inside_the_project_are_in_the_new_one(tmp_path: Path, shared: Path) -> None:
    package = shared / "sleap/labels/minimal_instance.pkg.slp"
    original = sleap_io.load_slp(str(package))
    batch = Batch(
        source=0,
        frames=[original[0].frame_idx],
        row_splits=[0, 1],
        points=[[[10, 20], [30, 40]]],
        point_scores=[[0.5, 0.75]],
        scores=[1],
        tracks=[-1],
        tracking_scores=[0],
    )
    with open_journal(tmp_path / "run.journal", {}) as journal:
        journal.append(batch)
    video = VideoFacts(
        filename=str(package), backend={"type": "HDF5Video", "dataset": "video0/video"}
    )
    contents = Contents(skeleton=Skeleton(original.skeleton.node_names), videos=[video])

    results = Results(contents=contents, recorded=journal.recorded)
    merge_results(results, package, tmp_path / "new.pkg.slp", {})

    labels = sleap_io.load_slp(str(tmp_path / "new.pkg.slp"))
    assert len(labels.videos) == len(original.videos)
    assert len(labels[0].predicted_instances) == 1
    assert len(labels[0].user_instances) == len(original[0].user_instances) == 2
    np.testing.assert_array_equal(labels[0].image, original[0].image)
    with h5py.File(tmp_path / "new.pkg.slp") as file:
        assert json.loads(file["videos_json"][0])["backend"]["filename"] == "."


def test_videos_of_a_project_of_another_machine_are_those_that_a_map_leads_to(
    run: Run, project: Path, tmp_path: Path
) -> None:
    labels = load(project)
    labels.replace_filenames(prefix_map={"films": "/mnt/lab/films"})
    labels.save(str(tmp_path / "moved.slp"), verbose=False)
    maps = path_maps({"/mnt/lab/films": tmp_path})
    videos = [VideoFacts(filename=str(tmp_path / "0.mp4"), backend={})]
    results = run("tracked")
    results = attrs.evolve(results, contents=attrs.evolve(results.contents, videos=videos))

    added = merge_results(results, tmp_path / "moved.slp", tmp_path / "added.slp", {})
    merged = merge_results(results, tmp_path / "moved.slp", tmp_path / "new.slp", {}, maps)

    assert len(load(added.path).videos) == 3
    assert (merged.instances, merged.replaced) == (48, 3)
    # The project goes back to the machine that it came from.
    assert [video.filename for video in load(merged.path).videos] == [
        "/mnt/lab/films/other.mp4",
        "/mnt/lab/films/0.mp4",
    ]
