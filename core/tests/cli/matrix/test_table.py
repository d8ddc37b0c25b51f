"""The table of what is found in the environments of a matrix."""

from __future__ import annotations

from typing import Any

from poise.cli.matrix.environments import Cell, CellResult
from poise.cli.matrix.table import markdown

JAX, TORCH = Cell(backend="jax"), Cell(backend="torch")


def case(status: str, problem: str = "", configuration: str = "small") -> dict[str, Any]:
    check = "it_has_a_name" if status == "skipped" else "it_takes_images"
    return {"check": check, "configuration": configuration, "status": status, "found": problem}


def result(cell: Cell, *cases: dict[str, Any], version: str = "1.0") -> CellResult:
    broken = any(case["status"] == "broken" for case in cases)
    plugin = {"kind": "backbone", "key": "tiny", "ok": not broken, "cases": list(cases)}
    on = {"backend": cell.backend, "backend_version": version, "keras": "3.10.0"}
    return CellResult(cell=cell, data={**on, "plugins": [plugin]})


def test_a_table_counts_and_says_below_what_is_broken_where_and_why() -> None:
    broken = case("broken", "stride 4 is 8")
    skipped = case("skipped", "nothing is named")
    table = markdown(
        [
            result(JAX, case("kept"), case("kept"), skipped, version="0.9"),
            result(TORCH, case("kept"), broken, skipped, version="2.13.0"),
        ]
    )

    assert table.splitlines() == [
        "| | jax 0.9, Keras 3.10.0 | torch 2.13.0, Keras 3.10.0 |",
        "|---|---|---|",
        "| backbone `tiny` | 2 kept, 1 not asked | **1 broken**, 1 kept, 1 not asked |",
        "",
        "Broken:",
        "",
        "- backbone `tiny` (small): it takes images: `stride 4 is 8` (torch 2.13.0, Keras 3.10.0)",
        "",
        "Not asked:",
        "",
        "- it has a name: `nothing is named` (jax 0.9, Keras 3.10.0; torch 2.13.0, Keras 3.10.0)",
    ]


def test_an_environment_that_cannot_be_made_is_a_column_that_says_why() -> None:
    failed = CellResult(cell=TORCH, error="ERROR: no matching distribution")

    table = markdown([result(JAX, case("kept")), failed])

    assert "| backbone `tiny` | 1 kept | could not be run |" in table
    assert "- torch-keras-newest: `ERROR: no matching distribution`\n" in table
    assert not failed.ok


def test_a_key_that_cannot_be_tested_somewhere_is_a_cell_that_says_why() -> None:
    killed = CellResult(
        cell=TORCH,
        data={**result(TORCH, case("kept")).data, "plugins": []},
        failures={"tiny": "it ended with status -9"},
    )

    table = markdown([result(JAX, case("kept")), killed])

    assert "| | jax 1.0, Keras 3.10.0 | torch 1.0, Keras 3.10.0 |" in table
    assert "| backbone `tiny` | 1 kept | could not be run |" in table
    assert "- `tiny`, torch-keras-newest: `it ended with status -9`\n" in table
    assert not killed.ok
