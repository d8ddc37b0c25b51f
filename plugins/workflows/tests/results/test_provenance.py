"""A result says where it comes from in SLEAP's fields, and in Poise's."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import poise
from poise_workflows.results.provenance import Origin, provenance_of

START = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
ORIGIN = Origin(
    model_paths=["models/flies/training_config.json"],
    predictor="BottomUpPredictor",
    command=["poise", "predict", "my flies.mp4"],
    data_path="my flies.mp4",
    output_path="flies.slp",
    options={"peak_threshold": 0.2},
    started=START,
    finished=START + timedelta(seconds=90),
    details={"reader": "PyAV 14", "models": [{"sha256": "ab"}]},
)


def test_sleaps_fields_are_those_of_sleap_in_its_order(golden: Path) -> None:
    case = json.loads((golden / "predict/bottomup_video/case.json").read_text("utf-8"))

    provenance = provenance_of(ORIGIN)

    assert [name for name in provenance if name != "poise"] == list(case["provenance"])
    for name, value in case["provenance"].items():
        blanked = isinstance(value, str) and value.startswith("<")
        assert blanked or type(provenance[name]) is type(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("command", "poise predict 'my flies.mp4'"),
        ("total_elapsed", 90.0),
        ("args", {"peak_threshold": 0.2}),
        ("sleap_version", f"Poise {poise.__version__}"),
        (
            "poise",
            {"version": poise.__version__, "reader": "PyAV 14", "models": [{"sha256": "ab"}]},
        ),
    ],
)
def test_a_field_says_what_was_done(name: str, value: object) -> None:
    assert json.loads(json.dumps(provenance_of(ORIGIN)))[name] == value
