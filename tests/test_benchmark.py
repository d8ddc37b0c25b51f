"""``poise benchmark``: a network in each runtime, each in a process of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs
import pytest

import poise
import poise_workflows
from poise.cli import main

pytestmark = pytest.mark.usefixtures("keras")

EXPORT = Path(__file__).resolve().parent / "data" / "exported"


def test_an_export_is_measured_in_the_runtimes_that_take_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("onnxruntime", reason="of poise-workflows[onnx]")
    output = tmp_path / "speed.json"
    words = ["benchmark", str(EXPORT), "--image", "64,96,1", "--runtimes", "onnx"]

    status = main([*words, "--batch-sizes", "1,2", "--seconds", "0.1", "-o", str(output)])

    assert status == 0, capsys.readouterr().err
    data = json.loads(output.read_text("utf-8"))
    assert [(row["runtime"], row["batch_size"]) for row in data["rows"]] == [
        ("onnx", 1),
        ("onnx", 2),
    ]
    for row in data["rows"]:
        assert row["library"].startswith("auto (onnxruntime ")
        assert 0 < row["latency"] <= row["latency_99"]
        assert row["calls"] >= 5
        # Its process has neither Keras nor what this one has.
        assert 20 * 2**20 < row["memory"] < 400 * 2**20
        assert row["flops"] == pytest.approx(row["frames_per_second"] * data["operations"])
        assert row["of_peak"] == pytest.approx(row["flops"] / data["peak"])
    assert "onnx" in capsys.readouterr().out


def test_the_flops_are_those_of_inspect_at_the_size_that_the_network_sees(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from poise_workflows.benchmarking.asked import asked_of
    from poise_workflows.benchmarking.subjects import source_of, subject_of

    reading = poise.read(EXPORT / "config.json")
    scaled = attrs.evolve(reading.preprocessing, input_scaling=0.5)
    reading = attrs.evolve(reading, preprocessing=scaled, image=(None, None, 1))
    asked = asked_of(
        runtimes="keras",
        precisions="float32",
        batch_sizes=1,
        image=(100, 64),
        device="cpu",
        seconds=1,
    )
    saved: list[Any] = []
    monkeypatch.setattr(poise, "save", lambda model, folder: saved.append(model))
    monkeypatch.setattr(
        "poise_workflows.benchmarking.subjects.read_either",
        lambda path: _member(reading),
    )

    subject = subject_of(source_of(reading), asked, None, None, Path("nowhere"))

    assert subject.image == (100, 64, 1)
    (model,) = saved
    # 50 × 32 pixels, padded to the stride of 4.
    assert subject.operations == poise.inspect(model, (52, 32)).operations
    assert subject.notes[-1].startswith("the weights are random ones")


def _member(reading: Any) -> Any:
    from poise_workflows.pipelines.members import Member

    return Member(path=Path("nowhere"), reading=reading, spec=poise.heads["multi_instance"])


@pytest.mark.slow
def test_a_profile_has_a_row_for_each_runtime_and_precision(tmp_path: Path) -> None:
    for name in ("onnx", "onnxruntime", "tf2onnx"):
        pytest.importorskip(name, reason="of poise-workflows[onnx]")

    result = poise_workflows.benchmark(
        "baseline_medium_rf.single",
        image=(64, 64, 1),
        batch_sizes=1,
        precisions="float32,bfloat16",
        seconds=0.1,
    )

    rows = {(row.runtime, row.precision): row for row in result.rows}
    assert {("keras", "float32"), ("keras", "bfloat16"), ("onnx", "float32")} <= rows.keys()
    assert not result.failed, [row.failed for row in result.rows]
    assert result.parameters is not None
    assert "random" in result.notes[-1]
