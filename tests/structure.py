"""Compute from imports what ``docs/architecture.md`` promises of the core's structure.

    python tests/structure.py

The core is a package of rooms (subpackages) and flat modules. Imports run downwards: each room
and each flat module stands on a floor and imports from lower floors, or from its own room.
"""

from __future__ import annotations

import importlib.util
import statistics
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import grimp

# The limits of D54.
MOST_FLAT_MODULES = 18
LONGEST_MODULE = 320
LONGEST_MEDIAN = 120

FLOORS = (
    ("processes",),
    ("messages", "scalars", "settings"),
    ("errors",),
    ("files",),
    ("writing",),
    ("wire", "editions"),
    ("fields", "skeleton", "geometry", "arrays", "missing"),
    ("specs", "job"),
    ("hookspecs", "labels", "instances", "blocks"),
    ("registry",),
    ("config",),
    ("building",),
    ("weights", "inspection", "json_schema", "decoding", "losses", "sleap"),
    ("training", "model_folder", "pretrained", "libraries"),
    ("reading",),
    ("testing",),
    ("cli", "sphinx"),
    ("__main__",),
)
"""From the ground to the roof. Modules on the same floor do not import each other."""

UPWARDS: Mapping[tuple[str, str], str] = {}
"""Module and what it imports from its own floor or a higher one → the reason."""

OF_THE_PACKAGE: Mapping[str, str] = {
    "poise.cli._version": "the version, which the command prints",
    "poise.cli.doctor.installation": "the version, which the report has",
    "poise.model_folder.provenance": "the version, which model folders record",
    "poise.pretrained.connection": "the version, which servers are told",
    "poise.registry.remembering": "the version, by which remembered listings are kept apart",
    "poise.sphinx": "the version, which Sphinx asks for",
    "poise.testing.checks.backbones": "the public names, as a plugin's author uses them",
    "poise.testing.checks.outputs": "the public names, as a plugin's author uses them",
    "poise.testing.reporting": "the version, which the report has",
}
"""Module that imports the package itself, whose public names lead to every floor → the reason."""

MAY_SHARE_A_NAME = ("cli", "testing.checks")
"""Rooms whose modules mirror what they show or check, and may be called the same."""


class House(NamedTuple):
    """The modules of a package and their imports.

    Attributes:
        package: its import name.
        imports: each module → the modules of the package that it imports, also within
            functions, but not those that only type checkers see.
        lines: each module → its number of lines.
    """

    package: str
    imports: Mapping[str, frozenset[str]]
    lines: Mapping[str, int]


def survey(package: str) -> House:
    """Read the modules of an importable package, and what they import, without running them."""
    graph = grimp.build_graph(package, exclude_type_checking_imports=True, cache_dir=None)
    imports = {
        module: frozenset(graph.find_modules_directly_imported_by(module))
        for module in sorted(graph.modules)
    }
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return House(package, imports, lines_of(Path(spec.origin).parent))


def lines_of(folder: Path) -> dict[str, int]:
    """Each module of a package, by its import name → its number of lines."""
    return {
        ".".join(file.relative_to(folder.parent).with_suffix("").parts).removesuffix(
            ".__init__"
        ): len(file.read_text(encoding="utf-8").splitlines())
        for file in sorted(folder.rglob("*.py"))
    }


def faults_of(
    house: House,
    floors: Sequence[Iterable[str]] = FLOORS,
    upwards: Mapping[tuple[str, str], str] = UPWARDS,
    of_the_package: Mapping[str, str] = OF_THE_PACKAGE,
) -> Iterator[str]:
    """Each difference between a package and the documented structure, as a sentence."""
    yield from _circles(house)
    yield from _empty_floors(house, floors)
    yield from _upward_imports(house, floors, upwards)
    yield from _imports_of_the_package(house, of_the_package)
    yield from long_modules(house.lines)
    yield from _shared_names(house)
    flat = [module for module in house.imports if _is_flat(module, house)]
    if len(flat) > MOST_FLAT_MODULES:
        yield f"at most {MOST_FLAT_MODULES} flat modules are allowed, got {len(flat)}: {flat}"


def _circles(house: House) -> Iterator[str]:
    rooms: dict[str, set[str]] = {}
    for module, imported in house.imports.items():
        within = {_room(other, house) for other in imported if other != house.package}
        rooms.setdefault(_room(module, house), set()).update(within - {_room(module, house)})
    for graph in (house.imports, rooms):
        try:
            TopologicalSorter(
                {name: set(others) - {name} for name, others in graph.items()}
            ).prepare()
        except CycleError as error:
            yield f"imports run in a circle: {' -> '.join(error.args[1])}"


def _empty_floors(house: House, floors: Sequence[Iterable[str]]) -> Iterator[str]:
    rooms = {_room(module, house) for module in house.imports}
    for room in sorted({room for floor in floors for room in floor} - rooms):
        yield f"{house.package} has no room {room!r} any more; remove it from FLOORS"


def _imports_of_the_package(house: House, listed: Mapping[str, str]) -> Iterator[str]:
    modules = {module for module, imported in house.imports.items() if house.package in imported}
    for module in sorted(modules - set(listed)):
        yield f"{module} must import from rooms, got {house.package} itself; list it if it may"
    for module in sorted(set(listed) - modules):
        yield f"{module} does not import the package any more; remove it from OF_THE_PACKAGE"


def _upward_imports(
    house: House, floors: Sequence[Iterable[str]], upwards: Mapping[tuple[str, str], str]
) -> Iterator[str]:
    floor_of = {room: floor for floor, rooms in enumerate(floors) for room in rooms}
    left = set(upwards)
    for module, imported in house.imports.items():
        room = _room(module, house)
        if module == house.package:
            continue
        if room not in floor_of:
            yield f"{module}: its room {room!r} has no floor; add it to FLOORS"
            continue
        for other in sorted(imported):
            # For the package itself, see OF_THE_PACKAGE.
            if other == house.package or _room(other, house) == room:
                continue
            if floor_of.get(_room(other, house), len(floors)) < floor_of[room]:
                continue
            if (module, other) in upwards:
                left.discard((module, other))
            else:
                yield f"{module} must import from lower floors, got {other}; move one, or list it"
    for module, other in sorted(left):
        yield f"{module} does not import {other} upwards any more; remove it from UPWARDS"


def long_modules(lines_of_modules: Mapping[str, int]) -> Iterator[str]:
    """Modules that are too long, and whether modules in general are."""
    for module, lines in lines_of_modules.items():
        if lines > LONGEST_MODULE:
            yield f"{module} must have at most {LONGEST_MODULE} lines, got {lines}; divide it"
    median = statistics.median(lines_of_modules.values())
    if median > LONGEST_MEDIAN:
        yield f"the median of lines must be at most {LONGEST_MEDIAN}, got {median:g}"


def _shared_names(house: House) -> Iterator[str]:
    packages = {module.rpartition(".")[0] for module in house.imports}
    exempt = [f"{house.package}.{room}" for room in MAY_SHARE_A_NAME]
    modules = [
        module
        for module in house.imports
        if module not in packages and "__" not in module
        if not any(module == room or module.startswith(f"{room}.") for room in exempt)
    ]
    count = Counter(module.rpartition(".")[2] for module in modules)
    for name in sorted(name for name, times in count.items() if times > 1):
        same = [module for module in modules if module.endswith(f".{name}")]
        yield f"no two modules may have one name, got {' and '.join(same)}"


def _room(module: str, house: House) -> str:
    """The room or flat module that a module belongs to; empty for the package itself."""
    return module.removeprefix(house.package).lstrip(".").partition(".")[0]


def _is_flat(module: str, house: House) -> bool:
    inside = any(other.startswith(f"{module}.") for other in house.imports)
    return module.count(".") == house.package.count(".") + 1 and not inside


def main() -> int:
    """Print what is wrong; the exit status is 1 if anything is."""
    house = survey("poise")
    plugins = Path(__file__).resolve().parent.parent / "plugins"
    of_plugins = {
        name: lines
        for source in sorted(plugins.glob("*/src/*"))
        for name, lines in lines_of(source).items()
    }
    faults = [*faults_of(house), *long_modules(of_plugins)]
    for fault in faults:
        print(fault)
    flat = sum(_is_flat(module, house) for module in house.imports)
    rooms = {_room(module, house) for module in house.imports} - {""}
    arrows = sum(len(imported) for imported in house.imports.values())
    print(
        f"{len(house.imports)} modules, {len(rooms) - flat} rooms, {flat} flat modules, "
        f"{len(FLOORS)} floors, {arrows} imports, {len(UPWARDS)} upwards; "
        f"median {statistics.median(house.lines.values()):g} lines, "
        f"longest {max(house.lines.values())}; {len(faults)} faults"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
