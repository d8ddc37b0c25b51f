"""``poise_workflows.train``, from labels to a model that predicts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import poise
import poise_workflows
from poise_workflows.frames.slp_labels import load_labels
from small_trainings import JOB, PARTS, write_job, write_labels

pytestmark = pytest.mark.usefixtures("keras")

HEADS: dict[str, dict[str, Any]] = {
    "single_instance": {"output_stride": 2},
    "centroid": {"output_stride": 2},
    "centered_instance": {"output_stride": 2},
    "multi_instance": {"confmaps": {"output_stride": 2}, "pafs": {"output_stride": 4}},
    "multi_class_bottomup": {"confmaps": {"output_stride": 2}, "class_maps": {"output_stride": 2}},
    "multi_class_topdown": {
        "confmaps": {"output_stride": 2},
        "class_vectors": {"num_fc_layers": 1, "num_fc_units": 4, "output_stride": 4},
    },
}


def model_of(head: str) -> dict[str, Any]:
    return {**JOB["model"], "heads": {head: HEADS[head]}}


@pytest.mark.parametrize("head", HEADS)
def test_every_head_type_trains_and_its_best_weights_are_read(head: str, tmp_path: Path) -> None:
    labels = write_labels(tmp_path / "flies", animals=2, tracks=2)
    job = write_job(tmp_path / "job.json", model=model_of(head))

    run = poise_workflows.train(job, labels, tmp_path / "run", values={"optimization.epochs": 2})

    reading = poise.read(run.folder)
    left_out = [note for note in run.notes if "the first: " in note]
    assert left_out == [
        "the model learns one animal of each frame, the first: 9 animals of 9 training frames left "
        "out"
    ] * (head == "single_instance")
    assert (run.epochs, reading.weights is not None) == (2, True)
    assert np.isfinite(run.best_loss)
    assert reading.classes in (None, ("animal 0", "animal 1"))
    if poise.heads[head].stage == "crop":
        # Heads and tails are 5 pixels apart; 16 more are the margin; the stride is 4.
        assert reading.cropping.crop_size == 24
    assert reading.build().output_names


def test_a_trained_model_finds_the_animals_that_it_was_trained_on(tmp_path: Path) -> None:
    labels = write_labels(tmp_path / "flies", frames=8)
    optimization = {
        **JOB["optimization"],
        "augmentation_config": {},
        "batches_per_epoch": 20,
        "initial_learning_rate": 0.005,
        "learning_rate_schedule": {"reduce_on_plateau": False},
    }
    model = {
        **JOB["model"],
        "backbone": {"unet": {"filters": 8, "max_stride": 8, "output_stride": 2}},
        "heads": {"single_instance": {"output_stride": 2, "sigma": 2.5}},
    }
    job = write_job(tmp_path / "job.json", model=model, optimization=optimization)

    run = poise_workflows.train(job, labels, tmp_path / "run", values={"optimization.epochs": 10})
    predictor = poise_workflows.load(run.folder)

    errors = []
    for frame in load_labels(labels).labeled_frames:
        image = np.asarray(Image.open(frame.video.filename[frame.frame_idx]))[None, ..., None]
        (predicted,) = predictor.predict(image).labeled_frames
        errors.append(np.abs(predicted.instances[0].numpy() - frame.instances[0].numpy()))
    assert np.median(errors) < 1


def test_another_head_begins_with_the_backbone_of_a_model_and_the_report_says_so(
    tmp_path: Path,
) -> None:
    labels = write_labels(tmp_path / "flies")
    first = write_job(tmp_path / "first.json")
    other = write_job(tmp_path / "other.json", model=model_of("multi_instance"))
    one_epoch = {"optimization.epochs": 1}
    trained = poise_workflows.train(first, labels, tmp_path / "first", values=one_epoch)
    still = {**one_epoch, "optimization.initial_learning_rate": 1e-12}

    run = poise_workflows.train(
        other, labels, tmp_path / "other", values=still, start=trained.folder
    )

    weights = [
        {
            variable.path: np.asarray(variable)
            for variable in poise.read(folder).build().trainable_variables
        }
        for folder in (trained.folder, run.folder)
    ]
    shared = [name for name in weights[0] if "Head" not in name]
    assert len(shared) > 10
    for name in shared:
        np.testing.assert_allclose(weights[0][name], weights[1][name], atol=1e-6, err_msg=name)
    (note,) = [note for note in run.notes if "weights are those of" in note]
    assert note.endswith("anew: MultiInstanceConfmapsHead, PartAffinityFieldsHead")


def test_callbacks_of_keras_are_called(tmp_path: Path) -> None:
    import keras

    epochs = []
    callback = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: epochs.append(epoch))

    poise_workflows.train(
        write_job(tmp_path / "job.json"),
        write_labels(tmp_path / "flies"),
        tmp_path / "run",
        values={"optimization.epochs": 2},
        callbacks=[callback],
    )

    assert epochs == [0, 1]


def test_a_run_that_diverges_says_so_and_keeps_the_epochs_before(tmp_path: Path) -> None:
    job, labels = write_job(tmp_path / "job.json"), write_labels(tmp_path / "flies")
    values = {"optimization.initial_learning_rate": 1e30, "optimization.optimizer": "sgd"}

    with pytest.raises(poise_workflows.DivergedError, match="loss of epoch 1 is"):
        poise_workflows.train(job, labels, tmp_path / "run", values=values)

    status = (tmp_path / "run" / "status.json").read_text(encoding="utf-8")
    assert '"state": "failed"' in status
    with pytest.raises(poise.ConfigError, match="has not ended its first"):
        poise.read(tmp_path / "run")


def test_parts_are_named_as_in_the_labels(tmp_path: Path) -> None:
    job, labels = write_job(tmp_path / "job.json"), write_labels(tmp_path / "flies")
    run = poise_workflows.train(job, labels, tmp_path / "run", values={"optimization.epochs": 1})

    assert tuple(poise.read(run.folder).skeleton.parts) == PARTS


def test_published_weights_that_are_not_there_are_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("POISE_OFFLINE", "1")
    monkeypatch.setenv("POISE_CACHE_DIR", str(tmp_path / "cache"))
    model = {
        **JOB["model"],
        "backbone": {"resnet": {"weights": "tunable", "max_stride": 8, "output_stride": 2}},
    }
    job = write_job(tmp_path / "job.json", model=model)
    labels = write_labels(tmp_path / "flies")

    with pytest.raises(poise.WeightsError) as error:
        poise_workflows.train(job, labels, tmp_path / "run")

    assert "POISE_OFFLINE" in str(error.value)
    assert "or let model.backbone.resnet ask for none" in str(error.value)
    assert not (tmp_path / "run").exists()
