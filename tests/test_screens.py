"""What commands write at 60, 80, 100 and 120 columns: it fits, and it is what was looked at."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from made_up import examination, outcome
from poise.cli import main
from poise.cli._group import IN_PLUGINS, OWN
from screens import FOLDER, WIDTHS, compare, stored, too_long
from showcase import furnish

Screens = Callable[..., dict[int, str]]

SCREENS: dict[str, list[str]] = {
    "list": ["list", "heads"],
    "list-long": ["list", "backbones", "-l"],
    "list-engines": ["list", "engines"],
    "list-exporters": ["list", "exporters"],
    "list-suggesters": ["list", "suggesters"],
    "list-trackers": ["list", "trackers"],
    "show-backbone": ["show", "unet"],
    "show-head": ["show", "centroid"],
    "show-engine": ["show", "processes"],
    "show-suggester": ["show", "jump"],
    "show-tracker": ["show", "simple"],
    "show-encoder": ["show", "resnet18"],
    "check": ["check", "models/flies", "profile.json"],
    "check-verbose": ["check", "-v", "profile.json"],
    "check-faults": ["check", "model.json", "--set", "backbone.unet.filtres=3",
                     "--set", "backbone.unet.max_stride=24", "--set", "heads.centroid={}"],
    "matrix": ["matrix", "unet", "leap", "--backend", "tensorflow,torch"],
    "migrate": ["migrate", "profile.json"],
    "new": ["new", "backbone", "mynet"],
    "new-taken": ["new", "backbone", "My Net"],
    "weights": ["weights", "list"],
    "weights-where": ["weights", "where", "resnet18"],
    "doctor": ["doctor"],
    "doctor-clean": ["doctor", "--clean", "runs"],
    "shims": ["shims", "bin"],
    "track": ["track", "flies.slp", "-o", "tracked.slp", "--progress", "none"],
    "suggest": ["suggest", "flies.slp", "-o", "project.slp", "--min-gap", "1"],
    "evaluate": ["evaluate", "labels.slp", "flies.slp"],
    "evaluate-runs": ["evaluate", "runs/flies", "runs/flies_larger"],
    "train-profiles": ["train", "--profiles"],
    "render": ["render", "flies.slp", "-o", "drawn.png", "--frames", "1"],
    "inspect-labels": ["inspect", "labels.slp"],
    "sleap-inspect": ["sleap-inspect", "labels.slp"],
    "sleap-convert": ["sleap-convert", "flies.slp", "--format", "analysis", "-o", "out.h5"],
    "sleap-render": ["sleap-render", "flies.slp", "-o", "drawn.mp4", "--frames", "1"],
    "export-faults": ["export", "models/flies.bottomup", "models/bees", "--format", "onx",
                      "--image", "100", "--batch", "0", "-o", "flies.slp"],
    "no-command": ["chekc"],
    "no-option": ["check", "--jsn", "model.json"],
    "no-key": ["show", "unte"],
    "no-queue": ["status", "runs"],
    "no-file": ["track", "flies-that-nobody-filmed.slp", "-o", "tracked.slp"],
}  # fmt: skip
"""Name of the stored text → arguments."""

WITH_KERAS: dict[str, list[str]] = {
    "diff": ["diff", "profile.json", "new.json"],
    "inspect": ["inspect", "models/flies", "--labels", "labels.slp"],
    "inspect-layers": ["inspect", "new.json", "--image", "64,64,1", "--layers"],
    "build": ["build", "models/flies"],
    "build-verbose": ["build", "-v", "profile.json", "--image", "64,64,1", "--parts", "a,b"],
}

SLOW: dict[str, list[str]] = {
    "test": ["test", "unet", "--check", "it_takes_images_of_any_number_of_channels"],
    "preview": ["preview", "models/flies", "--labels", "labels.slp", "-o", "flies.png"],
    "predict": ["predict", "flies.mp4", "-m", "models/flies", "-o", "new.slp", "--frames", "0-3",
                "--progress", "none"],
    "sleap-track": ["sleap-track", "flies.mp4", "-m", "models/flies", "-o", "new.slp",
                    "--frames", "0-3", "--verbosity", "none"],
}  # fmt: skip


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return furnish(tmp_path_factory.mktemp("showcase"))


@pytest.fixture
def screens(
    furnished: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Screens:
    """``screens(*arguments)``: what a command writes at each width."""
    monkeypatch.setenv("POISE_CACHE_DIR", str(furnished.parent / "cache"))
    monkeypatch.setenv("POISE_OFFLINE", "1")
    monkeypatch.setattr("poise_workflows.evaluation.hota.is_installed", lambda: False)
    monkeypatch.setattr(
        "poise.testing.reporting.surroundings",
        lambda **options: {"keras": "3", "backend": "tensorflow", "backend_version": "2"},
    )

    def run(*arguments: str) -> dict[int, str]:
        shown = {}
        for width in WIDTHS:
            monkeypatch.setenv("COLUMNS", str(width))
            folder = tmp_path / str(width)
            if {"-o", "new", "shims"} & {*arguments}:  # it writes there
                shutil.copytree(furnished, folder)
            monkeypatch.chdir(folder if folder.exists() else furnished)
            monkeypatch.setattr(sys, "argv", ["poise", *arguments])
            capfd.readouterr()
            status = main(arguments)
            out, err = (
                text.replace(str(folder), "FOLDER").replace(str(furnished.parent), "CACHE")
                for text in capfd.readouterr()
            )
            assert str(tmp_path.parent) not in out + err, "no other machine has such a path"
            ended = f"(exit status {status})\n" if status else ""
            shown[width] = f"{out}{err}{ended}".replace(os.sep, "/")
        return shown

    return run


@pytest.fixture
def made_up_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ``doctor`` and ``matrix`` find, which is otherwise different on every machine."""
    monkeypatch.setattr("poise.cli.doctor.command.examine", examination)
    monkeypatch.setattr("poise.cli.matrix.environments.run", outcome)
    monkeypatch.setattr("poise.cli.matrix.environments.oldest_keras", lambda *_: "3.6")


@pytest.fixture
def rewrite(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--rewrite-screens"))


def looked_at(name: str, arguments: list[str], screens: Screens, rewrite: bool) -> None:
    shown = screens(*arguments)
    for width, text in shown.items():
        assert too_long(text, width) == []
    compare(name, shown, rewrite)


@pytest.mark.usefixtures("made_up_machine")
@pytest.mark.parametrize("name", SCREENS)
def test_what_a_command_writes_fits_and_is_what_was_looked_at(
    name: str, screens: Screens, rewrite: bool
) -> None:
    looked_at(name, SCREENS[name], screens, rewrite)


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("name", WITH_KERAS)
def test_so_is_what_a_command_writes_of_a_built_model(
    name: str, screens: Screens, rewrite: bool
) -> None:
    looked_at(name, WITH_KERAS[name], screens, rewrite)


@pytest.mark.slow
@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("name", SLOW)
def test_so_is_what_a_command_writes_that_runs_a_model(
    name: str, screens: Screens, rewrite: bool
) -> None:
    looked_at(name, SLOW[name], screens, rewrite)


@pytest.mark.parametrize("name", ["", *OWN, *IN_PLUGINS, "weights list", "weights where"])
def test_help_fits_and_is_what_was_looked_at(name: str, screens: Screens, rewrite: bool) -> None:
    stem = "-".join(["help", *name.split()])
    looked_at(stem, [*name.split(), "--help"], screens, rewrite)


def test_a_listing_of_all_that_is_installed_has_a_line_a_plugin(screens: Screens) -> None:
    for width, text in screens("list").items():
        assert too_long(text, width) == []
        assert len(text.splitlines()) <= text.count(" ok") + text.count("disabled") + 4


@pytest.mark.slow
def test_what_the_doctor_says_of_any_machine_fits(screens: Screens) -> None:
    for width, text in screens("doctor").items():
        assert too_long(text, width) == []
        assert "poise" in text


def test_no_stored_screen_is_left_over() -> None:
    named = {*SCREENS, *WITH_KERAS, *SLOW, "help", "help-weights-list", "help-weights-where"}
    named |= {f"help-{name}" for name in (*OWN, *IN_PLUGINS)}

    assert {file.stem for file in FOLDER.glob("*.txt")} == named


def test_a_line_that_is_too_long_is_found() -> None:
    assert too_long("word " * 13, 60) == ["word " * 13]
    assert too_long("fix: pip install " + "word " * 13, 60) == []
    assert too_long(f"  read from /{'folder/' * 9}", 60) == []
    assert stored({60: "a 0.1.0", 80: "a 0.2.0", 100: "b"}).startswith("=== 60, 80 columns ===\na")
