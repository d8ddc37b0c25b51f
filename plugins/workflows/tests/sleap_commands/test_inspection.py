"""``sleap-inspect``: what is in labels and in the folder of a model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sleap_io

from poise.cli import main

SKELETON = sleap_io.Skeleton(nodes=["head", "tail"])
POINTS = [[10.25, 4.0], [3.0, 8.5]]


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Two videos, one of them with frames 2, of a person, and 5, of a model."""
    videos = [sleap_io.Video(filename=f"cam{n}.mp4", open_backend=False) for n in (0, 1)]
    track = sleap_io.Track("fly")
    user = sleap_io.Instance.from_numpy(POINTS, skeleton=SKELETON, track=track)
    predicted = sleap_io.PredictedInstance.from_numpy(POINTS, skeleton=SKELETON, score=1)
    frames = [
        sleap_io.LabeledFrame(video=videos[1], frame_idx=2, instances=[user]),
        sleap_io.LabeledFrame(video=videos[1], frame_idx=5, instances=[predicted, predicted]),
    ]
    path = tmp_path / "flies.slp"
    made = sleap_io.Labels(frames, videos=videos, skeletons=[SKELETON], tracks=[track])
    made.provenance["sleap_version"] = "1.4.1"
    made.save(str(path), embed=False, verbose=False)
    return path


def inspected(path: Path, capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert main(["sleap-inspect", str(path), *words]) == 0
    return capsys.readouterr().out.splitlines()


def test_labels_are_counted(labels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert inspected(labels, capsys) == [
        "labeled frames: 2",
        "tracks: 1",
        "video 0: cam0.mp4",
        "  labeled frames: 0",
        "  user labeled frames: 0",
        "  tracks: 0",
        "  most instances in a frame: 0",
        "video 1: cam1.mp4",
        "  labeled frames: 2",
        "  from frame 2 to 5",
        "  user labeled frames: 1",
        "  tracks: 1",
        "  most instances in a frame: 2",
        "user labeled frames in all: 1",
        "provenance sleap_version: 1.4.1",
    ]


def test_verbosely_every_frame_has_the_corners_of_its_instances(
    labels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = inspected(labels, capsys, "--verb")

    assert "  frame 2: (3.0, 4.0)" in lines
    assert "  frame 5: ^(3.0, 4.0), ^(3.0, 4.0)" in lines


@pytest.mark.usefixtures("made_up")
def test_a_model_is_told_by_its_configuration_and_a_pickle_stays_closed(
    labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sections = {"backbone": {"plain": {"output_stride": 1}}, "heads": {"cells": {}}}
    config = tmp_path / "model" / "training_config.json"
    config.parent.mkdir()
    config.write_text(json.dumps({"model": sections}), encoding="utf-8")
    labels.rename(config.with_name("labels_gt.val.slp"))
    config.with_name("metrics.val.npz").write_bytes(b"a pickle")

    assert inspected(config.parent, capsys) == [
        "head: cells",
        "backbone: plain",
        "  output_stride: 1",
        "val: 2 frames, 3 instances",
        "val: metrics.val.npz is a pickle, which can run code when it is opened; Poise does not",
    ]


def test_of_anything_else_nothing_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").write_text("nothing", encoding="utf-8")

    assert inspected(tmp_path / "notes.txt", capsys) == []
    assert inspected(tmp_path, capsys) == []


def test_labels_that_cannot_be_read_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.slp").write_text("nothing", encoding="utf-8")

    assert main(["sleap-inspect", str(tmp_path / "a.slp")]) == 2
    assert "must be labels that sleap-io can read" in capsys.readouterr().err
