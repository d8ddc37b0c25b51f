"""Which fields differ: defaults are resolved, spelling does not count."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poise.cli import main
from poise_workflows import diff
from poise_workflows.differing.pairs import read_pair

pytestmark = pytest.mark.usefixtures("made_up")

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(name: str, *, job: bool = False, **sections: Any) -> Path:
        model = {"backbone": {"plain": sections.pop("plain", {})}, "heads": {"cells": {}}}
        data = {"model": model, "data": {}, **sections} if job else {**model, **sections}
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(data), encoding="utf-8")
        return path

    return written


def changes(a: Path, b: Path, **options: Any) -> dict[str, tuple[Any, Any]]:
    return {each.path: (each.a, each.b) for each in diff(a, b, **options).fields}


def test_a_field_at_its_default_equals_the_same_value_spelled(write: Write) -> None:
    result = diff(write("short"), write("long", plain={"output_stride": 2}))

    assert result.equal
    assert [(each.path, each.value, each.by) for each in result.spelled] == [
        ("model.backbone.plain.output_stride", 2, "b")
    ]


def test_jobs_tell_what_they_leave_out_section_by_section(write: Write) -> None:
    spelled = write("a", job=True, optimization={"epochs": 100})
    result = diff(spelled, write("b", job=True, optimization={}))

    assert result.equal
    assert [(each.path, each.by) for each in result.spelled] == [("optimization.epochs", "a")]


def test_both_values_of_a_field_are_told(write: Write) -> None:
    a = write("a", job=True, data={"preprocessing": {"input_scaling": 0.5}})
    b = write("b", job=True, optimization={"epochs": 7})

    assert changes(a, b) == {
        "data.preprocessing.input_scaling": (0.5, 1.0),
        "optimization.epochs": (100, 7),
    }


def test_ignored_fields_do_not_count_nor_does_anything_below_them(write: Write) -> None:
    a, b = write("a", job=True, optimization={"epochs": 7}), write("b", job=True)

    assert diff(a, b, ignore=["optimization"]).equal
    assert not diff(a, b, ignore=["optimization.epoch"]).equal


def test_the_edition_is_a_field(write: Write) -> None:
    a, b = write("a", edition="2026"), write("b", edition="sleap-1.4")

    (difference,) = read_pair(a, b).fields.fields

    assert (difference.path, difference.a, difference.b) == ("model.edition", "2026", "sleap-1.4")


def test_a_key_of_another_program_is_compared_too(write: Write) -> None:
    a, b = write("a", job=True, extra={"lab": 1}), write("b", job=True)
    (difference,) = diff(a, b).fields

    assert (difference.path, difference.a, difference.only) == ("extra", {"lab": 1}, "a")


def test_a_configuration_of_no_network_is_compared_field_by_field(
    write: Write, tmp_path: Path
) -> None:
    strange = tmp_path / "strange.json"
    strange.write_text('{"backbone": {"nobodys": {"depth": 3}}, "heads": {"cells": {}}}', "utf-8")

    result = diff(write("a"), strange)

    assert {"model.backbone.nobodys.depth"} < {each.path for each in result.fields}
    assert result.layers == ()
    (note,) = result.notes
    assert note.startswith(f"{strange}: its layers are not compared, since no network")


def test_the_exit_status_says_whether_they_are_equal(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = write("a", job=True, optimization={"epochs": 7}), write("b", job=True)
    faulty = tmp_path / "faulty.json"
    faulty.write_text('{"backbone": {}, "heads": 3}', encoding="utf-8")

    assert main(["diff", str(a), str(a)]) == 0
    assert capsys.readouterr().out.splitlines() == ["equal", f"  A  {a}", f"  B  {a}"]
    assert main(["diff", str(a), str(b)]) == 1
    assert "  optimization.epochs  7 → 100" in capsys.readouterr().out.splitlines()
    for missing in (faulty, tmp_path / "nowhere.json"):
        assert main(["diff", str(a), str(missing)]) == 2
        assert str(missing) in capsys.readouterr().err


def test_json_has_every_difference(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = write("a", job=True, optimization={"epochs": 7}), write("b", job=True)

    assert main(["diff", str(a), str(b), "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["equal"] is False
    assert data["fields"] == [{"path": "optimization.epochs", "a": 7, "b": 100, "only": None}]


@pytest.mark.parametrize("tolerance", ["-1", "nan", "inf"])
def test_a_tolerance_is_a_distance(
    write: Write, tolerance: str, capsys: pytest.CaptureFixture[str]
) -> None:
    a = write("a")

    assert main(["diff", str(a), str(a), "--tolerance", tolerance]) == 2
    assert "must be a number from 0" in capsys.readouterr().err
