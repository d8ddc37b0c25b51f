"""Calls of ``poise train`` that are refused, and leave everything as it was."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from poise.cli import main
from small_labels import job, write_job, write_labels

OUT = "-o", "run"
FLIES = "job.json", "flies.slp", *OUT


def setting(path: str, value: object) -> list[str]:
    return [*FLIES, "--set", f"{path}={value}"]


WRONG = [
    ([], "must be CONFIG, LABELS and --output RUN, got no CONFIG and no --output; or go on"),
    (["job.json", *OUT], "must be a file of labels, got none, and the job names none"),
    (["job.json", "flies.slp"], "got no --output; or go on with --resume RUN"),
    (["jobb.json", "flies.slp", *OUT], "must be a file or a profile, got 'jobb.json'; profiles: "),
    (["baseline.centriod", "flies.slp", *OUT], "did you mean 'baseline.centroid'?"),
    (["broken.json", "flies.slp", *OUT], "broken.json: not JSON"),
    (["empty", "flies.slp", *OUT], "empty: the folder has no training_config.json"),
    (["headless.json", "flies.slp", *OUT], "must have a head, got none; name one, of centers, dot"),
    (["bare.json", "flies.slp", *OUT], "must have a backbone, got none; name one, of net"),
    (["nett.json", "flies.slp", *OUT], "no backbone 'nett'; did you mean 'net'?"),
    (["job.json", "no.slp", *OUT], "must be a file of labels, got no.slp, which does not exist"),
    (["job.json", "text.slp", *OUT], "must be a label file of SLEAP, got text.slp"),
    (["job.json", "empty.slp", *OUT], "must be a label file of SLEAP, got empty.slp"),
    (["job.json", "video.mp4", *OUT], "must be labels that sleap-io reads, got video.mp4"),
    (["job.json", "text.csv", *OUT], "must be labels that sleap-io reads, got text.csv"),
    (["job.json", "flies", *OUT], "flies: must be a file, got a folder"),
    (["job.json", "guessed.slp", *OUT], "got 6 animals predicted by a model; label some, or"),
    (["job.json", "unlabeled.slp", *OUT], "must have an animal that a person labeled, got 0 fr"),
    (["job.json", "bare.slp", *OUT], "must hold a skeleton, got none; label an animal in SLEAP"),
    (["wing.json", "flies.slp", *OUT], "must be parts of the labels (head, tail), got wing"),
    (["thorax.json", "flies.slp", *OUT], "(head, tail), got thorax @ model.heads.centers.anchor_"),
    (
        ["parts.json", "flies.slp", *OUT, "--set", "data.instance_cropping.center_on_part=wing"],
        "got wing @ data.instance_cropping.center_on_part",
    ),
    (["names.json", "flies.slp", *OUT], "6 labeled animals without the track that an identity"),
    (["ab.json", "cd.slp", *OUT], "must have tracks of the classes a, b, got c, d; rename the"),
    (
        ["parts.json", "flies.slp", *OUT, "--set", "data.instance_cropping.crop_size=400"],
        "must be near the size of frames, 32 × 48, got 400",
    ),
    (
        [
            *("job.json", "sizes.slp", *OUT),
            *("--set", "data.preprocessing.resize_and_pad_to_target=false"),
        ],
        "must be true for frames of 2 sizes (32 × 48, 64 × 64), got false; set it",
    ),
    (["job.json", "late.slp", *OUT], "must have the labeled frame 9, got late.slp with 6 frames"),
    (["job.json", "gone.slp", *OUT], "which is neither there nor beside gone.slp nor in .; put it"),
    (["job.json", "damaged.slp", *OUT], "must be a readable image, got 3.png"),
    ([*FLIES, "--val", "no.slp"], "must be a file of labels, got no.slp, which does not exist"),
    ([*FLIES, "--test", "no.slp"], "must be a file of labels, got no.slp, which does not exist"),
    ([*FLIES, "--val", "1.5"], "must be a file, or a part between 0 and 1, got 1.5 @ --val"),
    ([*FLIES, "--val", "nan"], "must be a file, or a part between 0 and 1, got nan @ --val"),
    ([*FLIES, "--val", "held.slp"], "must be in one file, got 2 frames in two (4.png, frame 4,"),
    ([*FLIES, "--val", "flies.slp"], "must be in one file, got 6 frames in two"),
    (
        ["job.json", "begin.slp", *OUT, "--val", "held.slp", "--test", "held.slp"],
        "must be in one file, got 2 frames in two",
    ),
    (
        ["job.json", "begin.slp", *OUT, "--val", "winged.slp"],
        "must have the parts head, tail, as begin.slp has, got head, wing",
    ),
    (
        ["job.json", "begin.slp", *OUT, "--val", "swapped.slp"],
        "must have the parts in the order head, tail, as begin.slp has, got tail, head; reorder",
    ),
    ([*FLIES, "--split", "video"], "must be frame or block for the labels of a single video"),
    ([*FLIES, "--split", "animal"], "Invalid value for '--split'"),
    ([*FLIES, "--seed", "-1"], "Invalid value for '--seed'"),
    ([*FLIES, "--device", "tpu"], "must be auto, cpu or gpu:N, got 'tpu'; gpu:0 is the first"),
    ([*FLIES, "--device", "gpu:99"], "must be a GPU that"),
    ([*FLIES, "--devices", "0"], "Invalid value for '--devices'"),
    ([*FLIES, "--precision", "float8"], "Invalid value for '--precision'"),
    ([*FLIES, "--clip-norm", "0"], "Invalid value for '--clip-norm'"),
    ([*FLIES, "--cache", "ram"], "Invalid value for '--cache'"),
    ([*FLIES, "--edition", "2025"], "Invalid value for '--edition'"),
    ([*FLIES, "--progress", "bar"], "Invalid value for '--progress'"),
    ([*FLIES, "--overwrit"], "Did you mean '--overwrite'?"),
    (setting("optimization.epoch", 3), "got 'optimization.epoch'; did you mean 'optimization.ep"),
    ([*FLIES, "--set", "optimization.epochs"], "must be PATH=VALUE"),
    (setting("optimization.epochs", "many"), "must be an integer, got 'many' @ optimization.epoc"),
    (setting("optimization.epochs", 0), "must be an integer ≥ 1, got 0 @ optimization.epochs"),
    (setting("optimization.batch_size", 0), "must be an integer ≥ 1, got 0 @ optimization.batch_"),
    (setting("optimization.initial_learning_rate", -1), "must be a number > 0, got -1.0"),
    (setting("optimization.initial_learning_rate", "Infinity"), "must be a number > 0, got inf"),
    (setting("optimization.optimizer", "adamm"), "no optimizer 'adamm' in Keras; adam, rmsprop"),
    (
        setting("optimization.augmentation_config.scale_min", 2),
        "must be at most scale_max, 1.1, got 2.0",
    ),
    (
        setting("optimization.augmentation_config.rotation_min_angle", "NaN"),
        "must be a number, got nan",
    ),
    (
        [
            *setting("optimization.hard_keypoint_mining.online_mining", "true"),
            *("--set", "optimization.hard_keypoint_mining.min_hard_keypoints=-1"),
        ],
        "must be an integer ≥ 0, got -1 @ optimization.hard_keypoint_mining.min_hard_keypoints",
    ),
    (setting("data.preprocessing.input_scaling", 0), "must be a number > 0, got 0.0"),
    (setting("data.preprocessing.imagenet_mode", "vgg"), "must be one of 'tf', 'caffe', 'torch'"),
    (
        setting("data.labels.validation_fraction", 2),
        "must be a part between 0 and 1, got 2.0 @ data.labels.validation_fraction",
    ),
    (
        setting("data.instance_cropping.crop_size_detection_padding", -9),
        "must be an integer ≥ 0, got -9",
    ),
    (setting("model.backbone.net.filters", "x"), "must be an integer, got 'x'"),
    (setting("heads.dots.output_stride", 3), "dots asks for features of stride 3; net offers 4"),
    (["job.json", "flies.slp", "-o", "file"], "must be a new folder or the folder of a run, got a"),
    (["job.json", "flies.slp", "-o", "full"], "got a folder with other files: full; name another"),
    (["job.json", "flies.slp", "-o", "file/run"], "must be in a folder that Poise can write, got"),
    (["job.json", "flies.slp", "-o", "x" * 300], "File name too long"),
    (["job.json", "flies.slp", "-o", "done"], "other labels.train: the file held something else"),
    (["job.json", "begin.slp", "-o", "done", "--seed", "3"], "got other seed: 0 before, 3 now"),
    (
        ["job.json", "begin.slp", "-o", "done", "--set", "optimization.epochs=9"],
        "got other optimization.epochs: 1 before, 9 now; name another folder, or pass --over",
    ),
    (["job.json", "begin.slp", "-o", "torn"], "must be the folder of a run, got torn: request.js"),
    (["job.json", "flies.slp", "-o", "done", "--overwrite", "--device", "gpu:99"], "must be a GPU"),
    (
        ["job.json", "flies.slp", "-o", "full", "--overwrite"],
        "must be the folder of a run, or a mo",
    ),
    (["job.json", "flies.slp", "-o", "new/deep/run", "--device", "gpu:99"], "must be a GPU that"),
    ([*FLIES, "--from", "no"], "must be a trained model, got no, which does not exist; name a"),
    ([*FLIES, "--from", "empty"], "must be a trained model, got empty"),
    ([*FLIES, "--from", "text.h5"], "text.h5: must be weights of Keras, got JSON"),
    (["other.json", "flies.slp", *OUT, "--from", "done"], "none whose layer and shape agree"),
    (["--resume", "nothing"], "must be the folder of a run, got nothing; begin one with poise tr"),
    (["--resume", "full"], "must be the folder of a run, got full"),
    (["--resume", "torn"], "got torn: request.json"),
    (["--resume", "changed"], "must be the labels that the run began with, got others"),
    (["--resume", "moved"], "must be a file of labels, got"),
    (["--resume", "done", "--set", "optimization.epochs=4"], "must be left out with --resume"),
    (["--resume", "done", "job.json"], "which repeats what was asked for, got CONFIG"),
    (["--resume", "done", "--seed", "0"], "got --seed; or repeat the whole call without --resume"),
]


def write_jobs(place: Path) -> None:
    for head in ("dots", "parts", "names"):
        write_job(place / ("job.json" if head == "dots" else f"{head}.json"), job(head))
    changes: dict[str, tuple[str, Any]] = {
        "wing": ("heads", {"dots": {"part_names": ["head", "wing"]}}),
        "thorax": ("heads", {"centers": {"anchor_part": "thorax"}}),
        "ab": ("heads", {"names": {"classes": ["a", "b"]}}),
        "headless": ("heads", {}),
        "bare": ("backbone", {}),
        "nett": ("backbone", {"nett": {}}),
    }
    for name, (key, value) in changes.items():
        data = job()
        data["model"][key] = value
        write_job(place / f"{name}.json", data)
    data = job("parts")  # no weight of it has a shape of done's
    data["model"] |= {"backbone": {"net": {"filters": 7}}}
    data["model"]["heads"] = {"dots": {"part_names": ["head"]}}
    write_job(place / "other.json", data)


def write_all_labels(place: Path) -> None:
    import numpy as np
    import sleap_io as sio

    write_labels(place / "flies.slp")
    write_labels(place / "begin.slp", [0, 1, 2])
    write_labels(place / "held.slp", [4, 5])
    write_labels(place / "winged.slp", [4, 5], parts=["head", "wing"])
    write_labels(place / "swapped.slp", [4, 5], parts=["tail", "head"])
    write_labels(place / "guessed.slp", predicted=True)
    write_labels(place / "cd.slp", tracks=["c", "d"])
    write_labels(place / "late.slp", [0, 1, 9])
    write_labels(place / "unlabeled.slp", more=lambda labels: labels.labeled_frames.clear())
    write_labels(place / "large.slp", images="large", size=(64, 64))
    write_labels(place / "gone.slp", images="gone")
    shutil.rmtree(place / "gone")
    write_labels(place / "damaged.slp", images="damaged")
    (place / "damaged" / "3.png").write_bytes(b"no image")
    sio.Labels().save(str(place / "bare.slp"), verbose=False)

    def add_a_video(labels: Any) -> None:
        files = [str(place / "large" / f"{number}.png") for number in range(6)]
        video = sio.Video.from_filename(files)
        animal = sio.Instance.from_numpy(np.full((2, 2), 9.0), skeleton=labels.skeletons[0])
        labels.videos.append(video)
        labels.labeled_frames.append(sio.LabeledFrame(video=video, frame_idx=0, instances=[animal]))

    write_labels(place / "sizes.slp", more=add_a_video)


def write_runs(place: Path) -> None:
    """A finished run; one with a damaged file; and two whose labels are others, or gone."""
    silent = "--progress", "none"
    assert main(["train", "job.json", "begin.slp", "-o", "done", *silent]) == 0
    shutil.copytree(place / "done", place / "torn")
    (place / "torn" / "request.json").write_text("{")
    for name in ("changed", "moved"):
        shutil.copytree(place / "done", place / name)
        for file in ("status.json", "request.json"):
            text = (place / name / file).read_text(encoding="utf-8")
            text = text.replace('"finished"', '"interrupted"').replace("begin.slp", f"{name}.slp")
            (place / name / file).write_text(text, encoding="utf-8")
    shutil.copy(place / "held.slp", place / "changed.slp")


@pytest.fixture(scope="module")
def playground(keras: Any, learning: None, tmp_path_factory: Any) -> Path:
    """A folder of jobs, labels, runs, and files that are not what they should be."""
    place = Path(tmp_path_factory.mktemp("wrong"))
    write_jobs(place)
    write_all_labels(place)
    for name in ("text.slp", "text.csv", "text.h5", "video.mp4", "file", "broken.json"):
        (place / name).write_text("{ no labels", encoding="utf-8")
    (place / "empty.slp").touch()
    for name in ("empty", "full"):
        (place / name).mkdir()
    (place / "full" / "notes.txt").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        write_runs(place)
    return place


def everything(folder: Path) -> dict[str, Any]:
    """Every file and folder, with its size and the time of its last change."""
    statuses = {path: path.stat() for path in folder.rglob("*")}
    return {str(path): (status.st_size, status.st_mtime_ns) for path, status in statuses.items()}


def called(*words: str) -> int:
    try:
        return main(["train", *words])
    except SystemExit as end:  # click's own errors
        return int(str(end.code or 0))


def test_there_are_at_least_thirty() -> None:
    assert len({(*words, message) for words, message in WRONG}) == len(WRONG) >= 30


@pytest.mark.parametrize(("words", "message"), WRONG)
def test_a_wrong_call_says_why_ends_with_two_and_writes_nothing(
    words: list[str],
    message: str,
    playground: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(playground)
    before = everything(playground)

    status = called(*words)

    assert message in capsys.readouterr().err
    assert status == 2
    assert everything(playground) == before


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is a folder that nobody can write")
def test_a_folder_that_cannot_be_written_is_refused(
    playground: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(playground)

    assert called("job.json", "flies.slp", "-o", "/proc/run") == 2
    assert "must be in a folder that Poise can write, got /proc/run" in capsys.readouterr().err


def test_all_faults_of_a_job_come_at_once(
    playground: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(playground)
    faults = (
        "optimization.epochs=0",
        "optimization.batch_size=0",
        "data.labels.validation_fraction=0",
    )

    assert called(*FLIES, *(word for fault in faults for word in ("--set", fault))) == 2

    said = capsys.readouterr().err
    assert all(fault.split("=")[0] in said for fault in faults)
