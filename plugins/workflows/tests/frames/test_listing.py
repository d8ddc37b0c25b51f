"""What a path stands for."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from poise_workflows.frames.drawn import is_drawn
from poise_workflows.frames.listing import expand
from poise_workflows.frames.sources import SourceError
from poise_workflows.rendering.encoding import whole_film


def touch(folder: Path, *names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"content")
    return folder


def test_a_file_stands_for_itself_whatever_its_suffix(tmp_path: Path) -> None:
    touch(tmp_path, "flies.xyz")

    (named,) = expand(tmp_path / "flies.xyz")

    assert (named.path, named.images, named.output) == (tmp_path / "flies.xyz", (), None)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("name", ["pipe.mp4", "pipe.txt", "pipe.slp"])
def test_a_pipe_is_refused_at_once(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    (tmp_path / "list.txt").write_text(name)

    for path in (tmp_path / name, tmp_path / "list.txt"):
        with pytest.raises(SourceError, match=r"must be a file or folder, got .* which is a pipe"):
            expand(path)


def test_a_list_of_many_missing_files_suggests_for_the_first_only(tmp_path: Path) -> None:
    touch(tmp_path, "flies.mp4")
    (tmp_path / "list.txt").write_text(f"{tmp_path}/flie.mp4\n" * 3_000)

    with pytest.raises(SourceError) as error:
        expand(tmp_path / "list.txt")

    whats = [fault.what for fault in error.value.faults]
    assert len(whats) == 3_000
    assert [what.endswith("did you mean 'flies.mp4'?") for what in whats] == [True] * 10 + [
        False
    ] * 2_990


def test_a_list_of_many_megabytes_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "list.txt").open("wb") as stream:
        stream.truncate(1_000_000_000)

    with pytest.raises(SourceError, match=r"must have at most 4 MB, got 1,000\.0 MB"):
        expand(tmp_path / "list.txt")


def test_a_folder_of_images_is_one_video_in_the_order_of_the_numbers(tmp_path: Path) -> None:
    touch(tmp_path, "f10.png", "f2.png", "f1.PNG", ".hidden.png", "notes.md")

    (named,) = expand(tmp_path)

    assert [file.name for file in named.images] == ["f1.PNG", "f2.png", "f10.png"]
    assert named.path == tmp_path
    assert named.notes == (f"skipped in {tmp_path}: notes.md",)


def test_a_folder_of_videos_is_each_of_them(tmp_path: Path) -> None:
    touch(tmp_path, "b.mp4", "a.AVI", "old.predictions.slp", "sub").joinpath("sub2").mkdir()

    first, second = expand(tmp_path)

    assert [first.path.name, second.path.name] == ["a.AVI", "b.mp4"]
    assert first.notes == (f"skipped in {tmp_path}: old.predictions.slp, sub",)
    assert second.notes == ()


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("a.mp4", "a.png"), "got it with both; name the files themselves"),
        ((), "got it without files"),
        (("a.slp",), "got it with a.slp; name these files themselves"),
        (("a.md",), "got it with a.md"),
    ],
)
def test_another_folder_is_refused(tmp_path: Path, names: tuple[str, ...], message: str) -> None:
    with pytest.raises(SourceError) as error:
        expand(touch(tmp_path / "it", *names))

    assert str(error.value) == f"must hold videos or images, {message} @ {tmp_path / 'it'}"


def test_a_list_names_a_path_a_line_from_here_or_from_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path / "here", "a.mp4")
    touch(tmp_path / "there", "b.mp4", "my c.mp4")
    monkeypatch.chdir(tmp_path / "here")
    path = tmp_path / "there" / "list.txt"
    path.write_text(f"a.mp4\n\n  b.mp4\n{tmp_path / 'there' / 'my c.mp4'}\n", encoding="utf-8")

    assert [named.path.name for named in expand(path)] == ["a.mp4", "b.mp4", "my c.mp4"]


@pytest.mark.parametrize("heading", ["", "animal,video,result\n"])
def test_a_table_names_videos_and_results(tmp_path: Path, heading: str) -> None:
    touch(tmp_path, "a.mp4", "b, 2.mp4")
    path = tmp_path / "list.csv"
    path.write_text(f'{heading}1,a.mp4,out/a.slp\n2,"b, 2.mp4",\n', encoding="utf-8-sig")

    first, second = expand(path)

    assert (first.path.name, first.output) == ("a.mp4", Path("out/a.slp"))
    assert (second.path.name, second.output) == ("b, 2.mp4", None)


def test_every_line_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4", "other.txt")
    path = tmp_path / "list.txt"
    path.write_text("a.mp4\nb.mp4\nother.txt\n", encoding="utf-8")

    with pytest.raises(SourceError) as error:
        expand(path)

    second, third = error.value.faults
    assert second.what.startswith("must be a file or folder, got 'b.mp4', which does not exist")
    assert second.path == f"{path}, line 2"
    assert "got another list, other.txt" in third.what


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"\n\n", "must name a path a line, got a.txt without any"),
        ("a.txt", b"\xff\xfe\x00", "must be a list of paths in UTF-8, got a.txt"),
        ("a.csv", b"x,y\n1,2\n", "must have a column of paths, got a.csv without an existing file"),
        ("a.csv", b"", "must have a column of paths, got a.csv without an existing file"),
    ],
)
def test_an_empty_or_other_list_is_refused(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(SourceError) as error:
        expand(tmp_path / name)

    assert str(error.value).startswith(message)


def test_a_path_that_is_not_there_is_refused_with_the_nearest(tmp_path: Path) -> None:
    touch(tmp_path, "flies.mp4", "mice.avi")

    with pytest.raises(SourceError, match=r"which does not exist; did you mean 'flies.mp4'\?"):
        expand(tmp_path / "flys.mp4")
    with pytest.raises(SourceError, match="there is no folder"):
        expand(tmp_path / "no" / "flies.mp4")


def test_videos_that_poses_are_drawn_on_are_skipped_and_named(tmp_path: Path) -> None:
    touch(tmp_path, "flies.mp4", "flies.slp.avi", "mice.SLP.mp4")
    with whole_film(tmp_path / "drawn.mp4", 10) as film:
        film.add(np.zeros((16, 16, 3), np.uint8))

    (named,) = expand(tmp_path)

    assert named.path.name == "flies.mp4"
    drawn = "drawn.mp4, flies.slp.avi, mice.SLP.mp4"
    assert named.notes == (f"skipped in {tmp_path}, since poses are drawn on them: {drawn}",)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".avi"])
def test_poise_knows_its_drawings_in_each_container(tmp_path: Path, suffix: str) -> None:
    with whole_film(tmp_path / f"drawn{suffix}", 10) as film:
        film.add(np.zeros((16, 16, 3), np.uint8))

    assert is_drawn(tmp_path / f"drawn{suffix}")


def test_a_table_with_models_is_for_a_queue(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4")
    (tmp_path / "list.csv").write_text("video,models\na.mp4,model\n")

    with pytest.raises(SourceError, match=r"must have no column models, got it in list.csv; pass"):
        expand(tmp_path / "list.csv")


def test_a_table_names_its_columns_in_any_order(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4")
    (tmp_path / "list.csv").write_text("output,animal,video\na.slp,2,a.mp4\n")

    (named,) = expand(tmp_path / "list.csv")

    assert (named.path.name, named.output) == ("a.mp4", Path("a.slp"))
