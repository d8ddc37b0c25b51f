"""Whole runs of ``sleap-train`` and of job packages: SLEAP's files, by SLEAP's names.

One animal of two parts wanders over noise; networks are tiny, since nothing is to be learned.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import poise
import poise_workflows
from poise.cli import main
from poise_workflows.evaluation.checks import DEFAULTS
from poise_workflows.evaluation.comparing import evaluation_of
from poise_workflows.evaluation.pairing import compare
from poise_workflows.exporting.sleap.running import run_folder
from poise_workflows.sleap_commands.export_frames import labels_of
from poise_workflows.sleap_commands.export_parser import parser
from poise_workflows.sleap_commands.export_plan import plan
from sleap_exports import images_for, largest_difference, maps_of

sio = pytest.importorskip("sleap_io")
pytestmark = pytest.mark.usefixtures("keras")

BACKBONE = {"unet": {"filters": 2, "filters_rate": 1.0, "max_stride": 4, "output_stride": 2}}
SHORT = {"epochs": 1, "batch_size": 2, "batches_per_epoch": 2, "val_batches_per_epoch": 1}
HEADS: dict[str, Any] = {
    "single_instance": {"output_stride": 2},
    "centroid": {"output_stride": 2},
    "centered_instance": {"output_stride": 2},
}


def write_labels(folder: Path, frames: int = 6) -> Path:
    """Labels with images inside, as SLEAP's program exports them for training."""
    random = np.random.default_rng(20)
    names = []
    for number in range(frames):
        names.append(str(folder / f"{number}.png"))
        image = random.integers(0, 256, (32, 48), np.uint8)
        Image.fromarray(image).save(names[-1])
    skeleton = sio.Skeleton(nodes=["head", "tail"], edges=[("head", "tail")])
    video = sio.Video.from_filename(names)
    rows = [
        sio.LabeledFrame(
            video=video,
            frame_idx=number,
            instances=[
                sio.Instance.from_numpy(
                    np.array([[8.0, 9 + number], [20 + number, 14.0]]), skeleton=skeleton
                )
            ],
        )
        for number in range(frames)
    ]
    path = folder / "flies.pkg.slp"
    sio.save_slp(sio.Labels(rows), str(path), embed=True, verbose=False)
    for name in names:
        Path(name).unlink()
    return path


def write_job(folder: Path, head: str, **outputs: Any) -> Path:
    """A job as SLEAP's program writes it into a package."""
    job = {
        "data": {
            "labels": {"validation_fraction": 0.34},
            "instance_cropping": {"crop_size": 16 if head == "centered_instance" else None},
        },
        "model": {"backbone": BACKBONE, "heads": {head: HEADS[head]}},
        "optimization": SHORT,
        "outputs": {
            "run_name": "240101_120000",
            "run_name_suffix": f".{head}",
            "runs_folder": "models",
            **outputs,
        },
    }
    path = folder / f"{head}.json"
    path.write_text(json.dumps(job), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which ``sleap-train`` has run."""
    folder = tmp_path_factory.mktemp("lab")
    write_labels(folder)
    write_job(folder, "single_instance", zip_outputs=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["sleap-train", "single_instance.json", "flies.pkg.slp", "--cpu", "--zmq"]) == 0
        yield folder


@pytest.fixture
def run(trained: Path) -> Path:
    return trained / "models" / "240101_120000.single_instance"


def test_the_files_of_sleap_are_beside_those_of_poise(run: Path) -> None:
    names = {path.name for path in run.iterdir()}

    assert names >= {
        *("initial_config.json", "training_config.json", "training_log.csv"),
        *("labels_gt.train.slp", "labels_gt.val.slp", "labels_pr.train.slp", "labels_pr.val.slp"),
        *("metrics.train.npz", "metrics.val.npz", "metrics.json"),
        *("status.json", "config.json", "split.json", "log.csv", "best", "last", "best_model.h5"),
    }


def test_sleap_export_knows_size_and_frames_of_the_run(run: Path, tmp_path: Path) -> None:
    options, _ = parser().parse_known_args(["-m", str(run)])
    labels = run / "labels_gt.val.slp"

    command = plan(options).command

    assert "--image" not in command
    assert poise.read(run).image == (32, 48, 1)
    assert command[command.index("--frames") + 1] == str(labels)
    (tmp_path / "labels_gt.val.slp").write_bytes(labels.read_bytes()[:4000])
    shutil.copy(run / "labels_gt.train.slp", tmp_path)
    assert labels_of(tmp_path) == tmp_path / "labels_gt.train.slp"
    (tmp_path / "labels_gt.train.slp").unlink()
    assert labels_of(tmp_path) is None


def test_the_configurations_are_read_as_sleap_s_with_what_was_found(run: Path) -> None:
    job = poise.read_sleap(run)

    assert job.skeleton is not None
    assert (job.skeleton.parts, job.skeleton.edges) == (("head", "tail"), (("head", "tail"),))
    assert job.config.heads.single_instance.part_names == ("head", "tail")
    assert job.config.edition == "sleap-1.4"
    assert job.preprocessing.pad_to_stride == 4
    outputs = job.sections.outputs
    assert Path(outputs.runs_folder, outputs.run_name or "") == Path("models", run.name)
    labels = job.sections.labels
    assert labels.training_labels == "flies.pkg.slp"
    assert sorted((*(labels.training_inds or ()), *(labels.validation_inds or ()))) == [*range(6)]
    assert len(labels.validation_inds or ()) == 2

    asked = json.loads((run / "initial_config.json").read_text(encoding="utf-8"))
    assert asked["data"]["preprocessing"]["pad_to_stride"] is None
    assert asked["data"]["labels"]["skeletons"] == []


def test_sleap_s_two_files_are_the_model_with_the_best_weights(run: Path, tmp_path: Path) -> None:
    for name in ("training_config.json", "best_model.h5"):
        shutil.copy(run / name, tmp_path / name)
    best = poise.load(run / "best")
    images = images_for(best)

    assert largest_difference(maps_of(best, images), run_folder(tmp_path, images)) < 1e-5
    again = poise.read(tmp_path).build(images.shape[1:])
    assert largest_difference(maps_of(best, images), maps_of(again, images)) < 1e-5


def test_the_truth_has_the_frames_of_the_split_and_their_images(run: Path) -> None:
    split = json.loads((run / "split.json").read_text(encoding="utf-8"))["frames"]

    for name, key in (("train", "train"), ("val", "validation")):
        truth = sio.load_slp(str(run / f"labels_gt.{name}.slp"))
        assert [[0, frame.frame_idx] for frame in truth.labeled_frames] == split[key]
        assert truth.labeled_frames[0].image.shape == (32, 48, 1)
        first = truth.labeled_frames[0]
        np.testing.assert_array_equal(first.instances[0].numpy()[0], [8, 9 + first.frame_idx])


def test_predictions_are_of_the_same_frames_of_the_same_video(run: Path) -> None:
    for name in ("train", "val"):
        truth = sio.load_slp(str(run / f"labels_gt.{name}.slp"))
        found = sio.load_slp(str(run / f"labels_pr.{name}.slp"))
        assert [each.frame_idx for each in found] == [each.frame_idx for each in truth]
        assert found.videos[0].filename == truth.videos[0].filename
        assert found.labeled_frames[0].image.shape == (32, 48, 1)


def test_metrics_are_sleap_s_of_the_two_files_without_a_pickle(run: Path) -> None:
    for name in ("train", "val"):
        metrics = poise_workflows.read_metrics(run / f"metrics.{name}.npz")
        comparison = compare(
            sio.load_slp(str(run / f"labels_gt.{name}.slp")),
            sio.load_slp(str(run / f"labels_pr.{name}.slp")),
            user_labels_only=True,
            may_be_empty=True,  # so short a training finds nothing
        )
        expected = evaluation_of(comparison, DEFAULTS, "sleap-1.4").to_dict()
        assert list(metrics) == list(expected)
        for key, value in expected.items():
            np.testing.assert_array_equal(metrics[key], value, err_msg=key)


def test_the_log_has_sleap_s_columns(run: Path) -> None:
    with (run / "training_log.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))

    assert len(rows) == 1
    names = list(rows[0])
    assert names[0] == "epoch"
    assert {"loss", "lr", "val_loss"} < set(names)
    assert names[1:] == sorted(names[1:])


def test_what_has_no_effect_is_in_the_report(run: Path) -> None:
    notes = json.loads((run / "report.json").read_text(encoding="utf-8"))["notes"]

    assert any(note.startswith("outputs.zip_outputs has no effect") for note in notes)


@pytest.mark.parametrize("name", ["", "training_config.json", "initial_config.json", "best"])
def test_the_run_is_a_model_by_each_of_its_names(run: Path, name: str) -> None:
    reading = poise.read(run / name)

    assert reading.model_folder == run / "best"
    assert reading.weights is not None


def test_the_same_command_leaves_a_finished_run_alone(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = (run / "status.json").read_bytes()

    assert main(["sleap-train", "single_instance.json", "flies.pkg.slp", "--cpu"]) == 0

    assert "finished before" in capsys.readouterr().out
    assert (run / "status.json").read_bytes() == status


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A job package of a top-down model."""
    folder = tmp_path / "job"
    folder.mkdir()
    write_labels(folder)
    lines = ["#!/bin/bash"]
    for head in ("centroid", "centered_instance"):
        write_job(folder, head)
        lines.append(f"sleap-train {head}.json flies.pkg.slp")
    (folder / "train-script.sh").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def runs_of(folder: Path) -> list[Path]:
    return [
        folder / "models" / f"240101_120000.{head}" for head in ("centroid", "centered_instance")
    ]


@pytest.mark.slow
def test_one_command_trains_both_stages_of_a_zipped_package_on_one_split(
    package: Path, tmp_path: Path
) -> None:
    shutil.make_archive(str(tmp_path / "flies"), "zip", package)
    shutil.rmtree(package)

    assert main(["train", str(tmp_path / "flies.zip"), "--device", "cpu"]) == 0

    first, second = runs_of(tmp_path / "flies")
    splits = [
        json.loads((run / "split.json").read_text("utf-8"))["frames"] for run in (first, second)
    ]
    assert splits[0] == splits[1]
    poses = poise.read(first), poise.read(second)
    assert [reading.config.heads.which_oneof_attrib_name() for reading in poses] == [
        "centroid",
        "centered_instance",
    ]
    labels = str(tmp_path / "flies" / "flies.pkg.slp")
    words = ["-m", str(first), "-m", str(second), "-o", str(tmp_path / "out.slp")]
    assert main(["predict", labels, *words, "--device", "cpu"]) == 0


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="a package has a script for a POSIX shell")
def test_the_script_of_a_package_runs_through_the_shims(package: Path, tmp_path: Path) -> None:
    assert main(["shims", str(tmp_path / "bin")]) == 0
    path = os.pathsep.join([str(tmp_path / "bin"), "/usr/bin", "/bin"])

    done = subprocess.run(
        ["bash", "train-script.sh"],
        cwd=package,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    for run in runs_of(package):
        assert json.loads((run / "status.json").read_text("utf-8"))["state"] == "finished"
        assert (run / "labels_pr.val.slp").is_file()
        assert (run / "metrics.val.npz").is_file()
