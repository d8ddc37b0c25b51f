"""``poise train`` on several devices learns what it learns on one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import small_trainings
from poise_workflows import train
from poise_workflows.prediction.options import OptionsError

STEEP = {
    "optimizer": "sgd",
    "initial_learning_rate": 1,
    "batch_size": 4,
    "batches_per_epoch": 3,
    "epochs": 2,
}

SCRIPT = """
import json
import sys

import keras

from poise_workflows import train

job, labels, folder = sys.argv[1:]
counts, losses = [], []


class Counting(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        if keras.backend.backend() == "jax":
            parallel = keras.distribution.distribution()
            counts.append(parallel.device_mesh.devices.size if parallel else 1)
        else:
            counts.append(self.model.distribute_strategy.num_replicas_in_sync)

    def on_epoch_end(self, epoch, logs=None):
        losses.append([logs["loss"], logs["val_loss"]])


for devices in (2, 1):
    run = f"{folder}/{devices}"
    train(job, labels, run, devices=devices, device="cpu", validation=0.22, callbacks=[Counting()])
print(json.dumps({"counts": counts, "losses": losses}))
"""


def test_two_devices_learn_the_same_as_one(keras: Any, tmp_path: Path) -> None:
    if keras.backend.backend() == "torch":
        pytest.skip("Keras trains on one device of PyTorch")
    labels = small_trainings.write_labels(tmp_path / "flies", 23)
    # Steps of this optimizer are as long as the gradient, so that a sum is no mean.
    job = small_trainings.write_job(tmp_path / "job.json", optimization=STEEP)

    words = [sys.executable, "-c", SCRIPT, str(job), str(labels), str(tmp_path)]
    environ = {**os.environ, "XLA_FLAGS": ""}
    result = subprocess.run(words, capture_output=True, text=True, check=False, env=environ)

    assert not result.returncode, result.stderr
    facts = json.loads(result.stdout.splitlines()[-1])
    assert facts["counts"] == [2, 1]
    (first, second), of_one = facts["losses"][:2], facts["losses"][2:]
    for losses, others in zip((first, second), of_one, strict=True):
        assert losses == pytest.approx(others, abs=1e-4)
    assert first[0] - second[0] > 5e-4, "nothing was learned"
    for devices in ("2", "1"):
        report = json.loads((tmp_path / devices / "report.json").read_text(encoding="utf-8"))
        assert [note for note in report["notes"] if "report.html" in note] == []
        assert (tmp_path / devices / "report.html").is_file()


def test_a_device_that_does_not_exist_leaves_no_folder(keras: Any, tmp_path: Path) -> None:
    labels = small_trainings.write_labels(tmp_path / "flies", 3)
    job = small_trainings.write_job(tmp_path / "job.json")

    with pytest.raises(OptionsError, match="got gpu:77"):
        train(job, labels, tmp_path / "run", device="gpu:77")

    assert not (tmp_path / "run").exists()
