"""Calls that cannot be answered: each is refused with what to do, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise_workflows
from poise import PluginError, registry
from poise.cli import main
from poise_workflows.suggesting import SuggesterSpec

Write = Callable[..., Path]


@pytest.fixture
def folder(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with predictions, and with files that are none."""
    monkeypatch.chdir(tmp_path)
    write("flies.slp", {"doubtful": [3, 20]})
    write("perfect.slp")
    write("labels.slp", {"labeled": range(40)})
    write("empty.slp", {"empty": range(40)})
    write("nothing.slp", {"length": 0})
    write("seen.slp", {"labeled": range(20), "suggested": range(20, 40)})
    write("near.slp", {"labeled": [20], "empty": [21]})
    write("two.slp", {}, more=_with_another_skeleton)
    Path("flies.mp4").write_bytes(b"a video")
    Path("broken.slp").write_bytes(b"\x89HDF\r\n\x1a\n and then nothing")
    Path("text.slp").write_text("no labels")
    Path("taken.slp").write_text("mine")
    Path("models").mkdir()
    Path("models.slp").mkdir()
    return tmp_path


def _with_another_skeleton(labels: Any) -> None:
    import sleap_io

    skeleton = sleap_io.Skeleton(["head", "wing"])
    labels.skeletons.append(skeleton)
    animal = sleap_io.PredictedInstance.from_numpy(np.zeros((2, 2)), skeleton=skeleton)
    labels.labeled_frames[0].instances.append(animal)


CALLS: dict[str, tuple[list[str], str]] = {
    "no predictions": (
        ["none.slp"],
        "must be a .slp file that is there, got none.slp @ predicted",
    ),
    "a folder": (["models"], "must be a .slp file, got the folder models @ predicted"),
    "a video": (
        ["flies.mp4"],
        "must be a .slp file with predictions, got flies.mp4; predict it first: "
        "poise predict flies.mp4 -m MODEL @ predicted",
    ),
    "a damaged file": (["broken.slp"], "must be a label file of SLEAP, got broken.slp ("),
    "a text": (["text.slp"], "must be a label file of SLEAP, got text.slp ("),
    "labels alone": (
        ["labels.slp"],
        "must hold predictions, got 40 labeled frames alone; predict its videos with "
        "`poise predict` first @ labels.slp",
    ),
    "a model that found nothing": (["empty.slp"], "must hold predictions, got no animal; "),
    "a file without frames": (["nothing.slp"], "must hold predictions, got no animal; "),
    "two skeletons": (
        ["two.slp"],
        "must hold animals of one skeleton, got head, thorax, tail; head, wing; "
        "save those of each skeleton as a file @ two.slp",
    ),
    "nothing that is free": (
        ["seen.slp"],
        "must hold a frame that nobody has labeled or suggested yet, got none; predict other "
        "frames @ predicted",
    ),
    "no fault": (
        ["perfect.slp", "--by", "missing", "--by", "count"],
        "must find a fault in a frame, got none by missing, count; name another suggester @ --by",
    ),
    "all faults near labels": (
        ["near.slp", "--by", "missing", "--min-gap", "5"],
        "must leave a frame to suggest, got 1 frame with faults, all near frames that people have "
        "seen; let suggestions be neighbors with --min-gap 1 @ --min-gap",
    ),
    "no frames": (["flies.slp", "-n", "0"], "must be a whole number from 1, got 0 @ -n"),
    "fewer than none": (["flies.slp", "-n", "-5"], "must be a whole number from 1, got -5 @ -n"),
    "many": (["flies.slp", "-n", "many"], "Invalid value for '-n': 'many' is not a valid integer"),
    "a gap below nothing": (
        ["flies.slp", "--min-gap", "-1"],
        "must be a whole number of frames from 0, got -1 @ --min-gap",
    ),
    "half a frame": (
        ["flies.slp", "--min-gap", "0.5"],
        "Invalid value for '--min-gap': '0.5' is not a valid integer",
    ),
    "a suggester that nobody has": (
        ["flies.slp", "--by", "jumps"],
        "must be a suggester, got 'jumps'; did you mean 'jump'? @ --by",
    ),
    "a suggester twice": (
        ["flies.slp", "--by", "score", "--by", "score"],
        "must name each suggester once, got 'score' twice @ --by",
    ),
    "an output of another kind": (
        ["flies.slp", "-o", "project.json"],
        "must end in .slp, got project.json @ --output",
    ),
    "an output nowhere": (
        ["flies.slp", "-o", "nowhere/project.slp"],
        "must be in a folder that is there, got nowhere/project.slp; "
        "make the folder nowhere @ --output",
    ),
    "an output that is there": (
        ["flies.slp", "-o", "taken.slp"],
        "must be free, got taken.slp; name another, or pass --overwrite to keep it aside "
        "@ --output",
    ),
    "an output that is a folder": (
        ["flies.slp", "-o", "models.slp"],
        "must be a file, got the folder models.slp @ --output",
    ),
    "the predictions themselves": (
        ["flies.slp", "-o", "./flies.slp", "--overwrite"],
        "must be another file than the predictions, got flies.slp; name a new one @ --output",
    ),
    "everything at once": (
        ["none.slp", "-n", "0", "--by", "scores", "-o", "project.txt"],
        "must be a suggester, got 'scores'; did you mean 'score'? @ --by\n"
        "  must be a whole number from 1, got 0 @ -n\n"
        "  must be a .slp file that is there, got none.slp @ predicted\n"
        "  must end in .slp, got project.txt @ --output",
    ),
    "an option of another command": (["flies.slp", "--track", "simple"], "No such option"),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_wrong_call_ends_with_2_says_why_and_writes_nothing(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, message = CALLS[name]
    monkeypatch.setenv("COLUMNS", "1000")
    output = [] if "-o" in arguments else ["-o", "project.slp"]
    before = sorted(folder.rglob("*"))

    status = main(["suggest", *arguments, *output])

    out, err = capsys.readouterr()
    assert message in err
    assert (status, out) == (2, "")
    assert sorted(folder.rglob("*")) == before


def test_no_output_is_asked_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["suggest", "flies.slp"]) == 2
    assert "Missing option '-o' / '--output'" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": True}, "must be a whole number from 1, got True @ n"),
        ({"n": 2.0}, "must be a whole number from 1, got 2.0 @ n"),
        ({"min_gap": "3"}, "must be a whole number of frames from 0, got '3' @ min_gap"),
        ({"by": 3}, "must be the name of a suggester or a list of names, got 3 @ by"),
        ({"by": [len]}, "must be the name of a suggester or a list of names, got "),
        ({"output": None}, "must be the path of a new .slp file, got None @ output"),
        ({"predicted": object()}, "must be the path of a .slp file, got object; save it first"),
    ],
)
def test_so_does_a_wrong_call_in_python(options: Any, message: str) -> None:
    with pytest.raises(poise_workflows.OptionsError) as error:
        poise_workflows.suggest(**{"predicted": "flies.slp", "output": "project.slp", **options})

    assert message in str(error.value)
    assert not Path("project.slp").exists()


def test_a_link_to_the_predictions_is_the_predictions(folder: Path) -> None:
    (folder / "link.slp").symlink_to("flies.slp")

    with pytest.raises(poise_workflows.OptionsError, match="must be another file than the pred"):
        poise_workflows.suggest("flies.slp", "link.slp", overwrite=True)


@pytest.fixture
def theirs() -> Iterator[Callable[[Any], None]]:
    """``theirs(badness)`` installs a suggester ``theirs`` beside those of Poise."""
    registry.reset()
    yield lambda badness: registry.register(SuggesterSpec(key="theirs", badness=badness))
    registry.reset()


def fails(predictions: Any) -> Any:
    raise ZeroDivisionError("no animals")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("badness", "message"),
    [
        (fails, "badness of suggester 'theirs' failed: ZeroDivisionError: no animals"),
        (
            lambda predictions: predictions.scores,
            "badness of suggester 'theirs' must return 40 numbers, got the shape (80,)",
        ),
        (lambda predictions: "bad", "must return numbers, got 'bad'"),
        (lambda predictions: None, "must return 40 numbers, got the shape ()"),
        (
            lambda predictions: np.where(predictions.frames == 7, np.inf, 0),
            "must return finite numbers or NaN, got infinity for frame 7",
        ),
        (
            lambda predictions: predictions.points.sort(),
            "failed: ValueError: sort array is read-only",
        ),
    ],
)
def test_a_suggester_that_breaks_its_contract_is_named(
    badness: Any, message: str, theirs: Callable[[Any], None]
) -> None:
    theirs(badness)

    with pytest.raises(PluginError) as error:
        poise_workflows.suggest("flies.slp", "project.slp", by="theirs")

    assert message in str(error.value)
    assert "theirs" in str(error.value)
    assert not Path("project.slp").exists()
