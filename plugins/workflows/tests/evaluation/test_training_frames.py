"""Frames that trained the model are refused, as far as anybody can know them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sleap_io

import poise_workflows
from compared_labels import labels_of
from made_runs import write_run
from poise.cli import main
from poise_workflows import Evaluation, EvaluationError

POINTS = np.array([[0.0, 0], [20, 10], [40, 25]])
FRAMES = {n: [{"points": POINTS}] for n in range(10)}
FILM = "/lab/flies.mp4"


def video_of(name: Any, **stored: Any) -> Any:
    return sleap_io.Video(filename=name, open_backend=False, backend_metadata=stored)


def predictions_of(*models: Path, video: Any = FILM) -> Any:
    """Predictions that name their models."""
    labels = labels_of(FRAMES, video=video, predicted=True)
    if models:
        labels.provenance["model_paths"] = [str(model) for model in models]
    return labels


def evaluated(truth: Any, predicted: Any, **options: Any) -> Evaluation:
    return poise_workflows.evaluate(truth, predicted, including_training_frames=True, **options)


def test_frames_that_trained_the_model_of_a_run_are_refused(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [video_of(FILM)], train=range(4), validation=[4, 5])
    truth, predicted = labels_of(FRAMES, video=FILM), predictions_of(run / "best" / "config.json")
    (run / "best").mkdir()
    (run / "best" / "config.json").touch()

    with pytest.raises(EvaluationError) as caught:
        poise_workflows.evaluate(truth, predicted)

    assert str(caught.value) == (
        f"must have frames that no model was trained on, got 4 of 10 frames that trained {run}; "
        "name other labels, or pass including_training_frames=True to compare them all the same "
        "@ truth"
    )


def test_they_are_compared_if_that_is_asked_for_and_counted(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [video_of(FILM)], train=range(4), validation=[4, 5])
    predicted = predictions_of(run)

    result = evaluated(labels_of(FRAMES, video=FILM), predicted)
    sleaps = evaluated(labels_of(FRAMES, video=FILM), predicted, edition="sleap-1.4")

    assert result.metrics["frames.trained"] == 4
    assert result.notes[-2:] == (
        "4 of 10 frames trained the model: they flatter it",
        "2 of 10 frames validated the model, which flatters it a little",
    )
    assert "frames.trained" not in sleaps.metrics
    assert sleaps.notes == ()


def test_other_frames_of_the_same_video_are_welcome(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [video_of(FILM)], train=range(20, 30), validation=[30])

    result = poise_workflows.evaluate(labels_of(FRAMES, video=FILM), predictions_of(run))

    assert result.metrics["frames.trained"] == 0
    assert not [note for note in result.notes if "trained" in note]


def test_the_same_frames_of_another_video_are_welcome_too(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [video_of("/lab/others.mp4")], train=range(10))

    result = poise_workflows.evaluate(labels_of(FRAMES, video=FILM), predictions_of(run))

    assert result.metrics["frames.trained"] == 0


def test_images_that_were_taken_from_the_video_are_frames_of_it(tmp_path: Path) -> None:
    package = video_of("/cluster/flies.pkg.slp", dataset="video0/video")
    package.source_video = video_of(FILM)
    run = write_run(tmp_path / "run", [package], train=[1])

    result = evaluated(labels_of(FRAMES, video=FILM), predictions_of(run))

    assert result.metrics["frames.trained"] == 1


def test_an_image_is_the_same_in_another_list(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [video_of(["/lab/a.png", "/lab/b.png"])], train=[0, 1])
    truth = labels_of({0: FRAMES[0], 1: FRAMES[0]})
    truth.videos[0].filename = ["/lab/b.png", "/lab/c.png"]
    predicted = predictions_of(run)
    predicted.videos[0].filename = ["/lab/b.png", "/lab/c.png"]

    assert evaluated(truth, predicted).metrics["frames.trained"] == 1


def test_a_relative_path_is_that_of_the_file_there(tmp_path: Path) -> None:
    """Else it would mean any file of that name."""
    for folder in ("here", "there"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "flies.mp4").touch()
    run = write_run(tmp_path / "run", [video_of("flies.mp4")], train=[1], labels=tmp_path / "here")
    paths = []
    for folder in ("here", "there"):
        paths.append(tmp_path / folder / "truth.slp")
        labels_of(FRAMES, video="flies.mp4").save(str(paths[-1]), verbose=False)
    predicted = predictions_of(run, video="flies.mp4")

    here, there = (evaluated(path, predicted) for path in paths)

    assert (here.metrics["frames.trained"], there.metrics["frames.trained"]) == (1, 0)
    assert there.notes[-1] == (
        "1 of 10 frames have the name of a frame that trained the model, from another or an "
        "unknown folder: if they are the same, they flatter it"
    )


def test_what_the_model_began_with_counts_too(tmp_path: Path) -> None:
    first = write_run(tmp_path / "first", [video_of(FILM)], train=[0, 1])
    run = write_run(tmp_path / "run", [video_of(FILM)], train=[1, 2], start=str(first))
    circle = write_run(
        tmp_path / "circle", [video_of(FILM)], train=[5], start=str(tmp_path / "circle")
    )

    truth = labels_of(FRAMES, video=FILM)
    assert evaluated(truth, predictions_of(run)).metrics["frames.trained"] == 3
    assert evaluated(truth, predictions_of(circle)).metrics["frames.trained"] == 1


def test_sleaps_model_folder_has_its_training_frames(tmp_path: Path) -> None:
    model = tmp_path / "flies.bottomup"
    model.mkdir()
    (model / "training_config.json").touch()
    labels_of({n: FRAMES[n] for n in (3, 7)}, video=FILM).save(
        str(model / "labels_gt.train.slp"), verbose=False
    )

    with pytest.raises(EvaluationError, match=r"got 2 of 10 frames that trained .*bottomup"):
        poise_workflows.evaluate(
            labels_of(FRAMES, video=FILM), predictions_of(model / "training_config.json")
        )


def test_both_stages_of_top_down_count(tmp_path: Path) -> None:
    runs = [
        write_run(tmp_path / name, [video_of(FILM)], train=train)
        for name, train in (("centroid", [0, 1]), ("centered", [1, 2]))
    ]

    with pytest.raises(EvaluationError, match=r"got 3 of 10 frames that trained .*centroid, .*"):
        poise_workflows.evaluate(labels_of(FRAMES, video=FILM), predictions_of(*runs))


UNKNOWN = {
    "no model named": ((), "the predictions name no model"),
    "a model that is gone": (("gone",), "which frames trained gone is not known: it is not there"),
    "a model without a run": (("plain",), "it has neither a run nor labels_gt.train.slp"),
    "a run of an earlier Poise": (("old",), "an earlier Poise trained it"),
    "a damaged run": (("broken",), "which frames trained broken is not known: DamagedRunError"),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_nobody_knows_is_said_and_not_guessed(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plain").mkdir()
    write_run(Path("old"), train=[1])
    (write_run(Path("broken"), [video_of(FILM)], train=[1]) / "split.json").write_text("{")
    names, why = UNKNOWN[case]

    result = poise_workflows.evaluate(
        labels_of(FRAMES, video=FILM), predictions_of(*map(Path, names))
    )

    assert math.isnan(result.metrics["frames.trained"])
    assert why in result.notes[-1]


def test_the_command_refuses_them_and_names_its_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = write_run(tmp_path / "run", [video_of(FILM)], train=[1])
    paths = [str(tmp_path / "truth.slp"), str(tmp_path / "predicted.slp")]
    labels_of(FRAMES, video=FILM).save(paths[0], verbose=False)
    predictions_of(run).save(paths[1], verbose=False)

    assert main(["evaluate", *paths]) == 2
    message = capsys.readouterr().err
    assert main(["evaluate", *paths, "--including-training-frames", "--json"]) == 0

    assert "or pass --including-training-frames to compare them all the same @ truth" in message
    metrics = json.loads(capsys.readouterr().out)["metrics"]
    assert metrics["frames.trained"]["value"] == 1


def test_frames_that_trained_the_model_on_another_machine_are_refused(tmp_path: Path) -> None:
    """Without a map nobody knows whether a video of that name is the same."""
    run = write_run(tmp_path / "run", [video_of("/cluster/day/flies.mp4")], train=range(4))
    here = labels_of(FRAMES, video=str(tmp_path / "day" / "flies.mp4"))
    predicted = predictions_of(run, video=str(tmp_path / "day" / "flies.mp4"))

    assert poise_workflows.evaluate(here, predicted).metrics["frames.trained"] == 0
    with pytest.raises(EvaluationError, match="got 4 of 10 frames that trained"):
        poise_workflows.evaluate(here, predicted, map={"/cluster": tmp_path})


def test_models_that_predictions_name_on_another_machine_are_found(tmp_path: Path) -> None:
    write_run(tmp_path / "run", [video_of(FILM)], train=range(4))
    predicted = predictions_of(Path("/cluster/run"))

    result = evaluated(labels_of(FRAMES, video=FILM), predicted, map={"/cluster": tmp_path})

    assert result.metrics["frames.trained"] == 4
