"""``predict --map``: sources whose paths were written down on another machine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import poise_workflows
from poise.cli import main

WriteVideo = Callable[..., Path]


def written_labels(path: Path, *names: str) -> Path:
    """A label file with the first two frames of each video, in which nothing is labeled."""
    import sleap_io

    videos = [sleap_io.Video(filename=name, open_backend=False) for name in names]
    frames = [sleap_io.LabeledFrame(video=v, frame_idx=n) for v in videos for n in range(2)]
    skeleton = sleap_io.Skeleton(nodes=["head", "tail"])
    labels = sleap_io.Labels(frames, videos=videos, skeletons=[skeleton])
    labels.save(str(path), verbose=False)
    return path


def names_in(path: Path) -> list[str]:
    import sleap_io

    return [video.filename for video in sleap_io.load_slp(str(path), open_videos=False).videos]


def test_a_list_of_another_machine_is_predicted_and_results_name_the_files_of_this_one(
    write_video: WriteVideo, model: Path, tmp_path: Path, poses: Any
) -> None:
    video = write_video()
    (tmp_path / "list.csv").write_text("video,output\n/mnt/a/flies.mkv,/mnt/a/found.slp\n")
    maps = [f"/mnt/a={tmp_path}"]

    (result,) = poise_workflows.predict(
        tmp_path / "list.csv", model, map=maps, progress="none", render=tmp_path / "drawn.mp4"
    )

    assert result.output == tmp_path / "found.slp"
    assert names_in(result.output) == [str(video)]
    assert result.files == (tmp_path / "drawn.mp4",)
    assert result.report["notes"] == []


def test_labels_of_another_machine_are_predicted_drawn_and_merged_and_keep_their_paths(
    write_video: WriteVideo, model: Path, tmp_path: Path
) -> None:
    write_video()
    labels = written_labels(tmp_path / "labels.slp", "Z:\\lab\\flies.mkv")
    maps = {"Z:\\lab": tmp_path}
    options: Any = {"map": maps, "progress": "none", "render": tmp_path / "drawn.mp4"}

    (result,) = poise_workflows.predict(
        labels, model, tmp_path / "merged.slp", merge=labels, **options
    )

    assert names_in(result.output) == ["Z:/lab/flies.mkv"]  # as sleap-io writes it
    assert result.files == (tmp_path / "drawn.mp4",)
    assert result.report["frames"] == 2


def test_a_project_of_another_machine_knows_its_video_by_a_map(
    write_video: WriteVideo, model: Path, tmp_path: Path
) -> None:
    video = write_video()
    project = written_labels(tmp_path / "project.slp", "/mnt/a/flies.mkv")
    options: Any = {"merge": project, "progress": "none"}

    (result,) = poise_workflows.predict(
        video, model, tmp_path / "merged.slp", map={"/mnt/a": tmp_path}, **options
    )

    assert names_in(result.output) == ["/mnt/a/flies.mkv"]
    assert result.report["notes"] == []


def test_a_map_that_no_path_fits_is_said_and_reported(
    write_video: WriteVideo, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video = write_video()
    words = ["predict", str(video), "-m", str(model), "--progress", "none"]

    assert main([*words, "--map", f"/mnt/a={tmp_path}"]) == 0

    what = f"--map /mnt/a={tmp_path} changes nothing: no path that Poise looks for begins so"
    assert capsys.readouterr().out.count(what) == 1
    report = json.loads(video.with_suffix(".predictions.report.json").read_text(encoding="utf-8"))
    assert report["notes"] == [what]


def test_a_wrong_map_ends_with_2_and_writes_nothing(
    write_video: WriteVideo, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video = write_video()
    before = sorted(tmp_path.iterdir())

    assert main(["predict", str(video), "-m", str(model), "--map", "/mnt/a"]) == 2

    assert "must be THERE=HERE with a path on each side, got '/mnt/a' @ --map" in (
        capsys.readouterr().err
    )
    assert sorted(tmp_path.iterdir()) == before
