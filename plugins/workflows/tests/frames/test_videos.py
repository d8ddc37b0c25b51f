"""Video files: exact numbers, SLEAP's colors, and frames that cannot be decoded."""

from __future__ import annotations

import random
import zlib
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from poise_workflows.frames.sources import Frame, SourceError
from poise_workflows.frames.videos import VideoFile, open_video

KINDS = [
    pytest.param("plain.mp4", {}, id="one keyframe"),
    pytest.param("b.mp4", {"bf": 3, "g": 8}, id="B-frames"),
    pytest.param("open.mp4", {"bf": 3, "g": 8, "x264-params": "open-gop=1"}, id="open groups"),
    pytest.param("late.mp4", {"times": [200 + 40 * n for n in range(30)]}, id="starts late"),
    pytest.param("vfr.mp4", {"g": 5, "times": [n * n * 5 for n in range(30)]}, id="variable rate"),
    pytest.param("a.mkv", {"g": 8, "bf": 2}, id="Matroska"),
    pytest.param("a.ts", {"g": 8, "bf": 2}, id="transport stream"),
    pytest.param("a.avi", {"codec": "mpeg4", "g": 8}, id="AVI"),
    pytest.param("m.avi", {"codec": "mjpeg", "pixels": "yuvj420p"}, id="Motion JPEG"),
    pytest.param("f.mp4", {"g": 8, "movflags": "frag_keyframe+empty_moov"}, id="fragments"),
]


def images(video: VideoFile, numbers: Any) -> list[Any]:
    return [frame.image for frame in video.read(numbers)]


def in_order(path: Path) -> list[Any]:
    """What FFmpeg decodes from the beginning to the end, in BT.601."""
    with av.open(str(path)) as container:
        return [
            frame.reformat(format="rgb24", src_colorspace=5, dst_colorspace=5).to_ndarray()
            for frame in container.decode(video=0)
        ]


@pytest.mark.parametrize(("name", "options"), KINDS)
def test_a_number_means_the_same_frame_in_whatever_order_frames_are_read(
    make_video: Any, name: str, options: dict[str, Any]
) -> None:
    video = open_video(make_video(name, **options))
    expected = in_order(video.path)
    shuffled = [*range(30), *range(29, -1, -1), 3, 3, 17]
    random.Random(0).shuffle(shuffled)

    assert (video.count, len(expected)) == (30, 30)
    assert (video.height, video.width, video.channels) == (64, 96, 3)
    np.testing.assert_array_equal(images(video, range(30)), expected)
    np.testing.assert_array_equal(images(video, shuffled), [expected[n] for n in shuffled])


def test_colors_are_bt601_whatever_the_file_says(make_video: Any) -> None:
    plain = open_video(make_video("plain.mp4", 3))
    tagged = make_video("tagged.mp4", 3, colorspace=1)

    seen = images(open_video(tagged), [1])[0]
    obeying = images(open_video(tagged, color_matrix="file"), [1])[0]

    np.testing.assert_array_equal(seen, images(plain, [1])[0])
    np.testing.assert_array_equal(obeying, images(open_video(tagged, color_matrix="bt709"), [1])[0])
    assert np.abs(seen.astype(int) - obeying).max() > 10
    assert open_video(tagged).provenance.color_matrix == "bt601"


def test_a_gray_video_has_one_channel(make_video: Any) -> None:
    video = open_video(make_video("gray.mp4", 4, gray=True))

    assert video.channels == 1
    assert images(video, [2])[0].shape == (64, 96, 1)
    assert open_video(video.path, channels=3).channels == 3


def test_a_video_of_a_turned_camera_is_turned(make_video: Any) -> None:
    plain, turned = (
        open_video(make_video("a.mp4", 2)),
        open_video(make_video("b.mp4", 2, rotation=90)),
    )

    assert (turned.height, turned.width) == (96, 64)
    np.testing.assert_array_equal(images(turned, [1])[0], np.rot90(images(plain, [1])[0]))


@pytest.mark.parametrize("packets", [(11,), (11, 13), (13, 14, 15), (16,), (0,), (29,)])
def test_a_frame_that_cannot_be_decoded_is_a_hole_and_shifts_no_other(
    make_video: Any, damaged: Any, packets: tuple[int, ...]
) -> None:
    whole = images(open_video(make_video("whole.mp4", g=8, bf=0)), range(30))
    video = open_video(damaged(make_video("hole.mp4", g=8, bf=0), *packets))

    frames = list(video.read(range(30)))

    assert all(frames[number].image is None for number in packets)
    # Up to the next keyframe, frames may need the missing one; a decoder may still make pictures.
    doubted = range(packets[0], min(30, packets[0] // 8 * 8 + 8))
    assert [frame.number for frame in frames if frame.reason] == list(doubted)
    for frame in frames:
        if not frame.reason:
            np.testing.assert_array_equal(frame.image, whole[frame.number])


@pytest.mark.parametrize("half", [False, True], ids=["packets", "halves of packets"])
@pytest.mark.parametrize("packets", [(5, 9, 16, 22), (0, 8), (8, 17), (25,)])
def test_a_damaged_file_reads_the_same_from_wherever_reading_starts(
    make_video: Any, damaged: Any, packets: tuple[int, ...], half: bool
) -> None:
    video = open_video(damaged(make_video("hole.mp4", g=8, bf=3), *packets, half=half))

    whole = list(video.read(range(30)))

    assert any(frame.reason for frame in whole)
    for start in range(0, 30, 3):
        again = list(video.read(range(start, 30)))
        assert list(map(described, again)) == list(map(described, whole[start:]))


def described(frame: Frame) -> tuple[int, bool, int]:
    """Its number, whether something is wrong with it, and a checksum of its pixels."""
    pixels = b"" if frame.image is None else frame.image.tobytes()
    return frame.number, bool(frame.reason), zlib.crc32(pixels)


def test_a_partly_damaged_frame_comes_with_a_reason(make_video: Any, damaged: Any) -> None:
    video = open_video(damaged(make_video("part.mp4", g=8, bf=0), 12, half=True))

    frames = list(video.read(range(30)))

    assert frames[12].image is not None
    assert "damaged" in frames[12].reason


def test_frames_that_are_promised_after_the_end_are_unreadable_and_noted(make_video: Any) -> None:
    path = make_video("cut.mp4", g=8, movflags="faststart")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 6 // 10])

    video = open_video(path)
    frames = list(video.read(range(30)))
    last = video.last_readable()

    assert video.count == 30
    assert 5 < last < 28
    assert [frame.number for frame in frames if frame.image is not None] == list(range(last + 1))
    assert "the container promises 30 frames and holds" in video.notes[0]
    assert frames[29].reason.startswith("the file ends after frame")


def test_the_last_frame_that_can_be_read_is_before_a_damaged_end(
    make_video: Any, damaged: Any
) -> None:
    video = open_video(damaged(make_video("end.mp4", g=8, bf=0), 4, *range(22, 30)))

    assert video.last_readable() == 21
    assert open_video(make_video("whole.mp4", 5)).last_readable() == 4


def test_readings_do_not_disturb_each_other_and_close_their_file(make_video: Any) -> None:
    video = open_video(make_video("a.mp4", 9))
    before = open_files()
    first, second = video.read(range(9)), video.read(range(8, -1, -1))

    pairs = [(next(first).number, next(second).number) for _ in range(4)]
    first.close()
    second.close()

    assert pairs == [(0, 8), (1, 7), (2, 6), (3, 5)]
    assert open_files() == before


def open_files() -> int:
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"no video at all", "InvalidDataError"), (b"\0" * 4096, "InvalidDataError")],
)
def test_what_is_no_video_is_refused_with_what_to_do(
    tmp_path: Path, content: bytes, why: str
) -> None:
    path = tmp_path / "my flies.mp4"
    path.write_bytes(content)

    with pytest.raises(SourceError) as error:
        open_video(path)

    message = str(error.value)
    assert message.startswith(f"must be a video that FFmpeg can decode, got my flies.mp4 ({why}")
    assert f"re-encode it: ffmpeg -i '{path}'" in message
    assert error.value.faults[0].path == str(path)


def test_a_sound_file_and_a_video_without_a_whole_frame_are_refused(
    tmp_path: Path, make_video: Any, damaged: Any
) -> None:
    sound = tmp_path / "a.wav"
    with av.open(str(sound), "w") as container:
        stream: Any = container.add_stream("pcm_s16le", rate=8000)
        samples: Any = np.zeros((1, 800), np.int16)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
    with pytest.raises(SourceError, match="there is no video in it"):
        open_video(sound)
    with pytest.raises(SourceError, match="none of its frames can be decoded"):
        open_video(damaged(make_video("a.mp4", 5, g=1), 0, 1, 2, 3, 4))


def test_results_refer_to_the_video_as_the_user_named_it(
    make_video: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_video("a.mp4", 6)
    monkeypatch.chdir(path.parent)

    video = open_video(Path("a.mp4")).video()

    assert video.filename == "a.mp4"
    assert tuple(video.shape) == (6, 64, 96, 3)
    assert video.backend is None
