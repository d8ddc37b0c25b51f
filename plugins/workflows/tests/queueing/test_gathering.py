"""Which videos a queue has, and where their results go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from poise.errors import Fault
from poise_workflows.queueing.gathering import Gathered, common_root, gather
from poise_workflows.queueing.places_of_files import absolute, relative
from poise_workflows.queueing.result_names import results_of
from poise_workflows.queueing.row_options import defaults


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"content")
    return folder


def gathered(*paths: Path, results: Path | None = None, **more: Any) -> Gathered:
    return gather(paths, results or Path("no such folder"), defaults(), **more)


def outputs(gathered: Gathered, folder: Path) -> tuple[list[str], list[Fault]]:
    faults = gathered.faults
    root = common_root(gathered.roots)
    return results_of(gathered.videos, folder, root, faults), faults


def test_results_keep_the_tree_of_their_sources(tmp_path: Path) -> None:
    touch(tmp_path / "in", "Camera1/0.mp4", "Camera2/0.mp4", "Camera2/day 2/0.mp4", "1.avi")

    videos = gathered(tmp_path / "in", recursive=True)

    assert outputs(videos, tmp_path / "out") == (
        [
            "1.predictions.slp",
            "Camera1/0.predictions.slp",
            "Camera2/0.predictions.slp",
            "Camera2/day 2/0.predictions.slp",
        ],
        [],
    )


def test_two_sources_that_differ_in_their_suffix_only_have_results_of_their_own(
    tmp_path: Path,
) -> None:
    touch(tmp_path / "in", "a.mp4", "a.avi", "b.mp4")

    names, faults = outputs(gathered(tmp_path / "in"), tmp_path / "out")

    assert sorted(names) == ["a.avi.predictions.slp", "a.mp4.predictions.slp", "b.predictions.slp"]
    assert faults == []


def test_a_folder_of_images_is_one_source_with_its_own_name(tmp_path: Path) -> None:
    touch(tmp_path / "in", "1.png", "2.png")

    for is_recursive in (False, True):
        videos = gathered(tmp_path / "in", recursive=is_recursive)
        assert outputs(videos, tmp_path / "out") == (["in.predictions.slp"], [])


@pytest.mark.parametrize("named", ["folders", "files"])
def test_sources_that_are_named_one_by_one_keep_their_common_tree(
    named: str, tmp_path: Path
) -> None:
    touch(tmp_path / "in", "Camera1/0.mp4", "Camera2/0.mp4")
    cameras = [tmp_path / "in" / name for name in ("Camera1", "Camera2")]
    paths = cameras if named == "folders" else [camera / "0.mp4" for camera in cameras]

    names, faults = outputs(gathered(*paths), tmp_path / "out")

    assert names == ["Camera1/0.predictions.slp", "Camera2/0.predictions.slp"]
    assert faults == []


def test_a_source_that_is_named_twice_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4")

    _, (fault,) = outputs(gathered(tmp_path / "a.mp4", tmp_path / "a.mp4"), tmp_path / "out")

    assert fault.what.startswith("must have a result of its own, got a.predictions.slp for ")
    assert fault.what.endswith("leave one of them out, or give each an output in a list")


def test_everything_that_is_skipped_in_a_tree_is_named(tmp_path: Path) -> None:
    touch(tmp_path, "a/0.mp4", "a/0.csv", "a/0.slp.avi", "a/thumb.png", "b/notes.txt")
    touch(tmp_path, "c/1.png", "c/2.png", ".hidden/0.mp4")

    tree = gathered(tmp_path, recursive=True)

    assert [video.path for video in tree.videos] == [tmp_path / "a/0.mp4", tmp_path / "c"]
    assert tree.notes == [
        f"skipped in {tmp_path / 'a'}: 0.csv, thumb.png",
        f"skipped in {tmp_path / 'a'}, since poses are drawn on them: 0.slp.avi",
        f"skipped in {tmp_path / 'b'}: notes.txt",
    ]


def test_folders_in_a_folder_are_named_unless_they_are_taken(tmp_path: Path) -> None:
    touch(tmp_path, "0.mp4", "more/1.mp4")

    flat = gathered(tmp_path)

    assert [video.path.name for video in flat.videos] == ["0.mp4"]
    assert flat.notes == [f"skipped in {tmp_path}: the folders more; recursive=True takes them"]


def test_the_folder_of_the_results_is_no_source(tmp_path: Path) -> None:
    touch(tmp_path, "0.mp4", "out/drawn.mp4", "in/poise-queue/x.mp4")

    tree = gathered(tmp_path, results=tmp_path / "out", recursive=True)
    beside = gathered(tmp_path, results=tmp_path, recursive=True)

    assert [video.path.name for video in tree.videos] == ["0.mp4"]
    assert [video.path.name for video in beside.videos] == ["0.mp4", "drawn.mp4"]


def test_links_that_lead_in_a_circle_end(tmp_path: Path) -> None:
    touch(tmp_path, "a/0.mp4")
    (tmp_path / "a" / "up").symlink_to(tmp_path)

    assert len(gathered(tmp_path, recursive=True).videos) == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        ([], "must hold videos or images, got {folder} without any, at any depth"),
        (["a/notes.md"], "must hold videos or images, got {folder} without any, at any depth"),
    ],
)
def test_a_tree_without_videos_is_refused(make: list[str], message: str, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    touch(folder, *make)

    (fault,) = gathered(folder, recursive=True).faults

    assert fault.what == message.format(folder=folder)


def test_no_source_at_all_is_refused() -> None:
    (fault,) = gathered().faults

    assert fault.what == "must be at least one source, got none"


def test_paths_lead_to_the_same_files_where_everything_is_mounted_elsewhere(
    tmp_path: Path,
) -> None:
    touch(tmp_path / "here", "in/0.mp4", "out/x")
    seen = relative(tmp_path / "here/in/0.mp4", tmp_path / "here/out")
    (tmp_path / "here").rename(tmp_path / "there")
    (tmp_path / "link").symlink_to(tmp_path / "there" / "out")

    assert seen == "../in/0.mp4"
    assert absolute(seen, tmp_path / "there/out") == tmp_path / "there/in/0.mp4"
    assert absolute(seen, tmp_path / "link") == tmp_path / "there/in/0.mp4"


def test_a_video_that_is_a_link_keeps_its_name(tmp_path: Path) -> None:
    touch(tmp_path, "store/4f2a", "out/x")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/flies.mp4").symlink_to(tmp_path / "store/4f2a")

    assert relative(tmp_path / "in/flies.mp4", tmp_path / "out") == "../in/flies.mp4"
