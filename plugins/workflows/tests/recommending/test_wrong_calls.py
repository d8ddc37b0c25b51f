"""Calls that cannot be answered: each is refused before Keras is imported, and says what to do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

import poise_workflows
from poise.cli import main
from poise.errors import FaultsError
from small_labels import write_labels

FITS: dict[str, Any] = {"memory": "4GiB", "fps": 60}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("calls")
    write_labels(place / "flies.slp")
    write_labels(place / "predicted.slp", predicted=True)
    (place / "text.slp").write_text("no labels")
    (place / "taken.json").write_text("mine")
    (place / "folder.json").mkdir()
    job = '{"model": {"backbone": {"unet": {"filters": 0}}}}'
    (place / "job.json").write_text(job)
    (place / "headless.json").write_text('{"model": {"backbone": {"unet": {}}, "heads": {}}}')
    return place


@pytest.fixture
def folder(files: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with labels, and with files that are none."""
    monkeypatch.chdir(files)
    monkeypatch.setenv("COLUMNS", "200")
    return files


PROFILE = "baseline_medium_rf.single"

CALLS: dict[str, tuple[dict[str, Any], str]] = {
    "no bound": (
        {"memory": None, "fps": None},
        "must be a bound, got neither memory nor fps; pass memory='4GiB', or fps=60 @ memory",
    ),
    "memory without a unit": (
        {"memory": "4"},
        "must be a number and a unit, as 4GiB or 500MB, got '4'; did you mean 4GiB? @ memory",
    ),
    "memory of an unknown unit": ({"memory": "4Gig"}, "got '4Gig'; units: GB, GiB @ memory"),
    "no memory": ({"memory": "0GB"}, "must be more than nothing, and less than"),
    "negative memory": ({"memory": -1}, "must be a number of bytes above 0, got -1 @ memory"),
    "memory of another type": ({"memory": ["4GiB"]}, "got ['4GiB'] @ memory"),
    "no speed": ({"fps": 0}, "must be a number of frames a second above 0 and up to 1,000,000"),
    "an endless speed": ({"fps": float("inf")}, "up to 1,000,000, got inf @ fps"),
    "no number": ({"fps": float("nan")}, "up to 1,000,000, got nan @ fps"),
    "an impossible speed": ({"fps": 1e9}, "up to 1,000,000, got 1000000000.0 @ fps"),
    "a speed in words": ({"fps": "fast"}, "up to 1,000,000, got 'fast' @ fps"),
    "no labels": (
        {"labels": None},
        "must be a file of labels, got none; sizes of animals and of frames are read there",
    ),
    "labels that are not there": (
        {"labels": "none.slp"},
        "must be a file of labels, got none.slp, which does not exist @ labels",
    ),
    "labels of another type": ({"labels": 3}, "must be the path of a file of labels, got int"),
    "labels that are none": ({"labels": "text.slp"}, "must be a label file of SLEAP, got text.slp"),
    "labels without animals": (
        {"labels": "predicted.slp"},
        "must have an animal that a person labeled, got 6 animals predicted by a model; label some",
    ),
    "an empty batch": ({"batch_size": 0}, "must be a whole number from 1, got 0 @ batch_size"),
    "half a batch": ({"batch_size": 0.5}, "must be a whole number from 1, got 0.5 @ batch_size"),
    "no network": ({"limit": 0}, "must be a whole number from 1, got 0 @ limit"),
    "less than none measured": ({"measured": -1}, "must be a whole number from 0, got -1"),
    "a seed that is none": ({"seed": True}, "must be a whole number from 0, got True @ seed"),
    "a file that is there": (
        {"output": "taken.json"},
        "must be free, got taken.json; name another, or pass overwrite=True to keep it aside",
    ),
    "a file of another kind": ({"output": "best.txt"}, "must end in .json or .yaml, got best.txt"),
    "a folder": ({"output": "folder.json"}, "must be a file, got the folder folder.json @ output"),
    "a folder that is not there": (
        {"output": "no/best.json"},
        "must be in a folder that is there, got no/best.json; make the folder no @ output",
    ),
    "an output of another type": ({"output": 3}, "must be the path of a new file, got 3 @ output"),
    "an unknown profile": (
        {"profile": "baseline_medium_rf.sinlge"},
        "must be a file or a profile, got 'baseline_medium_rf.sinlge'; did you mean "
        "'baseline_medium_rf.single'?",
    ),
    "a profile of another type": (
        {"profile": 3},
        "must be a file or the name of a profile, got 3 @ profile",
    ),
    "a profile with faults": ({"profile": "job.json"}, "must be an integer ≥ 1, got 0 @ "),
    "a profile without a head": ({"profile": "headless.json"}, "must have a head, got none; name"),
    "a value of no field": (
        {"values": {"backbone.unet.filtres": 8}},
        "did you mean 'filters'?",
    ),
    "a value out of its domain": (
        {"values": {"optimization.batch_size": 0}},
        "must be an integer ≥ 1, got 0 @ optimization.batch_size",
    ),
}


OF_PLUGINS = ("a profile with faults", "a value of no field")
"""Calls whose faults only the plugins of the profile see."""


@pytest.mark.parametrize("name", CALLS)
def test_a_wrong_call_is_refused_with_what_to_do(name: str, folder: Path) -> None:
    if name in OF_PLUGINS:
        pytest.importorskip("poise_unet", reason="needs the plugins of the profile")
        pytest.importorskip("poise_heads", reason="needs the plugins of the profile")
    changes, said = CALLS[name]
    call = {"profile": PROFILE, "labels": "flies.slp", **FITS, **changes}
    before = sorted(folder.iterdir())

    with pytest.raises(FaultsError) as error:
        poise_workflows.recommend(**call)

    assert said in str(error.value)
    assert sorted(folder.iterdir()) == before


def test_all_faults_come_at_once(folder: Path) -> None:
    with pytest.raises(FaultsError) as error:
        poise_workflows.recommend(
            PROFILE, "none.slp", memory="4", fps=-1, limit=0, output="best.txt"
        )

    assert [fault.path for fault in error.value.faults] == [
        *("memory", "fps", "labels", "limit", "output"),
    ]


def test_the_command_names_its_options(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["recommend", PROFILE, "--labels", "none.slp", "--memory", "4", "--seed", "-1"])

    said = capsys.readouterr().err
    assert status == 2
    assert "did you mean 4GiB? @ --memory" in said
    assert "which does not exist @ --labels" in said
    assert "must be a whole number from 0, got -1 @ --seed" in said


def test_the_command_says_what_to_pass_without_a_bound(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["recommend", PROFILE, "--labels", "flies.slp"]) == 2

    said = " ".join(capsys.readouterr().err.split())
    assert "got neither --memory nor --fps; pass --memory 4GiB, or --fps 60 @ --memory" in said


def test_a_wrong_call_imports_no_backend(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**options: Any) -> None:
        raise AssertionError("Keras must not be imported")

    monkeypatch.setattr("poise_workflows.recommending.command.import_keras", refuse)

    assert main(["recommend", "none", "--labels", "flies.slp", "--fps", "60"]) == 2
    assert "must be a file or a profile, got 'none'" in capsys.readouterr().err
    assert sys.modules.get("poise_workflows.recommending.workflow") is not None
