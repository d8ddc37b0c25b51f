"""Poses are drawn where they are, over the frames that they belong to."""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

import poise_workflows
from poise.errors import PoiseError
from poise.writing.drafts import drafts_of
from poise_workflows.frames.sources import SourceError
from poise_workflows.rendering import workflow
from poise_workflows.rendering.encoding import Film
from poise_workflows.rendering.errors import RenderingError, UnwritableError

from .conftest import COUNT, GRAY, SIZE, points_of, write_film

Poses = Callable[..., Path]
Images = Callable[[Path], Any]


def differs(image: Any, x: float, y: float) -> float:
    """By how many levels the color at a point differs from the gray of the video."""
    pixel = image[round(y), round(x)].astype(float)
    return float(abs(pixel - GRAY).max())


def test_points_differ_from_the_video_and_the_rest_does_not(
    poses: Poses, images_of: Images, tmp_path: Path
) -> None:
    result = poise_workflows.render(poses(), tmp_path / "drawn.mp4")

    images = images_of(result.output)
    assert result == poise_workflows.Rendering(output=tmp_path / "drawn.mp4", frames=6)
    assert images.shape == (6, *SIZE, 3)
    for number, image in zip(range(3, 8), images[1:], strict=True):
        there = points_of(number)[:, :2].reshape(-1, 2)
        assert min(differs(image, *point) for point in there) > 40
        assert differs(image, 15 + number, 12) > 20  # the thin edge between head and thorax
        assert differs(image, 70, 5) < 8
    assert max(differs(images[0], *point) for point in points_of(2)[0, :2]) < 8


def test_the_video_has_the_rate_of_the_source_or_the_one_that_is_asked_for(
    poses: Poses, tmp_path: Path
) -> None:
    path, rates = poses(), {}
    for name, fps in (("a", None), ("b", 12.5)):
        output = poise_workflows.render(path, tmp_path / f"{name}.mp4", fps=fps).output
        with av.open(str(output)) as file:
            rates[name] = float(file.streams.video[0].average_rate or 0)

    assert rates == {"a": 20, "b": 12.5}


def test_frames_without_poses_are_shown_as_they_are(
    poses: Poses, images_of: Images, tmp_path: Path
) -> None:
    result = poise_workflows.render(poses(), tmp_path / "drawn.mp4", frames="0-4,11")

    images = images_of(result.output)
    marked = [differs(image, 10 + number, 12) > 40 for number, image in enumerate(images[:5])]
    assert len(images) == 6
    assert marked == [False, False, False, True, True]


def test_a_cut_is_moved_with_its_points(poses: Poses, images_of: Images, tmp_path: Path) -> None:
    whole = images_of(poise_workflows.render(poses(), tmp_path / "a.mp4").output)
    cut = images_of(
        poise_workflows.render(tmp_path / "flies.slp", tmp_path / "b.mp4", crop="6,4,66,44").output
    )

    assert cut.shape == (6, 40, 60, 3)
    assert abs(whole[:, 4:44, 6:66].astype(int) - cut).mean() < 4
    assert differs(cut[3], 15 - 6, 12 - 4) > 40


def test_an_odd_size_gets_an_edge_right_and_below(
    poses: Poses, images_of: Images, tmp_path: Path
) -> None:
    result = poise_workflows.render(poses(), tmp_path / "b.mkv", crop=[0, 0, 41, 31])

    image = images_of(result.output)[3]
    assert image.shape == (32, 42, 3)
    assert differs(image, 15, 12) > 40
    assert differs(image, 41, 31) < 8


def test_a_picture_shows_the_first_frame_with_an_animal(poses: Poses, tmp_path: Path) -> None:
    poise_workflows.render(poses(), tmp_path / "first.png")
    poise_workflows.render(tmp_path / "flies.slp", tmp_path / "sixth.png", frames=[6])

    first, sixth = (np.asarray(Image.open(tmp_path / f"{name}.png")) for name in ("first", "sixth"))
    assert first.shape == (*SIZE, 3)
    assert differs(first, 13, 12) > 40
    assert differs(sixth, 13, 12) < 8
    assert differs(sixth, 16, 12) > 40


def test_tracks_keep_their_colors(poses: Poses, images_of: Images, tmp_path: Path) -> None:
    images = images_of(poise_workflows.render(poses(tracks=2), tmp_path / "a.mp4").output)

    colors = [
        [image[round(y), round(x)].astype(int) for x, y in points_of(number)[:, 0]]
        for number, image in zip(range(3, 8), images[1:], strict=True)
    ]
    for animals in zip(*colors, strict=True):
        assert np.ptp(animals, axis=0).max() < 40
    assert abs(colors[0][0] - colors[0][1]).max() > 60


def test_a_file_of_several_videos_needs_a_choice(poses: Poses, tmp_path: Path) -> None:
    path = poses(videos=("a", "b"))

    with pytest.raises(RenderingError, match=r"one of the videos 0, 1 of flies.slp, got none"):
        poise_workflows.render(path, tmp_path / "drawn.mp4")
    assert poise_workflows.render(path, tmp_path / "c.mp4", video_index=1).frames == 6


def test_frames_that_cannot_be_read_are_black_or_left_out_at_the_end(
    poses: Poses, images_of: Images, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = poses(range(12))
    read = workflow._frames

    def with_holes(selection: Any) -> Any:
        for frame in read(selection):
            if frame.number in (5, 10, 11):
                object.__setattr__(frame, "image", None)
            yield frame

    monkeypatch.setattr(workflow, "_frames", with_holes)
    result = poise_workflows.render(path, tmp_path / "drawn.mp4")

    images = images_of(result.output)
    assert (result.frames, result.unreadable, len(images)) == (10, 1, 10)
    assert images[5][40, 5].max() < 20
    assert differs(images[6], 16, 12) > 40


@pytest.mark.parametrize(
    ("output", "options", "message"),
    [
        ("drawn.gif", {}, r"must end in one of .mp4, .mov, .mkv, .avi, .png, .jpg, .jpeg, got"),
        ("no/drawn.mp4", {}, "must be in a folder that is there"),
        ("drawn.mp4", {"fps": 0}, "must be above 0 and at most 1000, got 0"),
        ("drawn.png", {"fps": 5}, "must be left out for a picture, got 5"),
        ("drawn.png", {"frames": "0-3"}, "must be one frame for a picture, got 4"),
        ("drawn.mp4", {"crop": "1,2,3"}, "must be left, top, right and bottom in pixels"),
        ("drawn.mp4", {"crop": (0, 0, 81, 9)}, "must be within frames of 80 × 48 pixels"),
        ("drawn.mp4", {"video_index": 1}, "must be a video of flies.slp, from 0 to 0, got 1"),
        ("flies.mp4", {"overwrite": True}, "must be another file than the source"),
        ("drawn.mp4", {"frames": "12"}, "must be a frame from 0 to 11, got 12"),
    ],
)
def test_what_cannot_be_drawn_is_refused_and_nothing_is_written(
    poses: Poses, tmp_path: Path, output: str, options: dict[str, Any], message: str
) -> None:
    path = poses()
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}

    with pytest.raises((RenderingError, SourceError), match=message):
        poise_workflows.render(path, tmp_path / output, **options)

    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_file_that_is_there_stays_unless_it_may_be_replaced(
    poses: Poses, images_of: Images, tmp_path: Path
) -> None:
    path, taken = poses(), write_film(tmp_path / "taken.mp4")

    with pytest.raises(PoiseError, match=r"must be a new file, got .*taken.mp4, which exists"):
        poise_workflows.render(path, taken)
    assert len(images_of(taken)) == COUNT
    assert poise_workflows.render(path, taken, overwrite=True).frames == 6
    assert len(images_of(taken)) == 6


def test_an_error_in_the_middle_leaves_nothing(
    poses: Poses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Film, image: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Film, "add", fail)
    with pytest.raises(UnwritableError, match="No space left on device; make room"):
        poise_workflows.render(poses(), tmp_path / "drawn.mp4")

    assert not (tmp_path / "drawn.mp4").exists()
    assert drafts_of(tmp_path / "drawn.mp4") == []


def test_a_video_is_found_beside_the_file(poses: Poses, tmp_path: Path) -> None:
    path = poses()
    (tmp_path / "moved").mkdir()
    for file in (path, tmp_path / "flies.mp4"):
        shutil.move(file, tmp_path / "moved" / file.name)

    assert poise_workflows.render(tmp_path / "moved/flies.slp", tmp_path / "a.mp4").frames == 6


def test_a_video_that_is_gone_is_an_error_that_names_it(poses: Poses, tmp_path: Path) -> None:
    path = poses()
    (tmp_path / "flies.mp4").unlink()

    with pytest.raises(SourceError, match=r"flies.mp4"):
        poise_workflows.render(path, tmp_path / "a.mp4")


def test_no_module_hides_the_function() -> None:
    importlib.import_module("poise_workflows.rendering.command")

    assert callable(poise_workflows.render)


def test_a_video_of_another_machine_is_where_a_map_leads(poses: Poses, tmp_path: Path) -> None:
    path, films = poses(), tmp_path / "films"
    films.mkdir()
    (tmp_path / "flies.mp4").rename(films / "flies.mp4")
    used, unused = {str(tmp_path): films}, {"/mnt/a": films}

    with pytest.raises(SourceError, match=r"or say where it is: map=\{THERE: HERE\}"):
        poise_workflows.render(path, tmp_path / "drawn.mp4")
    result = poise_workflows.render(path, tmp_path / "drawn.mp4", map={**used, **unused})

    assert (result.frames, result.unreadable) == (6, 0)
    assert result.notes == (
        f"map /mnt/a={films} changes nothing: no path that Poise looks for begins so",
    )
