"""Where paths of another machine lead here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sleap_io

from poise_workflows.frames.label_files import select_labels
from poise_workflows.frames.listing import expand
from poise_workflows.frames.path_maps import path_maps
from poise_workflows.frames.sources import SourceError


@pytest.mark.parametrize(
    ("there", "name", "rest"),
    [
        ("/mnt/a", "/mnt/a/day 1/flies.mp4", "day 1/flies.mp4"),
        ("/mnt/a/", "/mnt/a/./flies.mp4", "flies.mp4"),
        ("/mnt/a", "/mnt/a", ""),
        ("videos", "videos\\day\\flies.mp4", "day/flies.mp4"),
        ("Z:\\lab", "Z:\\lab\\flies.mp4", "flies.mp4"),
        ("Z:\\lab", "z:/LAB/Day/Flies.mp4", "Day/Flies.mp4"),
        ("Z:", "Z:flies.mp4", "flies.mp4"),
        ("\\\\server\\share", "//SERVER/share/day/flies.mp4", "day/flies.mp4"),
    ],
)
def test_a_path_that_begins_with_the_left_side_leads_to_the_right_one(
    there: str, name: str, rest: str, tmp_path: Path
) -> None:
    maps = path_maps([f"{there}={tmp_path}"])

    assert maps.path(name) == tmp_path / rest
    assert maps.notes() == []


@pytest.mark.parametrize(
    ("there", "name"),
    [
        ("/mnt/a", "/mnt/ab/flies.mp4"),
        ("/mnt/a", "/mnt/A/flies.mp4"),
        ("/mnt/a", "mnt/a/flies.mp4"),
        ("/mnt/a", "/mnt/a/../b/flies.mp4"),
        ("a/b", "/x/a/b/flies.mp4"),
        ("Z:\\lab", "Y:\\lab\\flies.mp4"),
        ("Z:\\lab", "Z:\\laboratory\\flies.mp4"),
        ("Z:\\lab", "/lab/flies.mp4"),
    ],
)
def test_a_path_that_does_not_begin_so_stays_and_the_map_says_that_it_changed_nothing(
    there: str, name: str, tmp_path: Path
) -> None:
    maps = path_maps({there: tmp_path})

    assert maps.mapped(name) is None
    assert maps.path(name) == Path(name)
    assert maps.notes() == [
        f"map {there}={tmp_path} changes nothing: no path that Poise looks for begins so"
    ]


def test_the_longest_left_side_wins_in_any_order(tmp_path: Path) -> None:
    short, long = tmp_path / "short", tmp_path / "long"
    short.mkdir()
    long.mkdir()
    sides = {"/mnt": short, "/mnt/a/b": long, "/mnt/a": short}

    for items in (list(sides.items()), list(reversed(sides.items()))):
        maps = path_maps(dict(items))
        assert maps.path("/mnt/a/b/flies.mp4") == long / "flies.mp4"
        assert maps.path("/mnt/a/bc/flies.mp4") == short / "bc" / "flies.mp4"
        assert maps.path("/mnt/c/flies.mp4") == short / "c" / "flies.mp4"


def test_a_path_is_mapped_once(tmp_path: Path) -> None:
    """Else the order of maps, or a circle of them, would decide."""
    maps = path_maps({"/mnt/a": tmp_path, str(tmp_path): tmp_path.parent})

    assert maps.path("/mnt/a/flies.mp4") == tmp_path / "flies.mp4"


def test_every_fault_of_the_maps_is_listed(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    texts = ["/mnt/a", f"={tmp_path}", "/mnt/b=", f"/mnt/c={gone}", f"/mnt/d={tmp_path}"]

    with pytest.raises(SourceError) as error:
        path_maps([*texts, f"/mnt/d/={tmp_path.parent}"])

    assert [fault.what for fault in error.value.faults] == [
        "must be THERE=HERE with a path on each side, got '/mnt/a'",
        f"must be THERE=HERE with a path on each side, got '={tmp_path}'",
        "must be THERE=HERE with a path on each side, got '/mnt/b'",
        f"must lead to a folder that is there, got /mnt/c={gone}; {gone} does not exist",
        f"must lead /mnt/d/ to one folder, got {tmp_path} and {tmp_path.parent}; leave one out",
    ]


@pytest.mark.parametrize("maps", ["/mnt/a=/data/a", 3, [3]])
def test_what_is_no_map_is_refused(maps: Any) -> None:
    with pytest.raises(SourceError, match=r"must be .* @ map"):
        path_maps(maps)


def test_lists_name_videos_and_results_of_another_machine(tmp_path: Path) -> None:
    (tmp_path / "flies.mp4").write_bytes(b"content")
    (tmp_path / "list.txt").write_text("/mnt/a/flies.mp4\n")
    (tmp_path / "list.csv").write_text("video,output\nZ:\\a\\flies.mp4,Z:\\a\\flies.slp\n")
    maps = path_maps({"/mnt/a": tmp_path, "Z:\\a": tmp_path})

    (named,) = expand(tmp_path / "list.txt", maps)
    (tabled,) = expand(tmp_path / "list.csv", maps)

    assert named.path == tabled.path == tmp_path / "flies.mp4"
    assert tabled.output == tmp_path / "flies.slp"


def test_a_video_of_labels_is_read_where_the_map_leads_and_keeps_its_name(
    make_video: Any, tmp_path: Path
) -> None:
    make_video("flies.mp4", 3)
    video = sleap_io.Video(filename="Z:\\lab\\flies.mp4", backend=None, open_backend=False)
    labels = sleap_io.Labels(videos=[video])

    selection = select_labels(
        labels,
        tmp_path / "labels" / "flies.slp",
        video_index=0,
        maps=path_maps({"Z:\\lab": tmp_path}),
    )

    (source,) = selection.sources
    assert source.path == tmp_path / "flies.mp4"
    assert all(frame.image is not None for _, frame in selection.read())
    # Whoever opens the result on the other machine finds the video, and merging knows it again.
    assert source.video().filename == "Z:\\lab\\flies.mp4"


def test_a_file_that_is_not_where_the_map_leads_is_looked_for_nowhere_else(
    make_video: Any, tmp_path: Path
) -> None:
    """A file of the same name beside the labels may be of another camera."""
    make_video("flies.mp4", 3)
    there = tmp_path / "camera2"
    there.mkdir()
    video = sleap_io.Video(filename="/mnt/a/flies.mp4", backend=None, open_backend=False)
    labels = sleap_io.Labels(videos=[video])
    where = tmp_path / "labels.slp"

    with pytest.raises(SourceError) as error:
        select_labels(labels, where, video_index=0, maps=path_maps({"/mnt/a": there}))

    assert error.value.faults[0].path == str(where)
    assert error.value.faults[0].what == (
        "must be a file, got '/mnt/a/flies.mp4', which map leads to "
        f"{there / 'flies.mp4'}; nothing is there"
    )


def test_embedded_images_are_found_in_a_package_of_another_machine(
    make_video: Any, tmp_path: Path
) -> None:
    video = sleap_io.Video(filename=str(make_video("flies.mp4", 3)), open_backend=False)
    skeleton = sleap_io.Skeleton(nodes=["head"])
    animal = sleap_io.Instance.from_numpy([[1.0, 1.0]], skeleton=skeleton)
    frame = sleap_io.LabeledFrame(video=video, frame_idx=2, instances=[animal])
    sleap_io.Labels([frame]).save(str(tmp_path / "a.pkg.slp"), embed="user", verbose=False)
    labels = sleap_io.load_slp(str(tmp_path / "a.pkg.slp"), open_videos=False)
    labels.videos[0].filename = "/mnt/a/a.pkg.slp"

    selection = select_labels(labels, tmp_path / "b.slp", maps=path_maps({"/mnt/a": tmp_path}))

    ((_, read),) = selection.read()
    assert (read.number, read.reason) == (2, "")
