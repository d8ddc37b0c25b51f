"""SLEAP's label files: animals, skeleton, classes, and the image if the video is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from poise import LabelsError
from poise_workflows.frames.labeled import ArgumentError, UnreadableError
from poise_workflows.slp import read_slp_frame

POINTS = [[[30.0, 40.0], [52.0, 47.0]], [[110.0, 90.0], [np.nan, np.nan]]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of one frame, whose video is gone."""
    return write(tmp_path)


def write(folder: Path, kind: str = "Instance", count: int = 2) -> Path:
    """A file of one frame with this many animals of this class of sleap-io; its video is gone."""
    import sleap_io

    skeleton = sleap_io.Skeleton(nodes=["head", "tail"], edges=[("head", "tail")])
    track = sleap_io.Track("female")
    animals = [
        getattr(sleap_io, kind).from_numpy(np.array(points), skeleton=skeleton, track=owner)
        for points, owner in zip(POINTS[:count], (track, None)[:count], strict=True)
    ]
    # sleap-io before 0.6 writes a video that it cannot open with what is said of it here.
    said = {"filename": "gone.mp4", "type": "MediaVideo"}
    video = sleap_io.Video(filename="gone.mp4", open_backend=False, backend_metadata=said)
    frame = sleap_io.LabeledFrame(video=video, frame_idx=7, instances=animals)
    sleap_io.save_slp(sleap_io.Labels([frame], tracks=[track]), str(folder / "labels.slp"))
    return folder / "labels.slp"


def test_animals_parts_edges_and_tracks_are_read(file: Path) -> None:
    frame = read_slp_frame(file)

    np.testing.assert_array_equal(frame.points, POINTS)
    assert frame.skeleton.parts == ("head", "tail")
    assert frame.skeleton.edges == (("head", "tail"),)
    assert frame.classes == ("female", None)
    assert frame.class_names == ("female",)
    assert frame.title == "labels.slp, frame 7"


def test_names_of_tracks_that_are_numbers_are_read_as_text(file: Path) -> None:
    import json

    import h5py

    with h5py.File(file, "r+") as labels:
        del labels["tracks_json"]
        labels["tracks_json"] = np.array([json.dumps([0, 0]).encode()])

    frame = read_slp_frame(file)

    assert (frame.classes, frame.class_names) == (("0", None), ("0",))


def test_without_its_video_a_frame_is_as_large_as_its_animals_need(file: Path) -> None:
    frame = read_slp_frame(file)

    assert frame.image is None
    assert frame.size[0] > 90
    assert frame.size[1] > 110
    height, width = frame.size
    image, size = frame.notes
    assert image.startswith("no image: gone.mp4 cannot be read (")
    assert "which is neither there nor beside labels.slp" in image
    assert size == f"the size of the frame is unknown: {height} × {width} pixels hold all labels"


def test_a_video_beside_the_file_that_is_none_is_noted(file: Path) -> None:
    (file.parent / "gone.mp4").write_bytes(b"no video")

    frame = read_slp_frame(file)

    assert frame.image is None
    assert "gone.mp4 cannot be read (" in frame.notes[0]


def test_a_video_that_is_named_and_is_none_is_an_error(file: Path, tmp_path: Path) -> None:
    (tmp_path / "moved.mp4").write_bytes(b"no video")

    with pytest.raises(ArgumentError) as error:
        read_slp_frame(file, video=tmp_path / "moved.mp4")

    (fault,) = error.value.faults
    assert fault.path == "video"
    assert fault.what.startswith("must be a video with a readable frame 7, got moved.mp4 (")
    assert fault.what.endswith("); name another video, or none to draw the labels alone")


def test_a_video_that_is_named_and_missing_is_an_error(file: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_slp_frame(file, video=tmp_path / "moved.mp4")


@pytest.mark.parametrize("frame", [1, -1])
def test_a_frame_that_is_not_labeled_is_refused(file: Path, frame: int) -> None:
    with pytest.raises(ArgumentError) as error:
        read_slp_frame(file, frame)

    assert str(error.value) == f"must be a labeled frame, counted from 0 to 0, got {frame} @ frame"


def test_predictions_are_noted_where_they_stand_in_for_labels(tmp_path: Path) -> None:
    frame = read_slp_frame(write(tmp_path, "PredictedInstance"))

    np.testing.assert_array_equal(frame.points, POINTS)
    assert frame.notes[0] == "nobody labeled this frame: a model predicted its 2 animals"


def test_labels_are_not_noted_as_predictions(file: Path) -> None:
    assert not any("predictions" in note for note in read_slp_frame(file).notes)


def test_a_file_without_a_skeleton_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabelsError, match="must hold a skeleton, got none; label an animal"):
        read_slp_frame(write(tmp_path, count=0))


def test_a_file_without_a_labeled_frame_says_so(tmp_path: Path) -> None:
    import sleap_io

    skeleton = sleap_io.Skeleton(nodes=["head"])
    labels = sleap_io.Labels([], skeletons=[skeleton])
    sleap_io.save_slp(labels, str(tmp_path / "labels.slp"))

    with pytest.raises(LabelsError, match="has no labeled frame; label one in SLEAP first"):
        read_slp_frame(tmp_path / "labels.slp")


def without_format(file: Path) -> None:
    """As SLEAP's first versions wrote labels."""
    import h5py

    with h5py.File(file, "r+") as opened:
        del opened["metadata"].attrs["format_id"]


def without_points(file: Path) -> None:
    import h5py

    with h5py.File(file, "r+") as opened:
        del opened["points"]


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-2000])


def no_hdf5(file: Path) -> None:
    file.write_text("labels")


@pytest.mark.parametrize("damage", [without_format, without_points, cut, no_hdf5])
def test_any_failure_of_sleap_io_is_a_fault(damage: Callable[[Path], None], file: Path) -> None:
    damage(file)

    with pytest.raises(UnreadableError) as error:
        read_slp_frame(file)

    (fault,) = error.value.faults
    assert fault.what.startswith("must be labels that sleap-io can read, got a file that it cannot")
    assert fault.what.endswith("; save it again with SLEAP 1.4, or give points in JSON")


def test_the_image_of_a_frame_comes_from_the_video(shared: Path) -> None:
    labels, video = shared / "sleap/labels/clip.slp", shared / "sleap/videos/clip.mp4"
    if not (labels.is_file() and video.is_file()):
        pytest.skip("neither clip.slp nor clip.mp4 among the SLEAP files")

    frame = read_slp_frame(labels, 0, video)

    assert frame.notes == ()
    assert frame.image is not None
    assert frame.image.shape[:2] == frame.size
    height, width = frame.size
    assert len(frame.points) >= 1
    assert (np.nanmax(frame.points, axis=(0, 1)) < [width, height]).all()
