"""Queues of videos, from the plan to the results, with a real network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import poise_workflows
from poise.cli import main
from poise_workflows import QueueError
from small_queues import OPTIONS, WORDS, contents_of, results_in, write_video, write_videos
from small_runs import write_model

pytestmark = pytest.mark.usefixtures("keras")


@pytest.fixture(scope="module")
def model(keras: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "model")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with four videos in ``videos``."""
    write_videos(tmp_path / "videos", 4, 4)
    return tmp_path


def queue(place: Path, model: Path, **more: Any) -> Any:
    asked = {"recursive": True, **OPTIONS, **more}
    return poise_workflows.queue(place / "videos", model, place / "out", **asked)


def work(place: Path, **more: Any) -> Any:
    return poise_workflows.work(place / "out", device="cpu", progress="none", **more)


def test_a_broken_video_is_set_aside_and_tried_again_when_it_is_mended(
    place: Path, model: Path
) -> None:
    broken = place / "videos" / "Camera1" / "0.mp4"
    whole = broken.read_bytes()
    broken.write_bytes(whole[: len(whole) // 3])
    before = queue(place, model)

    after = work(place)
    idle = work(place)
    broken.write_bytes(whole)
    again = work(place, again=True)

    assert before.counts == {"waiting": 4, "claimed": 0, "done": 0, "aside": 0}
    assert after.counts == {"waiting": 0, "claimed": 0, "done": 3, "aside": 1}
    (aside,) = [video for video in after.videos if video.state == "aside"]
    assert aside.source == broken.resolve()
    assert aside.reason.startswith("must be a video that FFmpeg can decode, got 0.mp4")
    assert (after.exit_status, idle.exit_status, again.exit_status) == (1, 1, 0)
    assert f"poise work {place / 'out'} --again" in after.next_steps[-1]
    assert len(results_in(place / "out")) == 4


def test_a_video_of_which_frames_cannot_be_read_has_a_result_and_a_reason(
    place: Path, model: Path
) -> None:
    from PIL import Image

    pictures = place / "pictures"
    pictures.mkdir()
    for number in range(4):
        Image.new("L", (64, 64), 40 * number).save(pictures / f"{number}.png")
    hole = pictures / "2.png"
    hole.write_bytes(hole.read_bytes()[:60])
    poise_workflows.queue(pictures, model, place / "out", **OPTIONS)

    after = work(place)

    (video,) = after.videos
    assert (video.state, after.exit_status) == ("aside", 1)
    assert video.reason.startswith("1 frame ")
    assert video.reason.endswith("; the result is there, with what could be read")
    assert len(contents_of(video.output)["frames"]) == 4


def test_each_video_of_a_list_has_its_own_models_and_options(place: Path, model: Path) -> None:
    first, second = "videos/Camera1/0.mp4", "videos/Camera2/0.mp4"
    (place / "list.csv").write_text(
        f"video,models,output,frames,peak_threshold\n{first},{model},a.slp,0-1,\n{second},,,,0.9\n"
    )
    results = poise_workflows.queue(place / "list.csv", model, place / "out", **OPTIONS)
    (alone,) = poise_workflows.predict(
        place / first, model, place / "alone.slp", frames="0-1", progress="none", **OPTIONS
    )

    after = work(place)

    assert [video.frames for video in results.videos] == [2, 4]
    assert after.exit_status == 0
    assert contents_of(place / "out" / "a.slp") == contents_of(alone.output)
    other = contents_of(place / "out" / "Camera2" / "0.predictions.slp")
    assert len(other["frames"]) == 4
    assert other["instances"] == []  # nothing is so sure


def test_the_same_call_goes_on_and_another_one_is_refused_with_all_differences(
    place: Path, model: Path
) -> None:
    first = queue(place, model)
    again = queue(place, model)
    write_video(place / "videos" / "Camera1" / "0.mp4", 3, 99)

    with pytest.raises(QueueError) as error:
        queue(place, model, batch_size=2, track="simple")

    assert again.videos == first.videos
    assert "has the queue of another run; repeat it, name another output, or" in str(error.value)
    assert [fault.path for fault in error.value.faults] == [
        "options.batch_size",
        "options.track",
        "videos.Camera1/0.predictions.slp.size",
    ]
    assert all("as in the plan" in fault.what for fault in error.value.faults)


def test_new_videos_are_left_out_until_the_queue_is_renewed(
    place: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    queue(place, model)
    work(place)
    before = {file: file.stat().st_mtime_ns for file in (place / "out").rglob("*.slp")}
    write_video(place / "videos" / "Camera3" / "7.mp4", 2, 7)
    words = ["predict", str(place / "videos"), "-m", str(model), "-o", str(place / "out")]
    words += ["--recursive", "--jobs", "0", *WORDS]

    assert main(words) == 0
    left_out = capsys.readouterr().out
    assert main([*words, "--renew"]) == 0
    renewed = capsys.readouterr().out
    after = work(place)

    assert "note  not in the plan: ../videos/Camera3/7.mp4; --renew takes them, too" in left_out
    assert "planned  5 videos, 18 frames" in renewed
    assert f"the queue that was there is {place / 'out' / 'poise-queue.1'} now" in renewed
    assert after.counts["done"] == 5
    assert {file: file.stat().st_mtime_ns for file in before} == before


def test_results_of_another_run_are_kept_when_a_queue_is_renewed(place: Path, model: Path) -> None:
    queue(place, model)
    work(place)
    with pytest.raises(QueueError):
        queue(place, model, peak_threshold=0.5)

    queue(place, model, peak_threshold=0.5, renew=True)
    after = work(place)

    folder = place / "out" / "Camera1"
    assert after.exit_status == 0
    assert (folder / "0.predictions.1.slp").exists()
    assert contents_of(folder / "0.predictions.1.slp") != contents_of(folder / "0.predictions.slp")


def test_a_result_that_nobody_knows_is_not_replaced(place: Path, model: Path) -> None:
    stranger = place / "out" / "Camera1" / "0.predictions.slp"
    stranger.parent.mkdir(parents=True)
    stranger.write_bytes(b"work of a week")

    with pytest.raises(QueueError, match=r"must be free, got .*0.predictions.slp, which no such"):
        queue(place, model)

    assert not (place / "out" / "poise-queue").exists()


def test_a_worker_whose_time_is_up_gives_its_video_back(tmp_path: Path, model: Path) -> None:
    write_video(tmp_path / "videos" / "long.mp4", 300, 1)
    queue(tmp_path, model)

    first = work(tmp_path, stop_after=0.3)
    last = work(tmp_path)

    assert (first.exit_status, first.counts["waiting"], first.workers) == (3, 1, ())
    assert 0 <= first.frames_done < 300
    assert (last.exit_status, last.frames_done) == (0, 300)


def test_models_are_loaded_once_for_many_videos(
    place: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from poise_workflows.queueing import holding_models

    loads: list[Any] = []

    def counted(models: Any, *options: Any) -> Any:
        loads.append(models)
        return load_for(models, *options)

    load_for = holding_models.load_for
    monkeypatch.setattr(holding_models, "load_for", counted)
    queue(place, model)

    assert work(place).counts["done"] == 4
    assert len(loads) == 1


def test_status_says_the_same_to_people_and_to_programs(
    place: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    queue(place, model)
    out = str(place / "out")

    waiting = main(["status", out]), capsys.readouterr().out
    work(place)
    done = main(["status", out, "--json"]), json.loads(capsys.readouterr().out)
    watched = main(["status", out, "--watch"]), capsys.readouterr().out

    assert waiting == (
        3,
        f"{out}: 4 videos: 4 waiting, 0 claimed, 0 done, 0 aside\n"
        "  0 of 16 frames\n"
        f"  next   nobody works: poise work {out} goes on\n",
    )
    assert done[0] == done[1]["exit_status"] == 0
    assert (done[1]["frames_done"], done[1]["left"], done[1]["next_steps"]) == (16, 0, [])
    assert watched == (0, f"{out}: 4 videos: 0 waiting, 0 claimed, 4 done, 0 aside\n")


def test_a_model_that_cannot_be_loaded_ends_the_worker_and_sets_nothing_aside(
    place: Path, model: Path
) -> None:
    import shutil

    copy = place / "model"
    shutil.copytree(model, copy)
    queue(place, copy)
    for weights in copy.glob("*.h5"):
        weights.write_bytes(b"no weights")

    with pytest.raises(QueueError, match=r"cannot go on: nothing can be predicted with these"):
        work(place)

    assert poise_workflows.status(place / "out").counts["waiting"] == 4


def test_predict_in_python_says_what_became_of_each_video(place: Path, model: Path) -> None:
    queue(place, model)
    (place / "videos" / "Camera1" / "1.mp4").write_bytes(b"no video any more")
    work(place)

    results = poise_workflows.predict(
        place / "videos" / "Camera2", model, place / "other", jobs=0, **OPTIONS
    )
    status = poise_workflows.status(place / "out")

    assert [result.failed for result in results] == ["not predicted yet"] * 2
    assert status.counts == {"waiting": 0, "claimed": 0, "done": 3, "aside": 1}
