"""The one door: everything is opened and checked before anything is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import tifffile
from PIL import Image

from poise_workflows.frames.opening import open_sources
from poise_workflows.frames.sources import SourceError

IMAGES = np.arange(3 * 8 * 6 * 3).reshape(3, 8, 6, 3).astype(np.uint8)


@pytest.fixture
def folder(tmp_path: Path, make_video: Any) -> Path:
    """One source of each kind."""
    make_video("a.mp4", 5)
    Image.fromarray(IMAGES[0]).save(tmp_path / "one.png")
    (tmp_path / "images").mkdir()
    for number, image in enumerate(IMAGES):
        Image.fromarray(image).save(tmp_path / "images" / f"{number}.png")
    tifffile.imwrite(tmp_path / "stack.tif", IMAGES, photometric="rgb")
    with h5py.File(tmp_path / "box.h5", "w") as file:
        file["box"] = IMAGES
    return tmp_path


@pytest.mark.parametrize(
    ("name", "count", "reader"),
    [
        ("a.mp4", 5, "PyAV"),
        ("one.png", 1, "Pillow"),
        ("images", 3, "Pillow"),
        ("stack.tif", 3, "tifffile"),
        ("box.h5", 3, "h5py"),
    ],
)
def test_each_kind_of_source_is_opened(folder: Path, name: str, count: int, reader: str) -> None:
    (selection,) = open_sources([folder / name])
    (source,) = selection.sources

    assert (len(selection), source.count, source.provenance.reader) == (count, count, reader)
    assert selection.largest == (source.height, source.width)
    assert selection.path == folder / name
    frames = [frame for _, frame in selection.read()]
    assert [frame.number for frame in frames] == list(range(count))
    assert all(
        frame.image is not None
        and frame.image.shape == (source.height, source.width, source.channels)
        for frame in frames
    )


def test_several_sources_come_in_their_order_and_all_with_the_frames(folder: Path) -> None:
    names = ["box.h5", "a.mp4", "images"]

    selections = open_sources([str(folder / name) for name in names], frames="2,0")

    assert [selection.path.name for selection in selections] == names
    assert all([frame.number for _, frame in each.read()] == [2, 0] for each in selections)


def test_outputs_of_a_table_and_notes_of_a_folder_go_with_their_selection(folder: Path) -> None:
    (folder / "list.csv").write_text("a.mp4,out.slp\n", encoding="utf-8")
    (folder / "images" / "notes.md").write_text("blue light")

    listed, pictures = open_sources([folder / "list.csv", folder / "images"])

    assert listed.output == Path("out.slp")
    assert pictures.notes == (f"skipped in {folder / 'images'}: notes.md",)


def test_all_faults_of_all_sources_arrive_at_once(folder: Path) -> None:
    (folder / "empty.mp4").touch()
    (folder / "text.mp4").write_text("no video")
    names = ["a.mp4", "empty.mp4", "text.mp4", "gone.mp4", "one.png"]

    with pytest.raises(SourceError) as error:
        open_sources([folder / name for name in names], frames="3", dataset="box")

    faults = [(Path(fault.path).name, fault.what) for fault in error.value.faults]
    assert [name for name, _ in faults] == ["gone.mp4", *["dataset"] * 4]
    with pytest.raises(SourceError) as error:
        open_sources([folder / name for name in names], frames="3")
    faults = [(Path(fault.path).name, fault.what) for fault in error.value.faults]
    assert [name for name, _ in faults] == ["gone.mp4", "empty.mp4", "text.mp4", "frames"]
    assert faults[1][1] == "must hold frames, got empty.mp4, an empty file"
    assert faults[3][1] == "must be a frame from 0 to 0, got 3; the video has 1 frame"


@pytest.mark.parametrize(
    ("name", "options", "path"),
    [
        ("a.mp4", {"only_labeled": True}, "only_labeled"),
        ("a.mp4", {"only_suggested": True}, "only_suggested"),
        ("a.mp4", {"video_index": 0}, "video_index"),
        ("a.mp4", {"dataset": "box"}, "dataset"),
        ("labels.slp", {"frames": "0-3"}, "frames"),
        ("labels.slp", {"only_labeled": True, "only_suggested": True}, "only_labeled"),
        ("labels.slp", {"only_labeled": True, "video_index": 0}, "only_labeled"),
    ],
)
def test_an_option_that_would_be_ignored_is_refused(
    folder: Path, name: str, options: dict[str, Any], path: str
) -> None:
    (folder / "labels.slp").write_bytes(b"not read")

    with pytest.raises(SourceError) as error:
        open_sources([folder / name], **options)

    assert error.value.faults[0].path == path
    assert error.value.faults[0].what.startswith("must be")


def test_nothing_to_read_is_refused() -> None:
    with pytest.raises(SourceError, match="must be at least one source, got none @ paths"):
        open_sources([])


def golden_videos(shared: Path) -> list[Any]:
    """The command, options and videos of each golden run that ended well."""
    cases = [json.loads(path.read_text()) for path in shared.glob("golden/predict/*/case.json")]
    return [case for case in cases if "videos" in case]


def placed(shared: Path, name: str) -> Path:
    """Where a path of a golden command is."""
    places = (shared / "golden" / "predict" / name, shared / "sleap" / name)
    return next(place for place in places if place.exists())


def options_of(command: list[str]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for word, value in zip(command, [*command[1:], ""], strict=True):
        if word == "--frames":
            options["frames"] = value
        elif word == "--video.index":
            options["video_index"] = int(value)
        elif word in ("--only-labeled-frames", "--only-suggested-frames"):
            options[word[2:-7].replace("-", "_")] = True
    return options


def test_sources_have_the_frames_and_shapes_that_sleap_saw(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = 0
    for case in golden_videos(shared):
        name = case["case"]
        monkeypatch.chdir(folder_of_videos(shared, case["videos"][0]["filename"]))
        path = placed(shared, case["provenance"]["data_path"])
        (selection,) = open_sources([path], **options_of(case["command"]))
        expected = np.load(shared / "golden" / "predict" / name / "expected.npz")
        numbers = [number for _, run in selection.runs for number in run]
        assert numbers == expected["frame_idx"].tolist(), name
        for source, video in zip(selection.sources, case["videos"], strict=True):
            shape = [source.count, source.height, source.width, source.channels]
            # Of embedded images, the golden run does not say the shape.
            assert shape == video["shape"] or video["shape"] == [None] * 4, name
            assert source.notes == (), name
            compared += shape == video["shape"]
    assert compared >= 15


def folder_of_videos(shared: Path, video: str) -> Path:
    """From where a label file's path of its video leads to it."""
    places = (shared / "golden" / "predict", shared / "sleap")
    return next((place for place in places if (place / video).exists()), shared)
