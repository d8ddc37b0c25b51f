"""The figures of runtimes that the documentation shows, and what it says of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from loose_files import module


@pytest.fixture
def runtimes_table(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    return module(workspace / "docs" / "runtimes_table.py", monkeypatch)


@pytest.fixture
def page(runtimes_table: Any) -> str:
    return (runtimes_table.DOCS / "howto/fast-runtimes.md").read_text(encoding="utf-8")


def test_each_table_is_below_the_command_that_wrote_it(runtimes_table: Any, page: str) -> None:
    for side in runtimes_table.SIDES:
        figures = runtimes_table.figures_of(side)
        command = f"poise benchmark {figures['model']} --image {side},{side},1 -o "
        before, _, _ = page.partition(f"<!-- runtimes: {side} -->")

        assert figures["image"] == [side, side, 1]
        assert f"\n{command}{runtimes_table.file_of(side).name}\n" in before
        assert f"Frames of {side} × {side}:" in before.rstrip().splitlines()[-1]


def test_every_row_is_in_its_table(runtimes_table: Any, page: str) -> None:
    shown = runtimes_table.page(page)

    assert "<!-- runtimes" not in shown
    for side in runtimes_table.SIDES:
        rows = runtimes_table.figures_of(side)["rows"]
        assert {row["runtime"] for row in rows} == {"keras", "xla", "onnx", "openvino"}
        assert not any(row["failed"] for row in rows)
        for row in rows:
            start = f"| `{row['runtime']}` | {row['batch_size']} | {row['frames_per_second']:.3g} |"
            assert start in shown


def test_what_the_page_says_of_the_figures_is_in_them(runtimes_table: Any, page: str) -> None:
    rows = [row for side in runtimes_table.SIDES for row in runtimes_table.figures_of(side)["rows"]]
    keras = [row for row in rows if row["runtime"] == "keras"]
    others = [row for row in rows if row["runtime"] in ("onnx", "openvino")]
    said = [(int(least), int(most)) for least, most in re.findall(r"(\d+) to (\d+) %", page)]

    parts = [[round(100 * row["of_peak"]) for row in each] for each in (others, keras)]
    assert said == [(min(each), max(each)) for each in parts]
    assert max(row["memory"] for row in others if row["batch_size"] == 1) < min(
        row["memory"] for row in keras
    )
