"""Runs beside each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sleap_io

from made_runs import write_run
from poise.cli import main
from poise_workflows import EvaluationError, RunSummary, summarize_runs

VIDEO = sleap_io.Video(filename="/lab/flies.mp4", open_backend=False)
GOOD = {"dist.p50": 1.25, "dist.avg": 1.5, "dist.p95": 3.0, "detection.f1": 0.5}
BETTER: Any = {**GOOD, "dist.p50": 1.0, "detection.recall": None}


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two runs that validated on the same frames."""
    monkeypatch.chdir(tmp_path)
    more: dict[str, Any] = {"best_epoch": 2, "best_loss": 0.0125, "seconds": 65.2}
    write_run(Path("first"), [VIDEO], validation=[1], metrics={"metrics.json": GOOD}, **more)
    files = {"metrics.json": BETTER, "metrics.test.json": GOOD}
    write_run(Path("second"), [VIDEO], validation=[1], metrics=files)
    return ["first", "second"]


def test_a_summary_has_what_a_run_is_and_how_good_it_became(runs: list[str]) -> None:
    first, second = summarize_runs(runs)

    assert (first.run, first.head, first.backbone) == (Path("first"), "single_instance", "unet")
    assert (first.epochs, first.best_epoch, first.best_loss) == (3, 2, 0.0125)
    assert (first.parameters, first.seconds, first.notes) == (1234, 65.2, ())
    assert first.figure("dist.p50") == 1.25
    assert set(second.metrics) == {"validation", "test"}


def test_the_command_prints_one_table(
    runs: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", *runs]) == 0

    header, *lines = capsys.readouterr().out.splitlines()
    names = ["RUN", "HEAD", "BACKBONE", "MEDIAN", "MEAN", "95", "%", "F1", "RECALL", "mAP"]
    assert header.split() == [*names, "EPOCHS", "LOSS", "PARAMETERS", "TIME"]
    of_first = ["first", "single_instance", "unet", "1.25", "1.50", "3.00", "0.500", "–", "–"]
    assert lines[0].split() == [*of_first, "2", "of", "3", "0.0125", "1,234", "1", "min", "5", "s"]
    assert lines[1].split()[3] == "1.00"
    assert lines[3] == "Of the validation frames; errors in pixels."
    assert not [line for line in lines if "note" in line]


def test_a_narrow_terminal_keeps_the_errors(
    runs: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")

    assert main(["evaluate", *runs]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 60
    assert {"RUN", "MEDIAN", "95", "F1"} <= set(lines[0].split())
    assert any("too narrow for" in line for line in lines)


def test_json_has_every_set_and_null_for_what_is_not_there(
    runs: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", *runs, "--json"]) == 0

    first, second = json.loads(capsys.readouterr().out)["runs"]
    assert (first["run"], first["seconds"], first["metrics"]["validation"]) == ("first", 65.2, GOOD)
    assert second["metrics"]["validation"]["detection.recall"] is None
    assert second["metrics"]["test"] == GOOD


def test_runs_that_validate_on_different_frames_are_said_to_compare_badly(
    runs: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(Path("third"), [VIDEO], validation=[2], metrics={"metrics.json": GOOD})

    assert main(["evaluate", *runs, "third"]) == 0

    assert "note  the runs validate on different frames" in capsys.readouterr().out


def test_a_run_without_metrics_has_a_row_and_the_reason(
    runs: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(Path("old"), validation=[1])
    write_run(Path("lost"), [VIDEO], validation=[1], state="failed", reason="the disk is full")

    assert main(["evaluate", "old", "lost"]) == 0

    out = capsys.readouterr().out
    assert out.splitlines()[1].split()[:4] == ["old", "single_instance", "unet", "–"]
    assert "old: it has no metrics.json; `poise evaluate LABELS -m old` does it" in out
    assert "lost: failed (the disk is full): a run is evaluated at its end" in out


def test_a_single_run_is_a_table_of_one_row(
    runs: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "first"]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("first ")


def test_every_folder_that_is_no_run_is_named_at_once(runs: list[str]) -> None:
    Path("models").mkdir()
    (write_run(Path("broken"), [VIDEO]) / "report.json").write_text("[")

    with pytest.raises(EvaluationError) as caught:
        summarize_runs([*runs, "models", "gone", "broken"])

    lines = str(caught.value).splitlines()[1:]
    assert lines[:2] == [
        "  must be the folder of a run, as all others are, got models, another folder @ runs",
        "  must be the folder of a run, as all others are, got gone, which is not there @ runs",
    ]
    assert lines[2].startswith("  must be readable, got DamagedRunError: ")


def test_what_anybody_may_have_written_is_no_figure(
    runs: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(Path("odd"), [VIDEO], validation=[1], seconds="long", best_loss="small")
    for name, key, value in (("report", "parameters", "many"), ("split", "files", [1])):
        data = json.loads(Path(f"odd/{name}.json").read_text())
        Path(f"odd/{name}.json").write_text(json.dumps({**data, key: value}))

    (summary,) = summarize_runs(["odd"])

    assert (summary.seconds, summary.best_loss, summary.parameters) == (None, None, None)
    assert main(["evaluate", *runs, "odd"]) == 0
    assert "different frames" not in capsys.readouterr().out


def test_damaged_metrics_are_a_fault_of_their_file(runs: list[str]) -> None:
    Path("first/metrics.json").write_text("[]")

    with pytest.raises(EvaluationError, match="must be metrics that `poise evaluate` wrote"):
        summarize_runs(runs)


def test_a_summary_without_figures_has_none() -> None:
    summary = RunSummary(
        run=Path("a"),
        state="running",
        head="centroid",
        backbone="unet",
        epochs=1,
        best_epoch=1,
        best_loss=None,
        parameters=None,
        seconds=None,
        metrics={},
    )

    assert summary.figure("dist.p50") != summary.figure("dist.p50")
    assert summary.to_json()["run"] == "a"
