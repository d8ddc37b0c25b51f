"""Lists for queues: one model per camera, and whatever else differs from video to video."""

from __future__ import annotations

from pathlib import Path

import pytest

from poise.errors import Fault
from poise_workflows.queueing.row_options import defaults, for_predict, plain
from poise_workflows.queueing.tables import Listed, read_listed
from poise_workflows.tracking.texts import Texts


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with two videos and two models."""
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).write_bytes(b"content")
    for name in ("model1", "model2"):
        (tmp_path / name).mkdir()
    return tmp_path


def read(place: Path, text: str, name: str = "list.csv") -> tuple[list[Listed], list[Fault]]:
    (place / name).write_text(text, encoding="utf-8")
    faults: list[Fault] = []
    return read_listed(place / name, defaults(), faults), faults


def test_a_table_gives_each_video_its_models_output_and_options(place: Path) -> None:
    text = (
        "models,video,--batch-size,output,strict,peak threshold,frames\n"
        "model1,a.mp4,8,day1/a.slp,yes,,0-9\n"
        "model1;model2,b.mp4,,,false,0.3,\n"
    )

    (first, second), faults = read(place, text)

    assert faults == []
    assert (first.path, first.models) == (place / "a.mp4", (place / "model1",))
    assert (first.output, first.where) == ("day1/a.slp", f"{place / 'list.csv'}, line 2")
    assert first.options == {"batch_size": 8, "strict": True, "frames": "0-9"}
    assert second.models == (place / "model1", place / "model2")
    assert (second.output, second.options) == ("", {"strict": False, "peak_threshold": 0.3})


def test_a_table_gives_the_options_of_a_tracker(place: Path) -> None:
    text = "video,track,tracking.similarity\na.mp4,simple,centroid\nb.mp4,,\n"

    (first, second), faults = read(place, text)

    assert faults == []
    assert first.options == {"track": "simple", "tracking": {"similarity": "centroid"}}
    assert isinstance(for_predict(plain(first.options))["tracking"], Texts)
    assert second.options == {}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.txt", "a.mp4\nb.mp4\n"),
        ("list.csv", "a.mp4,a.slp\nb.mp4,\n"),
        ("list.csv", "video\na.mp4\nb.mp4\n"),
        ("list.csv", "video\n\na.mp4\n\nb.mp4\n"),
    ],
)
def test_plain_lists_are_read_as_without_a_queue(name: str, text: str, place: Path) -> None:
    listed, faults = read(place, text, name)

    assert [video.path.name for video in listed] == ["a.mp4", "b.mp4"]
    assert faults == []


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (
            "vidoe,models\na.mp4,model1\n",
            [
                "line 1: must be a column of a list, got 'vidoe'; did you mean 'video'?",
                "line 1: must have the column video, or begin with a path that is there, "
                "got vidoe, models",
            ],
        ),
        (
            "video,bach_size,video\na.mp4,1,a.mp4\n",
            [
                "line 1: must be a column of a list, got 'bach_size'; did you mean 'batch_size'?",
                "line 1: must have each column once, got 'video' twice",
            ],
        ),
        (
            "video,batch_size,strict,format\na.mp4,none,perhaps,xyz\nc.mp4,0,,\n,,,\n",
            [
                "line 2: must be a value of batch_size, got 'none': 'none' is not a valid integer",
                "line 2: must be a value of strict, got 'perhaps': 'perhaps' is not a valid bool",
                "line 2: must be a value of format, got 'xyz': 'xyz' is not one of",
                "line 3: must be a file or folder, got",
                "line 3: must be a value of batch_size, got '0': 0 is not in the range x>=1",
            ],
        ),
        ("video,models\na.mp4,model3\n", ["line 2: must be a model that is there, got model3"]),
        (
            "video,models\n,model1\n",
            ["line 2: must name a video in the column video, got an empty"],
        ),
        ("video\na.mp4,b.mp4\n", ["line 2: must have 1 cell as the heading, got 2; quote cells"]),
        ("video,models\n", ["list.csv: must name videos below its heading, got list.csv"]),
    ],
)
def test_everything_that_is_wrong_is_said_at_once_with_its_line(
    text: str, messages: list[str], place: Path
) -> None:
    _, faults = read(place, text)

    said = [f"{fault.path.rpartition('/')[2].split(', ')[-1]}: {fault.what}" for fault in faults]
    pairs = zip(said, messages, strict=True)
    assert [line for line, message in pairs if not line.startswith(message)] == []
