"""Frames of SLEAP's label files, in SLEAP's order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sleap_io

from poise_workflows.frames.label_files import open_labels, select_labels
from poise_workflows.frames.label_videos import VideoOpener
from poise_workflows.frames.numbers import parse_frames
from poise_workflows.frames.selections import Selection
from poise_workflows.frames.sources import SourceError

SKELETON = sleap_io.Skeleton(nodes=["head", "tail"])


def video_of(path: Path | str | list[str], **stored: Any) -> Any:
    name = path if isinstance(path, list) else str(path)
    return sleap_io.Video(filename=name, backend=None, backend_metadata=stored, open_backend=False)


def labeled(video: Any, number: int, *kinds: str) -> Any:
    """A frame with instances: ``"user"`` and ``"predicted"``."""
    points = np.ones((2, 2))
    user = sleap_io.Instance.from_numpy(points, skeleton=SKELETON)
    predicted = sleap_io.PredictedInstance.from_numpy(
        points, skeleton=SKELETON, point_scores=np.ones(2), score=1.0
    )
    instances = [user if kind == "user" else predicted for kind in kinds]
    return sleap_io.LabeledFrame(video=video, frame_idx=number, instances=instances)


def save(folder: Path, frames: list[Any], suggestions: list[tuple[Any, int]] = []) -> Path:  # noqa: B006
    path = folder / "labels.slp"
    videos = list({id(frame.video): frame.video for frame in frames}.values())
    labels = sleap_io.Labels(
        frames,
        videos=videos,
        skeletons=[SKELETON],
        suggestions=[sleap_io.SuggestionFrame(video, number) for video, number in suggestions],
    )
    labels.save(str(path), verbose=False)
    return path


def read(selection: Selection) -> list[tuple[str, int]]:
    """Title of the source and number of each frame; none is unreadable."""
    frames = list(selection.read())
    assert all(frame.image is not None for _, frame in frames)
    assert len(selection) == len(frames)
    return [(selection.sources[index].title, frame.number) for index, frame in frames]


@pytest.fixture
def labels(make_video: Any, tmp_path: Path) -> Path:
    """Two videos, whose frames take turns."""
    first, second = video_of(make_video("a.mp4", 9)), video_of(make_video("b.mp4", 9))
    frames = [
        labeled(first, 5, "user"),
        labeled(first, 2),
        labeled(second, 7, "predicted"),
        labeled(second, 8, "user", "predicted"),
        labeled(first, 0, "predicted"),
    ]
    suggestions = [(second, 8), (first, 2), (second, 1), (first, 0), (first, 5)]
    return save(tmp_path, frames, suggestions)


def test_every_listed_frame_is_read_in_the_order_of_the_file(labels: Path) -> None:
    selection = open_labels(labels)

    frames = [("a.mp4", 5), ("a.mp4", 2), ("b.mp4", 7), ("b.mp4", 8), ("a.mp4", 0)]
    assert read(selection) == frames
    assert selection.labels.videos[0] is selection.sources[0].video()
    assert [frame.number for _, frame in selection.read(start=2)] == [7, 8, 0]
    assert list(selection.read(start=5)) == []


def test_only_frames_that_a_person_labeled_are_read(labels: Path) -> None:
    assert read(open_labels(labels, only_labeled=True)) == [("a.mp4", 5), ("b.mp4", 8)]


def test_suggestions_that_nobody_labeled_are_read_in_their_order(labels: Path) -> None:
    selection = open_labels(labels, only_suggested=True)

    assert read(selection) == [("a.mp4", 2), ("b.mp4", 1), ("a.mp4", 0)]


def test_one_video_is_read_as_if_it_had_been_named(labels: Path) -> None:
    some = open_labels(labels, video_index=1, ranges=parse_frames("3,1-2"))

    assert read(some) == [("b.mp4", 3), ("b.mp4", 1), ("b.mp4", 2)]
    assert len(open_labels(labels, video_index=0)) == 9


def test_the_label_file_decides_whether_a_video_is_gray(make_video: Any, tmp_path: Path) -> None:
    path = make_video("gray.mp4", 3, gray=True)

    for stated, channels in ((None, 1), (True, 1), (False, 3)):
        stored = {} if stated is None else {"grayscale": stated}
        selection = open_labels(save(tmp_path, [labeled(video_of(path, **stored), 1, "user")]))
        assert selection.sources[0].channels == channels


def test_a_video_is_found_beside_the_label_file(
    make_video: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_video("a.mp4", 3)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    for name in ("C:\\data\\a.mp4", "/no/such/folder/a.mp4", "a.mp4"):
        assert read(open_labels(save(tmp_path, [labeled(video_of(name), 1, "user")])))


def test_images_and_datasets_of_labels_are_read(tmp_path: Path) -> None:
    import h5py
    from PIL import Image

    names = [str(tmp_path / f"{n}.png") for n in range(3)]
    for number, name in enumerate(names):
        Image.fromarray(np.full((8, 6, 3), number, np.uint8)).save(name)
    dataset = tmp_path / "a.h5"
    with h5py.File(dataset, "w") as file:
        file["box"] = np.full((4, 5, 6, 1), 9, np.uint8)
        file["other"] = np.zeros((4, 5, 6, 1), np.uint8)
    pictures = video_of(names, type="ImageVideo", filename=names[0], filenames=names)
    box = video_of(dataset, type="HDF5Video", dataset="box", input_format="channels_last")

    selection = open_labels(save(tmp_path, [labeled(pictures, 2, "user"), labeled(box, 3, "user")]))

    values = [int(frame.image.max()) for _, frame in selection.read() if frame.image is not None]
    assert values == [2, 9]
    assert selection.largest == (8, 6)


@pytest.mark.parametrize("gray", [False, True])
def test_embedded_images_are_read_by_the_numbers_of_their_video(
    make_video: Any, tmp_path: Path, gray: bool
) -> None:
    path = make_video("a.mp4", 9, gray=gray)
    labels = sleap_io.load_slp(str(save(tmp_path, [labeled(video_of(path), 7, "user")])))
    labels.append(labeled(labels.videos[0], 2, "user"))
    package = tmp_path / "a.pkg.slp"
    labels.save(str(package), embed="user", verbose=False)
    path.unlink()

    selection = open_labels(package)
    whole = open_labels(package, video_index=0)
    (source,) = selection.sources

    assert [frame.number for _, frame in selection.read()] == [7, 2]
    assert [frame.number for _, frame in whole.read()] == [2, 7]
    assert source.channels == (1 if gray else 3)
    assert source.provenance.reader == "sleap-io"
    # Readings do not disturb each other.
    first, second = source.read([2, 7]), source.read([7, 3])
    images = [next(first).image, next(second).image]
    first.close()
    missing = next(second)
    assert [image is not None for image in images] == [True, True]
    assert (missing.image, missing.reason != "") == (None, True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"video_index": 2}, "must be a video of labels.slp, from 0 to 1, got 2 @ video_index"),
        ({"video_index": 0, "ranges": (range(9, 10),)}, "got 9; the video has 9 frames @ frames"),
    ],
)
def test_a_video_or_frame_that_is_not_there_is_refused(
    labels: Path, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(SourceError) as error:
        open_labels(labels, **options)

    assert message in str(error.value)


def test_a_crop_of_a_video_is_refused(make_video: Any, tmp_path: Path) -> None:
    video = video_of(make_video("a.mp4", 4), crop=(0, 0, 32, 32))
    labels = sleap_io.Labels([labeled(video, 1, "user")])

    with pytest.raises(SourceError, match=r"must be whole, got a crop of .*; name"):
        select_labels(labels, tmp_path / "labels.slp")


def test_labels_beyond_the_end_of_their_video_are_refused(make_video: Any, tmp_path: Path) -> None:
    path = save(tmp_path, [labeled(video_of(make_video("a.mp4", 4)), 4, "user")])

    with pytest.raises(SourceError, match=r"from 0 to 3, got 4; a.mp4 has 4 frames"):
        open_labels(path)


def test_labels_without_such_a_frame_are_refused(make_video: Any, tmp_path: Path) -> None:
    path = save(tmp_path, [labeled(video_of(make_video("a.mp4", 4)), 1, "predicted")])

    with pytest.raises(SourceError, match="must hold a frame that a person labeled, got none"):
        open_labels(path, only_labeled=True)
    with pytest.raises(SourceError, match="must hold a suggestion that no person has labeled yet"):
        open_labels(path, only_suggested=True)


def test_every_missing_video_is_named(tmp_path: Path) -> None:
    path = save(tmp_path, [labeled(video_of(name), 0, "user") for name in ("x.mp4", "y.mp4")])

    with pytest.raises(SourceError) as error:
        open_labels(path)

    assert ["x.mp4" in str(error.value.faults[0]), "y.mp4" in str(error.value.faults[1])] == [1, 1]
    assert "which is neither there nor beside labels.slp" in str(error.value)


def test_a_video_is_found_by_its_name_in_a_folder_that_is_named(
    make_video: Any, tmp_path: Path
) -> None:
    (tmp_path / "videos").mkdir()
    film = make_video("a.mp4", 4)
    film.rename(tmp_path / "videos" / "a.mp4")
    labels = sleap_io.Labels([labeled(video_of("/lab/a.mp4"), 0, "user")])

    def opener(*folders: Path) -> VideoOpener:
        return VideoOpener(labels, tmp_path / "labels" / "labels.slp", "bt601", folders)

    found = opener(tmp_path, tmp_path / "videos").open(labels.videos[0])
    assert found.path == tmp_path / "videos" / "a.mp4"
    with pytest.raises(SourceError, match=r"neither there nor beside labels\.slp nor in .*; put"):
        opener(tmp_path).open(labels.videos[0])


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.slp"
    path.write_bytes(b"no labels")

    with pytest.raises(SourceError, match=r"must be a label file of SLEAP, got a.slp \("):
        open_labels(path)
