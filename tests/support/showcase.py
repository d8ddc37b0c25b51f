"""A folder with all that the examples of the command line name."""

from __future__ import annotations

import importlib.util
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples" / "flies"

MODEL = {"unet": {"filters": 2, "max_stride": 8, "output_stride": 2}}
TOP_DOWN = {
    "flies.centroid": {"centroid": {"anchor_part": "thorax", "output_stride": 2}},
    "flies.centered": {"centered_instance": {"anchor_part": "thorax", "output_stride": 2}},
}
"""Name of a model folder → its head. Nobody trained these."""


LABELS = {
    "flies.pkg.slp": ["flies.slp", "flies.pkg.slp"],
    "held_out.pkg.slp": ["held_out.slp"],
}
"""A package of the tutorial → names of files in examples."""


def furnish(folder: Path) -> Path:
    """Put everything into a folder that needs no Keras.

    There are ``models/flies``, which is ``models/flies.bottomup``, too, ``flies.mp4`` of four
    frames and ``flies.slp`` with its points, predicted, with tracks; ``labels.slp`` is the same.
    """
    shutil.copytree(EXAMPLES / "model", folder / "models" / "flies")
    shutil.copytree(EXAMPLES / "model", folder / "models" / "flies.bottomup")
    shutil.copy(EXAMPLES / "flies.mp4", folder / "flies.mp4")
    (folder / "recordings").mkdir()
    for name in ("a.mp4", "b.mp4"):
        shutil.copy(EXAMPLES / "flies.mp4", folder / "recordings" / name)
    for name in ("runs", "plugins"):
        (folder / name).mkdir()
    write_labels(folder)
    write_runs(folder / "runs")
    profile = {"backbone": MODEL, "heads": {"single_instance": {"output_stride": 2}}}
    job = {"data": {"labels": {}}, "model": profile, "sleap_version": "1.2.9"}
    _write(folder / "profile.json", job)
    _write(folder / "models" / "flies" / "training_config.json", job)  # as a folder of SLEAP has
    _write(folder / "new.json", {**profile, "edition": "2026"})
    named = {"single_instance": {"output_stride": 2, "part_names": ["head", "tail"]}}
    _write(folder / "model.json", {"backbone": MODEL, "heads": named, "edition": "2026"})
    _write(
        folder / "points.json",
        {"size": [64, 64], "parts": ["head", "tail"], "instances": [[[20, 20], [40, 30]]]},
    )
    return folder


def write_labels(folder: Path) -> None:
    """The true points of the first frames of the clip, as predictions and as labels."""
    import sleap_io

    clip = _clip()
    skeleton = sleap_io.Skeleton(nodes=clip.PARTS, edges=clip.EDGES)
    tracks = [sleap_io.Track("fly 1"), sleap_io.Track("fly 2")]
    for name, kind in (("flies.slp", "predicted"), ("labels.slp", "labeled")):
        video = sleap_io.Video(filename="flies.mp4", open_backend=False)
        frames = []
        for number in range(4):
            animals = []
            for points, track in zip(clip.points_of(clip.flies_at(number)), tracks, strict=True):
                more: dict[str, Any] = {"skeleton": skeleton, "track": track}
                if kind == "predicted":
                    more["score"] = 0.9
                    animal = sleap_io.PredictedInstance.from_numpy(points, **more)
                else:
                    animal = sleap_io.Instance.from_numpy(points, **more)
                animals.append(animal)
            frames.append(sleap_io.LabeledFrame(video=video, frame_idx=number, instances=animals))
        suggestions = [sleap_io.SuggestionFrame(video=video, frame_idx=5)]
        labels = sleap_io.Labels(frames, tracks=tracks, suggestions=suggestions)
        labels.save(str(folder / name), verbose=False)


def write_runs(folder: Path) -> None:
    """Two trainings that are finished, without the weights that they would have."""
    import sleap_io

    from made_runs import write_run

    video = sleap_io.Video(filename="/lab/flies.mp4", open_backend=False)
    figures = {"dist.p50": 1.25, "dist.avg": 1.5, "dist.p95": 4.75, "oks_voc.mAP": 0.625}
    animals = {"detection.f1": 0.975, "detection.recall": 0.95}
    for name, size in (("flies", 1.0), ("flies_larger", 0.5)):
        metrics = {key: value * size for key, value in figures.items()} | animals
        write_run(
            folder / name,
            [video],
            train=range(40),
            validation=range(40, 50),
            metrics={"metrics.json": metrics},
            best_epoch=2,
            best_loss=0.00125,
            seconds=754.2,
        )


def add_labels(folder: Path) -> None:
    """Labels to train on, with their images inside, and a job that says how."""
    for source, names in LABELS.items():
        for name in names:
            shutil.copy(EXAMPLES.parent / "training" / source, folder / name)
    shutil.copy(folder / "new.json", folder / "my_job.json")
    _write_job_package(folder / "job.zip")


def _write_job_package(file: Path) -> None:
    """A training job package of SLEAP, with a training of two steps."""
    job = {
        "model": {
            "backbone": {"unet": {"filters": 2, "max_stride": 8, "output_stride": 2}},
            "heads": {"single_instance": {"output_stride": 2}},
        },
        "optimization": {"epochs": 1, "batches_per_epoch": 2},
        "outputs": {"runs_folder": "models", "run_name": "flies"},
        "sleap_version": "1.2.9",
    }
    with zipfile.ZipFile(file, "w") as package:
        package.write(EXAMPLES.parent / "training" / "flies.pkg.slp", "flies.pkg.slp")
        package.writestr("single.json", json.dumps(job))
        package.writestr("train-script.sh", "#!/bin/bash\nsleap-train single.json flies.pkg.slp\n")


def add_models(folder: Path) -> None:
    """The models of crops, which Keras must build."""
    import poise

    skeleton = poise.Skeleton(_clip().PARTS, _clip().EDGES)
    for name, heads in TOP_DOWN.items():
        config = poise.ModelConfig.from_data({"backbone": MODEL, "heads": heads})
        side = 32 if "centered_instance" in heads else None
        model = poise.build(config, (side, side, 1), skeleton=skeleton)
        poise.save(model, folder / "models" / name)


def _clip() -> Any:
    spec = importlib.util.spec_from_file_location("make_clip", EXAMPLES / "make_clip.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _write(file: Path, data: Any) -> None:
    file.write_text(json.dumps(data), encoding="utf-8")
