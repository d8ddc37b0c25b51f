"""``report.html`` of trainings: what it shows, what it costs nothing, and what it survives."""

from __future__ import annotations

import json
import time
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


def trained(folder: Path, head: str = "single_instance", **more: Any) -> Path:
    """A run of three epochs."""
    folder.mkdir(exist_ok=True)
    labels = folder / "flies" / "labels.slp"
    if not labels.exists():
        write_labels(folder / "flies", frames=20, animals=2, tracks=2)
    model = {**JOB["model"], "heads": {head: HEADS[head]}}
    job = write_job(folder / "job.json", model=model)
    options = {"validation": 0.5, "values": THREE, **more}
    poise_workflows.train(job, labels, folder / "run", **options)
    return folder / "run"


@pytest.mark.parametrize("head", HEADS)
def test_every_kind_of_head_has_a_page_with_curves_pictures_and_errors(
    head: str, tmp_path: Path
) -> None:
    run = trained(tmp_path, head)

    page = ReportPage(run)
    outputs = poise.resolve(poise.read(run).config, poise.Skeleton(PARTS)).outputs
    maps = sum(output.spatial for output in outputs)
    assert page.epochs == [1, 2, 3]
    assert set(page.points) <= {3, len([1 for _ in page.epochs])}
    assert len(page.points) >= 3
    assert page.tags.count("image") >= 8 * 3 * (1 + maps)
    for output in outputs:
        assert output.name in page.words
    for part in ("centroid",) if head == "centroid" else PARTS:
        assert f"{part}" in page.words.partition("Errors by part")[2]
    assert ("Identities" in page.words) == (head == "multi_class_topdown")
    assert "Finished: every epoch is done." in page.words
    assert page.fetched == []
    assert "http" not in page.without_pictures.replace("http-equiv", "")
    assert len(page.text) < 1_000_000
    notes = json.loads((run / "report.json").read_text(encoding="utf-8"))["notes"]
    assert [note for note in notes if "report.html" in note] == []


class Killed(Exception):
    """Ends a training between two epochs."""


def test_a_run_that_goes_on_keeps_the_pictures_of_earlier_epochs(tmp_path: Path) -> None:
    import keras

    class Kill(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch == 2:
                raise Killed

    whole = trained(tmp_path / "calm")
    with pytest.raises(Killed):
        trained(tmp_path / "other", callbacks=[Kill()])
    before = ReportPage(tmp_path / "other" / "run")

    run = trained(tmp_path / "other")

    assert before.epochs == [1, 2]
    assert "Failed: Killed" in before.words
    assert ReportPage(run).epochs == [1, 2, 3]
    for name in sorted(path.name for path in (whole / "report").iterdir()):
        assert (run / "report" / name).read_bytes() == (whole / "report" / name).read_bytes()
    assert ReportPage(run).text.replace("/other/", "/calm/") == ReportPage(whole).text


def test_weights_are_the_same_with_and_without_a_report(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with_page = trained(tmp_path / "with")
    from poise_workflows.reporting.callback import Reporter

    monkeypatch.setattr(Reporter, "on_epoch_end", lambda self, epoch, logs=None: None)
    without = trained(tmp_path / "without")

    assert ReportPage(without).epochs == []
    assert differing(contents(with_page), contents(without)) == []


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("draw", "without new pictures: ValueError: no ink"),
        ("write_page", "not written: ValueError: no ink"),
    ],
)
def test_a_report_that_fails_is_a_note_and_the_training_goes_on(
    broken: str, words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*arguments: Any) -> None:
        raise ValueError("no ink")

    monkeypatch.setattr(f"poise_workflows.reporting.callback.{broken}", fail)

    run = trained(tmp_path)

    status = json.loads((run / "status.json").read_text(encoding="utf-8"))
    notes = json.loads((run / "report.json").read_text(encoding="utf-8"))["notes"]
    assert (status["state"], status["epochs_done"]) == ("finished", 3)
    assert [note for note in notes if "report.html" in note] == [f"report.html is {words}"]
    page = ReportPage(run)  # the last writing reads what is in the folder
    assert "loss: training from" in page.words
    assert words in page.words


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


def test_a_finished_run_keeps_its_page(tmp_path: Path) -> None:
    run = trained(tmp_path)
    before = (run / "report.html").stat().st_mtime_ns
    time.sleep(0.01)

    assert (trained(tmp_path) / "report.html").stat().st_mtime_ns == before
