"""A small run of ``poise predict``: a tiny model with identities, and a folder of small images."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

HOLE = 7
"""The number of the frame that cannot be decoded."""

OUTPUTS = ("flies.slp", "flies.report.json", "flies.000_0.analysis.h5")

SECTIONS: dict[str, Any] = {
    "backbone": {"unet": {"filters": 2, "max_stride": 2, "output_stride": 2}},
    "heads": {
        "multi_class_bottomup": {
            "confmaps": {"output_stride": 2, "part_names": ["head", "tail"]},
            "class_maps": {"output_stride": 2, "classes": ["female", "male"]},
        }
    },
}


def write_model(folder: Path) -> Path:
    """A model that nobody trained. It finds something in noise, and tells it apart."""
    import keras

    import poise

    keras.utils.set_random_seed(3)
    model = poise.build(poise.ModelConfig.from_data(SECTIONS), (None, None, 1))
    return Path(poise.save(model, folder) or folder)


def write_images(folder: Path, count: int) -> Path:
    """Images of noise, more or less bright, so that in some of them nothing is found."""
    folder.mkdir()
    random = np.random.default_rng(16)
    for number in range(count):
        brightness = 1 if number == HOLE else random.choice([0, 0.5, 1])
        noise = random.integers(0, 256, (32, 48)) * brightness
        Image.fromarray(noise.astype(np.uint8)).save(folder / f"{number}.png")
    hole = folder / f"{HOLE}.png"
    hole.write_bytes(hole.read_bytes()[:500])  # a whole header, so that it can be opened
    return folder


def command(*options: str) -> list[str]:
    """The command line, in a folder beside ``images`` and ``model``."""
    words = ["predict", "../images", "-m", "../model", "-o", "flies.slp", "--format", "analysis"]
    chosen = ["--batch-size", "1", "--peak-threshold", "0.01", "--allow-unreadable", "1"]
    return [sys.executable, "-m", "poise", *words, *chosen, "--progress", "json", *options]


def run(folder: Path, *options: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder, which is made."""
    folder.mkdir(exist_ok=True)
    environ = {**os.environ, **more.pop("environ", {})}
    words = command(*options)
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, env=environ, **more)


def contents(folder: Path) -> dict[str, Any]:
    """What is in the outputs: every array, and all of the report but the seconds.

    Raises:
        Exception: an output is not whole.
    """
    import h5py

    slp, report, analysis = (folder / name for name in OUTPUTS)
    facts = json.loads(report.read_text(encoding="utf-8"))
    arrays: dict[str, Any] = {"report": {k: v for k, v in facts.items() if k != "seconds"}}
    with h5py.File(slp) as file:
        for name in ("frames", "instances", "pred_points"):
            arrays[name] = file[name][()].tobytes()
        for name in ("tracks_json", "videos_json"):
            arrays[name] = file[name][()].tolist()
        arrays["count"] = len(file["instances"])
    with h5py.File(analysis) as file:
        for name in ("tracks", "point_scores", "instance_scores", "track_occupancy"):
            arrays[f"analysis {name}"] = file[name][()].tobytes()
    return arrays


def standing(folder: Path) -> list[str]:
    """The outputs that are under their final names; each is read, so that it must be whole."""
    import h5py

    names = [name for name in OUTPUTS if (folder / name).exists()]
    for name in names:
        if name.endswith(".json"):
            json.loads((folder / name).read_text(encoding="utf-8"))
        else:
            with h5py.File(folder / name) as file:
                file.visititems(lambda name, item: item[()] if hasattr(item, "dtype") else None)
    return names
