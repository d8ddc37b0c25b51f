"""Reports of what was accepted or computed without a word."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
import zipfile
from pathlib import Path

import numpy as np

import poise
from poise.cli import main
from reports import report


@report("wild-01")
def an_image_without_animals_has_targets_of_zeros(folder: Path, empty: Path) -> None:
    picture = empty / "preview.png"
    arguments = [str(folder / "model.json"), "--labels", str(folder / "points.json")]

    assert main(["preview", *arguments, "-o", str(picture)]) == 0

    config = poise.ModelConfig(
        backbone=poise.UNetConfig(max_stride=8, filters=4, output_stride=2),
        heads=poise.CentroidsHeadConfig(sigma=2.5, output_stride=2),
    )
    points = np.zeros((1, 0, 2, 2), "float32")
    targets = poise.make_targets(
        poise.resolve(config, poise.Skeleton(["a", "b"])), poise.Labels(points), (32, 32)
    )
    assert not np.array(targets["confmaps"]).any()


@report("06")
def a_model_folder_without_weights_is_refused(folder: Path, empty: Path) -> None:
    trained = shutil.copytree(folder / "interrupted", empty / "interrupted")
    build = ["build", str(trained), "--image", "64,64,1", "-o", str(empty / "out")]

    status, said = run(build)
    assert status == 1
    assert re.search(r"must hold weights \(best_model\.h5.*got training_config\.json", said)
    assert "--weights none" in said
    assert not (empty / "out").exists()

    with zipfile.ZipFile(trained / "best_model.zip", "w") as archive:
        archive.writestr("best_model.h5", b"")
    status, said = run(build)
    assert status == 1
    assert "best_model.zip" in said
    assert run([*build, "--weights", "none"])[0] == 0


@report("07")
def a_base_checkpoint_gets_a_line(folder: Path, empty: Path) -> None:
    job = folder / "job.json"
    checkpoint = json.loads(job.read_text(encoding="utf-8"))["model"]["base_checkpoint"]

    points = empty / "points.json"
    parts = ["head", "thorax", "abdomen"]
    points.write_text(json.dumps({"size": [64, 64], "parts": parts, "instances": []}))
    preview = ["preview", str(job), "--labels", str(points), "-o", str(empty / "preview.png")]
    for command in (
        ["check", "-v", str(job)],
        ["build", "-v", str(job), "--image", "64,64,1"],
        preview,
    ):
        status, said = run(command)
        assert status == 0
        (line,) = [line for line in said.splitlines() if "base_checkpoint" in line]
        assert f"'{checkpoint}', but there is no such folder here" in line
        assert "poise.load_weights(model, folder, strict=False)" in line


@report("10")
def a_part_that_no_edge_reaches_gets_a_line(folder: Path, empty: Path) -> None:
    said = "no edge reaches 'tail': decoding will not find it"
    job = folder / "job.json"
    points = empty / "points.json"
    parts = ["head", "thorax", "abdomen", "tail"]
    animal = [[12, 12], [20, 20], [28, 28], [36, 36]]
    points.write_text(json.dumps({"size": [64, 64], "parts": parts, "instances": [animal]}))

    preview = ["preview", str(job), "--labels", str(points), "-o", str(empty / "preview.png")]
    for command in (
        ["check", "-v", str(job)],
        ["build", "-v", str(job), "--image", "64,64,1"],
        preview,
    ):
        status, text = run(command)
        assert status == 0
        assert said in text


def run(arguments: list[str]) -> tuple[int, str]:
    """Exit status, and what a command wrote to its two streams."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        return main(arguments), text.getvalue()
