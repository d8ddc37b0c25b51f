"""``poise recommend`` against what ``poise train`` and ``poise predict`` then need."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import poise
import poise_workflows
from poise.cli import main
from small_trainings import JOB, write_job, write_labels

SIDE = 96

FEW_STEPS = (
    *("optimization.epochs=1", "optimization.batches_per_epoch=3"),
    *("optimization.min_batches_per_epoch=1", "optimization.val_batches_per_epoch=1"),
    "optimization.min_val_batches_per_epoch=1",
)
BATCH = 4
NEAR = 0.2
"""How far a figure may be off, as a part of what a process really takes."""

PEAK = """
import sys
from pathlib import Path
from poise.cli import main

status = main(sys.argv[2:])
lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
Path(sys.argv[1]).write_text(lines["VmHWM"].split()[0])
sys.exit(status)
"""


def peak_of(folder: Path, *words: str) -> int:
    """Run a command of Poise in a process of its own; the most bytes that it takes at a time."""
    answer = folder / "peak.txt"
    command = [sys.executable, "-c", PEAK, str(answer), *words]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return 1024 * int(answer.read_text())


def train(folder: Path, config: Path, labels: Path) -> int:
    """The most bytes of a short training."""
    sets = [f"--set={value}" for value in FEW_STEPS]
    return peak_of(
        folder,
        *("train", str(config), str(labels), "-o", str(folder / "run"), *sets),
        *("--device", "cpu", "--progress", "none"),
    )


def predict(folder: Path, labels: Path, batch_size: int) -> int:
    """The most bytes of a prediction with that model."""
    return peak_of(
        folder,
        *("predict", str(labels), "--only-labeled", "-m", str(folder / "run")),
        *("-o", str(folder / "predicted.slp"), "--batch-size", str(batch_size)),
        *("--device", "cpu", "--progress", "none"),
    )


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with labels of animals of five pixels, and a job."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    write_labels(tmp_path / "flies", frames=28, side=SIDE)
    write_job(tmp_path / "job.json")
    return tmp_path


LABELS = "flies/labels.slp"


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells the memory of a process")
@pytest.mark.usefixtures("keras", "quick")
def test_memory_of_what_is_recommended_is_what_training_takes(place: Path) -> None:
    result = poise_workflows.recommend(
        "job.json", LABELS, memory="2GiB", output="best.json", limit=6, measured=1
    )

    best = result.configurations[0]
    assert best.is_measured
    training = train(place, Path("best.json"), Path(LABELS))
    assert best.training_bytes == pytest.approx(training, rel=NEAR)


BUDGETS: dict[str, dict[str, float]] = {
    "more than the profile needs": {"memory": 2.0},
    "less memory than the profile needs": {"memory": 0.8},
    "faster than the profile is": {"fps": 1.5},
}
"""Bounds as a part of what the profile itself takes on this machine."""

LARGER: dict[str, Any] = {
    **JOB["model"],
    "backbone": {"unet": {"filters": 16, "max_stride": 16, "output_stride": 2}},
}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells the memory of a process")
@pytest.mark.parametrize("name", BUDGETS)
@pytest.mark.usefixtures("keras")
def test_three_budgets_are_met(name: str, place: Path) -> None:
    write_labels(place / "large", frames=60, side=224)
    write_job(place / "larger.json", model=LARGER)
    labels = Path("large/labels.slp")
    itself = recommended(labels, limit=1, measured=1, memory="64GiB")
    takes = {"memory": itself.training_bytes, "fps": itself.fps}
    bounds = {what: part * takes[what] for what, part in BUDGETS[name].items()}

    best = recommended(labels, limit=60, measured=2, output="best.json", **bounds)

    assert best.is_measured
    assert (best.changes == {}) == ("more" in name)
    assert best.training_bytes <= bounds.get("memory", best.training_bytes)
    assert best.fps >= bounds.get("fps", 0)
    training = train(place, Path("best.json"), labels)
    prediction = predict(place, labels, BATCH)
    assert best.training_bytes == pytest.approx(training, rel=NEAR)
    assert best.prediction_bytes == pytest.approx(prediction, rel=NEAR)


def recommended(labels: Path, **asked: Any) -> Any:
    """The best configuration for a budget."""
    memory = asked.pop("memory", None)
    asked["memory"] = int(memory) if isinstance(memory, float) else memory
    result = poise_workflows.recommend("larger.json", labels, batch_size=BATCH, **asked)
    return result.configurations[0]


@pytest.mark.usefixtures("keras", "place", "quick")
def test_the_profile_itself_is_recommended_where_it_fits() -> None:
    result = poise_workflows.recommend(
        "job.json", LABELS, memory="2GiB", output="best.json", limit=4, measured=0
    )

    assert result.configurations[0].changes == {}
    assert result.output == Path("best.json")
    assert poise.read("best.json").config == poise.read("job.json").config


@pytest.mark.usefixtures("keras", "place", "quick")
def test_what_is_written_is_the_profile_with_the_changes() -> None:
    result = poise_workflows.recommend(
        "job.json", LABELS, fps=2 * MACHINE_FPS, output="best.yaml", limit=25, measured=0
    )

    changes = result.configurations[0].changes
    assert changes
    assert all(each.fps >= 2 * MACHINE_FPS for each in result.configurations)
    written = poise_workflows.training.jobs.read_job("best.yaml")
    asked = poise_workflows.training.jobs.read_job("job.json", changes)
    assert written.config == asked.config
    assert written.preprocessing == asked.preprocessing
    assert written.sections.optimization == asked.sections.optimization


@pytest.mark.usefixtures("keras", "place", "quick")
def test_the_batch_that_is_asked_for_is_written() -> None:
    poise_workflows.recommend(
        "job.json", LABELS, memory="2GiB", batch_size=3, output="best.json", limit=1, measured=0
    )

    assert json.loads(Path("best.json").read_text())["optimization"]["batch_size"] == 3


@pytest.mark.usefixtures("keras", "place", "quick")
def test_a_file_that_is_there_is_kept_under_a_numbered_name() -> None:
    Path("best.json").write_text("mine")

    result = poise_workflows.recommend(
        *("job.json", LABELS),
        memory="2GiB",
        output="best.json",
        limit=1,
        measured=0,
        overwrite=True,
    )

    assert Path("best.1.json").read_text() == "mine"
    assert "the former best.json is now best.1.json" in result.notes


@pytest.mark.usefixtures("keras", "place", "quick")
def test_values_that_are_set_stay() -> None:
    result = poise_workflows.recommend(
        *("job.json", LABELS), memory="2GiB", limit=12, measured=0,
        values={"backbone.unet.filters": 6},
    )  # fmt: skip

    paths = {path for each in result.configurations for path in each.changes}
    assert paths
    assert "model.backbone.unet.filters" not in paths
    assert "model.backbone.unet.filters" not in (*result.fields, *result.fixed)


@pytest.mark.usefixtures("keras", "place", "quick")
def test_the_command_shows_a_table_and_says_what_leaves_out_the_rest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["recommend", "job.json", "--labels", LABELS, "--fps", str(MACHINE_FPS)]
    status = main([*words, "--limit", "12", "--measured", "0", "-o", "best.json"])

    said = capsys.readouterr().out
    assert status == 0
    assert "TRAINING" in said
    assert "slower than" in said
    assert "~ an estimate" in said
    assert "wrote best.json" in said


@pytest.mark.usefixtures("keras", "place", "quick")
def test_where_nothing_fits_the_nearest_bound_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["recommend", "job.json", "--labels", LABELS, "--memory", "100MiB"]
    status = main([*words, "--limit", "4", "--measured", "0", "-o", "best.json"])

    said = capsys.readouterr().out
    assert status == 1
    assert "nothing fits" in said
    assert "the nearest: " in said
    assert "% more" in said
    assert "4 need more than 100 MiB in training" in said
    assert not Path("best.json").exists()


@pytest.mark.usefixtures("keras", "place", "quick")
def test_the_json_has_everything(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["recommend", "job.json", "--labels", LABELS, "--memory", "2GiB", "--json"]
    assert main([*words, "--limit", "3", "--measured", "0"]) == 0

    data = json.loads(capsys.readouterr().out)
    assert data["looked_at"] == 3
    assert data["animal_size"] == pytest.approx(5, abs=0.5)
    assert [each["is_measured"] for each in data["configurations"]] == [False] * 3
    assert data["output"] is None


MACHINE_FPS = 400
"""Frames a second of the made-up machine for which the job is too slow."""


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that needs no process to be measured."""
    from poise_workflows.recommending.estimates import Machine

    machine = Machine(
        backend="tensorflow",
        training=6e8,
        predicting=5e8,
        operations=5e9,
        traffic=2e9,
        call=1e-3,
    )
    monkeypatch.setattr("poise_workflows.recommending.workflow.measure_machine", lambda: machine)
