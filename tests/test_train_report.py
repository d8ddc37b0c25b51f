"""``report.html`` of trainings: what it shows, what it costs nothing, and what it survives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import poise
import poise_workflows
from report_pages import ReportPage
from small_trainings import JOB, PARTS, contents, differing, write_job, write_labels

pytestmark = pytest.mark.usefixtures("keras")

HEADS: dict[str, dict[str, Any]] = {
    "single_instance": {"output_stride": 2},
    "centroid": {"output_stride": 2},
    "multi_instance": {"confmaps": {"output_stride": 2}, "pafs": {"output_stride": 4}},
    "multi_class_topdown": {
        "confmaps": {"output_stride": 2},
        "class_vectors": {"num_fc_layers": 1, "num_fc_units": 4, "output_stride": 4},
    },
}
THREE = {"optimization.epochs": 3}


def trained(
    folder: Path, head: str = "single_instance", labels: Path | None = None, **more: Any
) -> Path:
    """A run of three epochs."""
    folder.mkdir(exist_ok=True)
    labels = labels or write_labels(folder / "flies", frames=20, animals=2, tracks=2)
    model = {**JOB["model"], "heads": {head: HEADS[head]}}
    job = write_job(folder / "job.json", model=model)
    options = {"validation": 0.5, "values": THREE, **more}
    poise_workflows.train(job, labels, folder / "run", **options)
    return folder / "run"


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(head, marks=pytest.mark.slow) if head == "multi_instance" else head
        for head in HEADS
    ],
)
def test_every_kind_of_head_has_a_page_with_curves_pictures_and_errors(
    head: str, tmp_path: Path
) -> None:
    run = trained(tmp_path, head)

    page = ReportPage(run)
    reading = poise.read(run)
    outputs = poise.resolve(reading.config, reading.skeleton, reading.classes).outputs
    maps = sum(output.spatial for output in outputs)
    assert page.epochs == [1, 2, 3]
    assert set(page.points) == {3}
    assert len(page.points) >= 3
    assert page.tags.count("image") >= 8 * 3 * (1 + maps)
    for output in outputs:
        assert output.name in page.words
    for part in ("centroid",) if head == "centroid" else PARTS:
        assert f"{part}" in page.words.partition("Errors by part")[2]
    assert "What Poise measured at the end" in page.words
    assert ("Identities" in page.words) == (head == "multi_class_topdown")
    assert "Finished: every epoch is done." in page.words
    assert page.fetched == []
    assert "http" not in page.without_pictures.replace("http-equiv", "")
    assert len(page.text) < 1_000_000
    notes = json.loads((run / "report.json").read_text(encoding="utf-8"))["notes"]
    assert [note for note in notes if "report.html" in note] == []


class Killed(Exception):
    """Ends a training between two epochs."""


def test_a_run_that_goes_on_has_the_same_page_and_no_page_changes_a_weight(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import keras

    from poise_workflows.reporting.callback import Reporter

    class Kill(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch == 2:
                raise Killed

    labels = write_labels(tmp_path / "flies", frames=20)
    whole = trained(tmp_path / "calm", labels=labels)
    with pytest.raises(Killed):
        trained(tmp_path / "other", labels=labels, callbacks=[Kill()])
    before = ReportPage(tmp_path / "other" / "run")

    run = trained(tmp_path / "other", labels=labels)

    assert before.epochs == [1, 2]
    assert "Failed: Killed" in before.words
    assert ReportPage(run).epochs == [1, 2, 3]
    for name in sorted(path.name for path in (whole / "report").iterdir()):
        assert (run / "report" / name).read_bytes() == (whole / "report" / name).read_bytes()
    assert ReportPage(run).text == ReportPage(whole).text
    times = (run / "report.html").stat().st_mtime_ns
    assert (trained(tmp_path / "other", labels=labels) / "report.html").stat().st_mtime_ns == times

    monkeypatch.setattr(Reporter, "on_epoch_end", lambda self, epoch, logs=None: None)
    without = trained(tmp_path / "without", labels=labels)

    assert ReportPage(without).epochs == []
    for other in (run, without):
        assert differing(contents(whole), contents(other)) == []


def test_pictures_that_fail_are_a_note_and_the_training_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*arguments: Any, **options: Any) -> None:
        raise ValueError("no ink")

    monkeypatch.setattr("poise_workflows.reporting.callback.draw", fail)

    run = trained(tmp_path)

    status = json.loads((run / "status.json").read_text(encoding="utf-8"))
    notes = json.loads((run / "report.json").read_text(encoding="utf-8"))["notes"]
    said = "report.html is without new pictures: ValueError: no ink"
    assert (status["state"], status["epochs_done"]) == ("finished", 3)
    assert [note for note in notes if "report.html" in note] == [said]
    page = ReportPage(run)
    assert set(page.points) == {3}
    assert said in page.words


def test_a_decoder_that_fails_leaves_the_maps(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*arguments: Any, **options: Any) -> None:
        raise poise.DecodeError([poise.Fault("no peak is to be had")])

    monkeypatch.setattr(poise, "decode", fail)

    page = ReportPage(trained(tmp_path))

    assert "Maps alone: decoding failed: no peak is to be had" in page.words
    assert page.epochs == [1, 2, 3]
    assert page.tags.count("image") == 8 * 3 * 2


def test_a_page_that_somebody_holds_open_as_a_folder_ends_no_training(tmp_path: Path) -> None:
    import keras

    class Block(keras.callbacks.Callback):
        def on_train_begin(self, logs: Any = None) -> None:
            (tmp_path / "run" / "report.html").mkdir()

    run = trained(tmp_path, callbacks=[Block()])

    notes = json.loads((run / "report.json").read_text(encoding="utf-8"))["notes"]
    assert [note for note in notes if note.startswith("report.html is not written: ")]
    assert json.loads((run / "status.json").read_text(encoding="utf-8"))["state"] == "finished"
