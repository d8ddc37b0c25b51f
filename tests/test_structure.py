"""The script that checks the core's structure finds packages that break one promise each."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("grimp", reason="needs grimp, which the environment `lint` has")


@pytest.fixture(scope="module")
def structure(workspace: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("structure", workspace / "tests/structure.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["structure"] = module
    spec.loader.exec_module(module)
    return module


FLOORS = (("ground",), ("middle", "beside"), ("roof",))
SOUND = {
    "house": "",
    "house.ground": "",
    "house.ground.stones": "",
    "house.middle": "from house.ground import stones",
    "house.beside": "import house.ground.stones",
    "house.roof": "def enter():\n    from house import middle",
}


def faults(
    structure: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    upwards: Mapping[tuple[str, str], str] | None = None,
    of_the_package: Mapping[str, str] | None = None,
    **changed: str,
) -> list[str]:
    modules = SOUND | {f"house.{name.replace('__', '.')}": text for name, text in changed.items()}
    for name, text in modules.items():
        path = tmp_path / name.replace(".", "/")
        inside = any(other.startswith(f"{name}.") for other in modules)
        file = path / "__init__.py" if inside else path.with_suffix(".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.partition(".")[0] == "house"]:
        del sys.modules[name]
    house = structure.survey("house")
    return list(structure.faults_of(house, FLOORS, upwards or {}, of_the_package or {}))


def test_a_house_whose_imports_run_down_is_sound(structure, tmp_path, monkeypatch) -> None:
    assert faults(structure, tmp_path, monkeypatch) == []


def test_a_circle_of_modules_is_found(structure, tmp_path, monkeypatch) -> None:
    (fault,) = faults(
        structure,
        tmp_path,
        monkeypatch,
        ground__stones="def lazily():\n    import house.ground.mortar",
        ground__mortar="import house.ground.stones",
    )

    assert fault.startswith("imports run in a circle: house.ground.")


def test_a_circle_of_rooms_is_found_where_no_module_is_in_one(
    structure, tmp_path, monkeypatch
) -> None:
    messages = faults(
        structure, tmp_path, monkeypatch, middle="import house.roof.tiles", roof="", roof__tiles="",
        roof__door="import house.middle",
    )  # fmt: skip

    (circle,) = [text for text in messages if text.startswith("imports run in a circle: ")]
    assert set(circle.partition(": ")[2].split(" -> ")) == {"middle", "roof"}


@pytest.mark.parametrize(
    ("module", "imported"), [("ground.stones", "middle"), ("beside", "middle")]
)
def test_an_import_that_runs_up_or_sideways_is_found_unless_it_is_listed(
    structure, tmp_path, monkeypatch, module: str, imported: str
) -> None:
    changed = {
        "middle": "",
        module.replace(".", "__"): f"import house.{imported}",
    }
    pair = (f"house.{module}", f"house.{imported}")

    (fault,) = faults(structure, tmp_path, monkeypatch, **changed)

    assert fault == f"{pair[0]} must import from lower floors, got {pair[1]}; move one, or list it"
    assert faults(structure, tmp_path, monkeypatch, {pair: "a reason"}, **changed) == []


def test_an_exemption_that_nothing_needs_is_found(structure, tmp_path, monkeypatch) -> None:
    pair = ("house.ground.stones", "house.roof")

    assert faults(structure, tmp_path, monkeypatch, {pair: "a reason"}) == [
        "house.ground.stones does not import house.roof upwards any more; remove it from UPWARDS"
    ]


def test_a_room_without_a_floor_is_found(structure, tmp_path, monkeypatch) -> None:
    assert faults(structure, tmp_path, monkeypatch, cellar="") == [
        "house.cellar: its room 'cellar' has no floor; add it to FLOORS"
    ]


def test_a_floor_without_its_room_is_found(structure) -> None:
    house = structure.House("house", {"house": frozenset()}, {"house": 1})

    assert list(structure.faults_of(house, [["cellar"]], {}, {})) == [
        "house has no room 'cellar' any more; remove it from FLOORS"
    ]


def test_an_import_of_the_package_itself_is_found_unless_it_is_listed(
    structure, tmp_path, monkeypatch
) -> None:
    changed = {"ground__stones": "def lazily():\n    import house\n    return house.roof"}

    assert faults(structure, tmp_path, monkeypatch, **changed) == [
        "house.ground.stones must import from rooms, got house itself; list it if it may"
    ]
    listed = {"house.ground.stones": "a reason"}
    assert faults(structure, tmp_path, monkeypatch, None, listed, **changed) == []


def test_a_listed_module_that_imports_the_package_no_more_is_found(
    structure, tmp_path, monkeypatch
) -> None:
    assert faults(structure, tmp_path, monkeypatch, None, {"house.roof": "a reason"}) == [
        "house.roof does not import the package any more; remove it from OF_THE_PACKAGE"
    ]


def test_imports_for_type_checkers_do_not_count(structure, tmp_path, monkeypatch) -> None:
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import house.roof"

    assert faults(structure, tmp_path, monkeypatch, ground__stones=text) == []


def test_a_long_module_and_a_high_median_are_found(structure) -> None:
    assert list(structure.long_modules({"a": 320, "b": 10, "c": 120})) == []
    assert list(structure.long_modules({"a": 321, "b": 10})) == [
        "a must have at most 320 lines, got 321; divide it",
        "the median of lines must be at most 120, got 165.5",
    ]


def test_two_modules_with_the_same_name_are_reported(structure, tmp_path, monkeypatch) -> None:
    (fault,) = faults(structure, tmp_path, monkeypatch, roof="", roof__stones="")

    assert (
        fault == "no two modules may have one name, got house.ground.stones and house.roof.stones"
    )


@pytest.mark.parametrize(("room", "number"), [("cli", 0), ("client", 1)])
def test_only_the_modules_of_listed_rooms_may_share_a_name(structure, room, number) -> None:
    modules = ["house", f"house.{room}", f"house.{room}.stones", "house.roof", "house.roof.stones"]
    house = structure.House("house", dict.fromkeys(modules, frozenset()), dict.fromkeys(modules, 1))

    assert len(list(structure.faults_of(house, [[room, "roof"]], {}, {}))) == number


def test_too_many_flat_modules_are_counted(structure) -> None:
    imports = {"house": frozenset(), **{f"house.m{n}": frozenset() for n in range(19)}}
    house = structure.House("house", imports, dict.fromkeys(imports, 1))
    floors = [[f"m{n}" for n in range(19)]]

    (fault,) = structure.faults_of(house, floors, {}, {})

    assert fault.startswith("at most 18 flat modules are allowed, got 19: ")
