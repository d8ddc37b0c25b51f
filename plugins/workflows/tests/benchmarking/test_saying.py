"""The table of a benchmark."""

from __future__ import annotations

import json

import pytest

from poise_workflows.benchmarking.results import Benchmark, Row
from poise_workflows.benchmarking.saying import show

RESULT = Benchmark(
    model="models/flies.bottomup",
    image=(384, 512, 1),
    parameters=1_234_567,
    operations=12_300_000_000,
    peak=1.5e11,
    machine={
        "system": "Linux",
        "machine": "x86_64",
        "processor": "Intel(R) Xeon(R) CPU @ 2.20GHz",
        "vectors": "AVX-512",
        "cores": 2,
        "memory": 2**34,
    },
    versions={"poise": "0.1.0", "python": "3.12.1", "keras": "3.15.1", "tensorflow": "2.21.0"},
    rows=(
        Row(
            runtime="keras",
            precision="float32",
            batch_size=4,
            frames_per_second=31.25,
            latency=0.128,
            latency_99=0.1312,
            calls=24,
            start=4.2,
            memory=700 * 2**20,
            flops=3.84e11,
            of_peak=0.72,
        ),
        Row(runtime="onnx", precision="float32", batch_size=4, failed="no such operation"),
    ),
    notes=("the weights are random ones",),
)


def shown(width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    show(RESULT)
    return capsys.readouterr().out


@pytest.mark.parametrize("width", [60, 80, 100])
def test_it_fits_the_terminal(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = shown(width, monkeypatch, capsys).splitlines()

    assert max(map(len, lines)) <= width


def test_a_row_has_its_figures_in_the_units_of_the_header(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = shown(120, monkeypatch, capsys)

    (row,) = [line.split() for line in text.splitlines() if line.startswith("keras")]
    assert row == ["keras", "float32", "4", "31.2", "128", "131", "700", "4.2", "72", "%"]
    assert "12.3 billion a frame" in text
    assert "150 billion FLOPs a second" in text
    assert "Intel(R) Xeon(R) CPU @ 2.20GHz" in text
    assert "2 cores with AVX-512, Linux" in text


def test_a_row_without_figures_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = shown(100, monkeypatch, capsys)

    assert "failed  onnx, float32, batch 4: no such operation" in text
    assert "note    the weights are random ones" in text
    assert RESULT.failed


def test_the_fastest_row_of_a_batch_size_is_one_with_figures() -> None:
    fastest = RESULT.fastest(4)

    assert fastest is not None
    assert fastest.runtime == "keras"
    assert RESULT.fastest(1) is None


def test_it_is_json() -> None:
    data = json.loads(json.dumps(RESULT.to_json()))

    assert data["rows"][0]["frames_per_second"] == 31.25
    assert data["image"] == [384, 512, 1]
