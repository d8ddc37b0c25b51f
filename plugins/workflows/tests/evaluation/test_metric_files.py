from __future__ import annotations

import json
import math
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise_workflows
from compared_labels import labels_of
from poise_workflows import EvaluationError, read_metrics

POINTS = np.array([[0.0, 0], [20, 10], [40, 25]])


@pytest.fixture
def result(tmp_path: Path) -> Any:
    """An evaluation that was written as both kinds of files."""
    labels = labels_of({0: [{"points": POINTS}]})
    predicted = labels_of({0: [{"points": POINTS + [3, 4]}]}, predicted=True)
    poise_workflows.evaluate(labels, predicted, output=tmp_path / "m.json")
    return poise_workflows.evaluate(labels, predicted, output=tmp_path / "m.npz")


def test_an_npz_gives_back_every_metric(result: Any, tmp_path: Path) -> None:
    metrics = read_metrics(tmp_path / "m.npz")

    assert list(metrics) == list(result.to_dict())
    for name, value in result.to_dict().items():
        np.testing.assert_array_equal(metrics[name], value)
    assert metrics["dist.avg"] == 5
    assert metrics["dist.video_paths"].tolist() == ["flies.mp4"]


def test_json_gives_back_every_figure(result: Any, tmp_path: Path) -> None:
    metrics = read_metrics(tmp_path / "m.json")

    figures = {k: v for k, v in result.to_dict().items() if not isinstance(v, np.ndarray)}
    assert metrics == pytest.approx(figures, nan_ok=True)
    assert math.isnan(metrics["tracking.idf1"])


def test_every_figure_has_its_meaning_beside_it(result: Any, tmp_path: Path) -> None:
    data = json.loads((tmp_path / "m.json").read_text())

    assert list(data["metrics"])[:2] == ["dist.avg", "dist.p50"]  # pixels first
    assert {name for name, v in result.metrics.items() if not isinstance(v, np.ndarray)} == set(
        data["metrics"]
    )
    for each in data["metrics"].values():
        assert each["meaning"].endswith(".")
        assert each["meaning"].count(".") - each["meaning"].count("0.") == 1
    assert set(data["parts"]["head"]) | set(data["animals"].get("a", {})) <= set(data["columns"])


def sleaps(path: Path) -> Path:
    """As SLEAP writes it: one dictionary, pickled."""
    metrics: Any = {"dist.avg": 2.5, "dist.dists": np.ones((2, 3)), "dist.video_paths": ["a", "b"]}
    np.savez_compressed(path, metrics=metrics)
    return path


def test_sleaps_pickle_is_refused_and_the_message_converts_it(tmp_path: Path) -> None:
    path = sleaps(tmp_path / "metrics.val.npz")

    with pytest.raises(EvaluationError, match="whose 'metrics' is a pickle") as caught:
        read_metrics(path)

    command = str(caught.value).splitlines()[-1].strip()
    assert command.startswith("python -c ")
    subprocess.run([sys.executable, *shlex.split(command)[1:]], check=True)
    metrics = read_metrics(tmp_path / "metrics.val.plain.npz")
    assert metrics["dist.avg"] == 2.5
    assert metrics["dist.dists"].shape == (2, 3)


class Evil:
    def __reduce__(self) -> Any:
        return (Path.touch, (Path("touched"),))


def test_nothing_in_a_pickle_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    array = np.empty((), object)
    array[()] = Evil()
    np.savez(tmp_path / "m.npz", metrics=array)

    with pytest.raises(EvaluationError, match="pickle"):
        read_metrics("m.npz")
    assert not Path("touched").exists()
    with np.load("m.npz", allow_pickle=True) as archive:
        archive["metrics"].item()
    assert Path("touched").exists()  # so it would have run


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("m.csv", b"", "must end in .json or .npz, got m.csv"),
        ("m.npz", b"", "must be a plain npz of metrics, got m.npz"),
        ("m.npz", b"PK\x03\x04 damaged", "must be a plain npz of metrics, got m.npz"),
        ("m.json", b"{", "must be metrics that `poise evaluate` wrote, got m.json"),
        ("m.json", b"[]", "must be metrics that `poise evaluate` wrote, got m.json"),
        ("m.json", b'{"metrics": {"a": 1}}', "must be metrics that `poise evaluate` wrote"),
        ("m.json", b'{"metrics": {"a": {"value": "b"}}}', "a figure must be a number, got str"),
        ("m.json", b"\xff\xfe", "must be metrics that `poise evaluate` wrote, got m.json"),
    ],
)
def test_other_files_are_refused(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(EvaluationError) as caught:
        read_metrics(tmp_path / name)

    assert message in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()

    for name, got in [("none.npz", "nothing of this name"), ("folder.json", "a folder")]:
        with pytest.raises(EvaluationError, match=f"must be a file of metrics, got {got}"):
            read_metrics(tmp_path / name)


def test_arrays_of_more_than_a_gigabyte_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poise_workflows.evaluation.metric_files.LARGEST", 1000)
    np.savez_compressed(tmp_path / "m.npz", a=np.zeros(1000))

    with pytest.raises(EvaluationError, match="must have at most 1000 bytes of arrays, got 8"):
        read_metrics(tmp_path / "m.npz")
