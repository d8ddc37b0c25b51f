"""A run says at its end how good it is, whatever happens meanwhile."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import poise
import poise_workflows
from poise_workflows.frames.slp_labels import load_labels
from poise_workflows.training.jobs import read_job
from poise_workflows.training.options import options_of
from poise_workflows.training.plans import plan_of
from poise_workflows.training.sleap_files import truth_of_frames
from poise_workflows.training.summaries import videos_of
from small_trainings import JOB, contents, differing, write_job, write_labels

pytestmark = pytest.mark.usefixtures("keras")

ONE_EPOCH = {"optimization.epochs": 1}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with labels, a test set of their own, and a run."""
    place = tmp_path_factory.mktemp("lab")
    labels = write_labels(place / "flies")
    test = write_labels(place / "others", frames=3, seed=1)
    job = write_job(place / "job.json")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("poise_workflows.training.evaluating.MOST", 5)
        poise_workflows.train(
            job, labels, place / "run", test=test, validation=0.3, values={"optimization.epochs": 2}
        )
    return place


def figures(path: Path) -> dict[str, Any]:
    return {
        name: value
        for name, value in poise_workflows.read_metrics(path).items()
        if not math.isnan(value)
    }


def labels_with(place: Path, frames: list[list[int]]) -> Any:
    """The labels of some frames alone."""
    labels = load_labels(place / "flies/labels.slp")
    numbers = [number for _, number in frames]
    labels.labeled_frames = [each for each in labels if each.frame_idx in numbers]
    return labels


def test_metrics_of_every_set_are_in_the_run(place: Path) -> None:
    files = {name: place / "run" / name for name in ("metrics.json", "metrics.test.json")}

    assert figures(files["metrics.json"])["frames.labeled"] == 3
    assert figures(files["metrics.test.json"])["frames.labeled"] == 3
    data = json.loads(files["metrics.test.json"].read_text())
    assert data["truth"] == f"{place / 'others/labels.slp'} (test)"
    assert data["predicted"] == str(place / "run")


def test_they_are_what_evaluate_says_of_the_best_weights(place: Path) -> None:
    split = json.loads((place / "run/split.json").read_text())["frames"]

    result = poise_workflows.evaluate(labels_with(place, split["validation"]), models=place / "run")

    expected = {name: value for name, value in result.metrics.items() if isinstance(value, float)}
    assert poise_workflows.read_metrics(place / "run/metrics.json") == pytest.approx(
        {**poise_workflows.read_metrics(place / "run/metrics.json"), **expected}, nan_ok=True
    )
    assert result.metrics["frames.trained"] == 0
    assert "3 of 3 frames validated the model, which flatters it a little" in result.notes


def test_of_many_training_frames_some_are_evaluated_and_the_notes_say_so(place: Path) -> None:
    data = json.loads((place / "run/metrics.train.json").read_text())

    assert data["metrics"]["frames.labeled"]["value"] == 5
    assert data["metrics"]["frames.trained"]["value"] == 5
    assert data["notes"][0] == "5 of 7 training frames, evenly spread"
    assert "5 of 5 frames trained the model: they flatter it" in data["notes"]


def test_a_model_is_not_evaluated_on_its_training_frames_unless_that_is_asked_for(
    place: Path,
) -> None:
    labels, run = place / "flies/labels.slp", place / "run"

    with pytest.raises(poise_workflows.EvaluationError, match="got 7 of 10 frames that trained"):
        poise_workflows.evaluate(labels, models=[run])
    with pytest.raises(poise_workflows.EvaluationError, match="got 7 of 10 frames that trained"):
        poise_workflows.evaluate(labels, models=[run / "best"])
    result = poise_workflows.evaluate(labels, models=[run], including_training_frames=True)
    other = poise_workflows.evaluate(place / "others/labels.slp", models=[run])

    assert (result.metrics["frames.labeled"], result.metrics["frames.trained"]) == (10, 7)
    assert figures(run / "metrics.test.json")["dist.avg"] == pytest.approx(
        other.metrics["dist.avg"]
    )


def test_files_of_predictions_are_known_to_be_of_the_run(place: Path) -> None:
    labels, output = place / "flies/labels.slp", place / "flies.predicted.slp"
    poise_workflows.predict(labels, place / "run", output)

    with pytest.raises(poise_workflows.EvaluationError, match="got 7 of 10 frames that trained"):
        poise_workflows.evaluate(labels, output)


def test_a_summary_tells_of_the_run(place: Path) -> None:
    (summary,) = poise_workflows.summarize_runs([place / "run"])

    assert (summary.state, summary.head, summary.epochs) == ("finished", "single_instance", 2)
    assert summary.parameters == poise.read(place / "run").build().count_params()
    assert summary.seconds
    assert set(summary.metrics) == {"validation", "test", "train"}


@pytest.mark.parametrize("head", ["centroid", "centered_instance"])
def test_a_stage_of_top_down_is_evaluated_alone(head: str, tmp_path: Path) -> None:
    labels = write_labels(tmp_path / "flies", animals=2)
    model = {**JOB["model"], "heads": {head: {"output_stride": 2}}}
    job = write_job(tmp_path / "job.json", model=model)

    run = poise_workflows.train(job, labels, tmp_path / "run", values=ONE_EPOCH)

    data = json.loads((run.folder / "metrics.json").read_text())
    stage = poise.heads[head].stage
    assert data["notes"][0].startswith(f"a model of stage {stage} alone: ")
    assert data["metrics"]["frames.labeled"]["value"] == 1
    if head == "centroid":  # the parts are those of the truth
        assert data["metrics"]["dist.avg"]["value"] is None
        assert data["parts"] == {}
    else:
        assert data["metrics"]["detection.recall"]["value"] == 1


def test_images_that_were_moved_are_evaluated_where_they_are_now(tmp_path: Path) -> None:
    labels, images = write_labels(tmp_path / "flies"), tmp_path / "images"
    images.mkdir()
    for image in labels.parent.glob("*.png"):
        image.rename(images / image.name)
    job = read_job(str(write_job(tmp_path / "job.json")))

    plan = plan_of(job, labels, options_of({"video_paths": (images,)}))
    truth = truth_of_frames(plan, plan.sets.split.validation)

    assert len(truth) == 1
    assert all(Path(name).parent == images for name in truth.videos[0].filename)
    number = str(truth[0].frame_idx)
    (file,) = videos_of(plan)["files"]["0"]
    assert str((images / f"{number:0>3}.png").resolve()) in file["images"][number]


def test_an_evaluation_that_fails_fails_no_training_and_the_run_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any) -> None:
        raise RuntimeError("the device is gone")

    monkeypatch.setattr("poise_workflows.evaluation.predicting.predicted", fail)
    labels = write_labels(tmp_path / "flies")

    run = poise_workflows.train(
        write_job(tmp_path / "job.json"), labels, tmp_path / "run", values=ONE_EPOCH
    )

    assert run.notes[-1] == (
        "the run could not be evaluated: RuntimeError: the device is gone; "
        f"`poise evaluate LABELS -m {run.folder}` tries again"
    )
    assert json.loads((run.folder / "status.json").read_text())["state"] == "finished"
    assert not list(run.folder.glob("metrics*"))
    assert run.metrics == {}
    assert poise.read(run.folder).weights is not None


DYING = """
import os, sys
from poise_workflows.training import evaluating
from poise.cli import main

write = evaluating.write_metrics

def die(evaluation, path):
    if "train" in path.name:
        os._exit(9)
    write(evaluation, path)

evaluating.write_metrics = die
sys.exit(main(["train", *sys.argv[1:]]))
"""


def test_a_run_that_is_killed_while_it_is_evaluated_goes_on_and_evaluates(tmp_path: Path) -> None:
    job, labels = write_job(tmp_path / "job.json"), write_labels(tmp_path / "flies")
    words = [str(job), str(labels), "-o", str(tmp_path / "run"), "--set", "optimization.epochs=1"]

    killed = subprocess.run([sys.executable, "-c", DYING, *words], check=False)
    status = json.loads((tmp_path / "run/status.json").read_text())
    before, files = contents(tmp_path / "run"), {*(tmp_path / "run").glob("metrics*")}
    run = poise_workflows.train(job, labels, tmp_path / "run", values=ONE_EPOCH)

    assert (killed.returncode, status["state"]) == (9, "running")
    assert {file.name for file in files} == {"metrics.json"}
    assert not run.was_finished
    assert (run.folder / "metrics.train.json").is_file()
    assert json.loads((run.folder / "status.json").read_text())["state"] == "finished"
    assert differing(before, contents(run.folder)) == []
