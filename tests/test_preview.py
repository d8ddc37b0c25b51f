"""``poise preview`` of every head type: a picture of labels, targets and decoded points."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise_workflows
from poise.cli import main
from poise.editions import EDITIONS

pytestmark = pytest.mark.usefixtures("keras")

HEADS: dict[str, dict[str, Any]] = {
    "single_instance": {"output_stride": 2, "offset_refinement": True},
    "centroid": {"output_stride": 2},
    "centered_instance": {"output_stride": 2},
    "multi_instance": {"confmaps": {"output_stride": 2}, "pafs": {"output_stride": 4}},
    "multi_class_bottomup": {"confmaps": {"output_stride": 2}, "class_maps": {"output_stride": 2}},
    "multi_class_topdown": {
        "confmaps": {"output_stride": 2},
        "class_vectors": {"output_stride": 16},
    },
}
OF_CROPS = ("centered_instance", "multi_class_topdown")

POINTS = {
    "size": [128, 160],
    "parts": ["head", "tail"],
    "edges": [["head", "tail"]],
    "instances": [[[30, 40], [52, 47]], [[110, 90], [88, 84]]],
    "classes": ["female", "male"],
}


@pytest.fixture
def points(tmp_path: Path) -> Path:
    path = tmp_path / "points.json"
    path.write_text(json.dumps(POINTS), encoding="utf-8")
    return path


def config(tmp_path: Path, key: str) -> Path:
    data = {"edition": "2026", "backbone": {"unet": {}}, "heads": {key: HEADS[key]}}
    path = tmp_path / f"{key}.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


@pytest.mark.parametrize("key", HEADS)
def test_every_head_type_draws_what_it_finds(
    key: str, tmp_path: Path, points: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "preview.png"
    crop = ["--crop", "64", "--animal", "1"] if key in OF_CROPS else []
    of_one = key in OF_CROPS or key == "single_instance"
    status = main(
        ["preview", str(config(tmp_path, key)), "--labels", str(points), "-o", str(picture), *crop]
    )
    said = capsys.readouterr()
    assert status == 0, said.err
    assert f"decoded   {1 if of_one else 2}" in said.out
    if key != "centroid":  # which finds no labeled part
        match = re.search(r"parts ([\d.]+) pixels off on average, ([\d.]+) at most", said.out)
        assert match is not None
        assert float(match[2]) <= 1.5  # half a stride along both axes
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_label_file_of_sleap_is_drawn_although_its_video_is_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import sleap_io

    skeleton = sleap_io.Skeleton(nodes=["head", "tail"], edges=[("head", "tail")])
    animals = [
        sleap_io.Instance.from_numpy(np.array(instance, dtype=float), skeleton=skeleton)
        for instance in POINTS["instances"]
    ]
    video = sleap_io.Video(filename="gone.mp4", open_backend=False)
    frame = sleap_io.LabeledFrame(video=video, frame_idx=7, instances=animals)
    sleap_io.save_slp(sleap_io.Labels([frame]), str(tmp_path / "labels.slp"))
    status = main(
        [
            "preview",
            str(config(tmp_path, "multi_instance")),
            "--labels",
            str(tmp_path / "labels.slp"),
            "-o",
            str(tmp_path / "preview.svg"),
        ]
    )
    said = capsys.readouterr()
    assert status == 0, said.err
    assert "labeled   2 in labels.slp, frame 7" in said.out
    assert "decoded   2" in said.out
    assert "note      no image: gone.mp4 cannot be read (" in said.out
    assert "note      the size of the frame is unknown: " in said.out
    assert (tmp_path / "preview.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_faults_of_labels_are_told_like_those_of_a_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "points.json").write_text('{"size": [4]}', encoding="utf-8")
    arguments = ["--labels", str(tmp_path / "points.json"), "-o", str(tmp_path / "preview.png")]
    assert main(["preview", str(config(tmp_path, "centroid")), *arguments]) == 1
    assert "must be [height, width] in pixels, got [4] @ size" in capsys.readouterr().err
    assert not (tmp_path / "preview.png").exists()


def test_a_preview_is_of_the_edition_that_is_asked_for(tmp_path: Path, points: Path) -> None:
    """SLEAP's sigma is in cells: at stride 2 its peaks are twice as wide."""
    pictures = []
    for edition in EDITIONS:
        picture = tmp_path / f"{edition}.png"
        arguments = ["--labels", str(points), "-o", str(picture), "--edition", edition]
        assert main(["preview", str(config(tmp_path, "centroid")), *arguments]) == 0
        pictures.append(picture.read_bytes())
    assert pictures[0] != pictures[1]


@pytest.mark.parametrize("scale", [0.5, 0.25, 2.0])
def test_targets_of_a_sleap_job_are_where_sleap_puts_them(tmp_path: Path, scale: float) -> None:
    """SLEAP multiplies labels by input_scaling: a part at (32, 48) has its peak at the product."""
    points = POINTS | {"instances": [[[32, 48], [96, 80]]], "classes": None}
    (tmp_path / "points.json").write_text(json.dumps(points), encoding="utf-8")
    model = {"backbone": {"unet": {}}, "heads": {"single_instance": {"output_stride": 1}}}
    data = {"data": {"preprocessing": {"input_scaling": scale}}, "model": model}
    (tmp_path / "training_config.json").write_text(json.dumps(data), encoding="utf-8")

    preview = poise_workflows.preview(
        tmp_path / "training_config.json", tmp_path / "points.json", tmp_path / "preview.png"
    )

    maps = preview.views[0].targets.maps["confmaps"][0]
    peaks = [np.unravel_index(maps[..., part].argmax(), maps.shape[:2]) for part in range(2)]
    assert [(column, row) for row, column in peaks] == [
        (32 * scale, 48 * scale),
        (96 * scale, 80 * scale),
    ]
    # What SLEAP finds in them is half a pixel too large in x and in y, at every scale.
    np.testing.assert_allclose(preview.views[0].targets.distances, np.sqrt(0.5), atol=1e-5)


def test_a_skeleton_in_pieces_is_said_to_give_animals_in_pieces(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    points = {
        "size": [128, 128],
        "parts": ["a", "b", "c", "d"],
        "edges": [["a", "b"], ["c", "d"]],
        "instances": [[[20, 20], [50, 20], [20, 90], [50, 90]]],
    }
    (tmp_path / "points.json").write_text(json.dumps(points), encoding="utf-8")
    file, labels = config(tmp_path, "multi_instance"), tmp_path / "points.json"

    assert main(["preview", str(file), "--labels", str(labels), "-o", str(tmp_path / "a.png")]) == 0

    said = capsys.readouterr().out
    assert re.search(r"labeled +1 in .*\n +decoded +2,", said)
    assert "the edges join parts in 2 groups ('a', 'b'; 'c', 'd')" in said
