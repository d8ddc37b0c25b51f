"""Containers in which programs disagree on the number of a frame."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from poise_workflows.frames.containers import disagreeing_seeks, has_variable_rate
from poise_workflows.frames.timetable import read_timetable
from poise_workflows.frames.videos import open_video

RNG = np.random.default_rng(0)
VARIABLE = {"times": list(map(int, np.cumsum(RNG.integers(20, 60, 30)))), "g": 5}
DROPPED = {"times": [40 * (n + (n > 12) * 3) for n in range(30)]}


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("plain.mp4", {}),
        ("b.mp4", {"bf": 3, "g": 5}),
        ("late.mp4", {"times": [200 + 40 * n for n in range(30)]}),
        ("ms.mkv", {"times": [round(n * 1000 / 30) for n in range(30)]}),
        ("one.mp4", {"count": 1}),
    ],
)
def test_a_file_on_whose_numbers_all_agree_has_no_note(
    make_video: Any, name: str, options: dict[str, Any]
) -> None:
    assert open_video(make_video(name, **options)).notes == ()


@pytest.mark.parametrize("options", [VARIABLE, DROPPED], ids=["variable", "dropped frames"])
def test_a_variable_rate_is_noted_with_the_command_that_mends_it(
    make_video: Any, options: dict[str, Any]
) -> None:
    path = make_video("vfr.mp4", **options)

    (note,) = open_video(path).notes

    assert note.startswith("the frame rate is variable (frames last ")
    assert "SLEAP's program may show points on other frames" in note
    assert f"ffmpeg -i {path} -vf" in note


@pytest.mark.parametrize("count", [4, 10, 17])
@pytest.mark.parametrize("options", [{"bf": 0}, {"bf": 2}], ids=["in order", "reordered"])
def test_a_short_file_whose_duration_promises_more_has_a_variable_rate_too(
    make_video: Any, count: int, options: dict[str, Any]
) -> None:
    # Matroska has no count of frames: at the stated rate, the duration holds more.
    times = [40 * n + 80 * max(0, n - 1) for n in range(count)]
    path = make_video("short.mkv", count, times=times, **options)

    timetable = read_timetable(path)

    assert timetable.promised > len(timetable.times)
    assert has_variable_rate(timetable)


@pytest.mark.parametrize("count", [9, 20, 40])
def test_a_file_that_was_cut_off_among_reordered_frames_has_no_variable_rate(
    make_video: Any, count: int
) -> None:
    path = make_video("whole.mkv", 60, bf=3, g=60)
    with av.open(str(path)) as container:
        packets = [packet.pos for packet in container.demux(video=0) if packet.size]
    for kept in range(count, count + 5):  # wherever among the frames it is cut
        cut = path.with_name(f"{kept}.mkv")
        cut.write_bytes(path.read_bytes()[: packets[kept]])

        timetable = read_timetable(cut)

        assert timetable.promised > len(timetable.times)
        assert timetable.reordered in (1, 2)
        assert not has_variable_rate(timetable)


def test_seeks_that_lead_elsewhere_are_noted(make_video: Any) -> None:
    # A transport stream has no index: a seek before the only keyframe's end lands after it.
    path = make_video("a.ts", 60)

    assert disagreeing_seeks(path, read_timetable(path))[0] == 0
    (note,) = open_video(path).notes
    assert note.startswith("seeks lead to other frames than reading in order (frame 0 and 19 more")


@pytest.mark.parametrize("name", ["vfr.mp4", "two words.ts"])
def test_the_command_mends_the_file_and_keeps_every_frame(make_video: Any, name: str) -> None:
    imageio_ffmpeg = pytest.importorskip("imageio_ffmpeg")
    path = make_video(name, **(VARIABLE if name == "vfr.mp4" else {"count": 60}))
    (note,) = open_video(path).notes
    words = shlex.split(note[note.index("ffmpeg -i") :])

    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *words[1:]], check=True, capture_output=True)

    old, new = open_video(path), open_video(Path(words[-1]))
    assert new.notes == ()
    assert new.count == old.count
    for before, after in zip(old.read(range(old.count)), new.read(range(new.count)), strict=True):
        assert before.image is not None
        assert after.image is not None
        assert np.abs(before.image.astype(float) - after.image).mean() < 6


def test_rounding_to_milliseconds_is_no_variable_rate(make_video: Any) -> None:
    for rate in (24, 30, 60, 120):
        times = [round(n * 1000 / rate) for n in range(30)]
        assert not has_variable_rate(read_timetable(make_video(f"{rate}.mkv", times=times)))
