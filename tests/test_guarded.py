"""No function of a plugin is called without the guard, whoever's plugin it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from poise import registry
from poise.registry.guarding import Guarded

ROOT = Path(__file__).parents[1]

MAY_UNWRAP = {
    "core/src/poise/registry/guarding.py": "the guard itself",
    "core/src/poise/registry/importing.py": "gets specs of hooks, and guards them",
    "core/src/poise/registry/observing.py": "tells which observer failed, without calling it",
    "core/src/poise/registry/registering.py": "takes specs of programs, and guards them",
    "core/src/poise/sphinx/options.py": "reads the signatures of decoders, without calling them",
    "core/src/poise/building/resolving.py": "asks whether a function is the default one",
}
"""Modules that get at what is behind the guard → the reason."""

BEHIND = {"__wrapped__", "unwrap", "own_spec", "get_hookimpls", "_function"}
"""Names that lead to functions of plugins past the guard."""


def specs() -> Iterator[tuple[str, Any]]:
    plugins = registry.default()
    for kind in plugins.kinds:
        for key in plugins.keys(kind):
            yield f"{kind.name} {key}", plugins.spec(kind, key)


def unguarded(name: str, value: Any) -> Iterator[str]:
    """The functions of a spec, an output or published weights that have no guard."""
    for field in attrs.fields(type(value)):
        function = getattr(value, field.name)
        if callable(function) and field.name != "config" and not isinstance(function, Guarded):
            yield f"{name}.{field.name}"


def returned(name: str, spec: Any) -> Iterator[tuple[str, Any]]:
    """What functions of a spec return that has functions itself."""
    if name.startswith("backbone") and spec.published is not None:
        yield from ((f"{name} {weights.name}", weights) for weights in spec.published())
    if name.startswith("encoder") and spec.pretrained is not None:
        yield f"{name} pretrained", spec.pretrained()


def names_behind(file: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(file.read_text("utf-8"))))
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return (attributes | names) & BEHIND


def test_every_function_of_every_installed_spec_is_guarded() -> None:
    every = dict(specs())

    assert len(every) > 40
    assert [line for name, spec in every.items() for line in unguarded(name, spec)] == []


def test_functions_of_what_they_return_are_guarded_too() -> None:
    every = [pair for name, spec in specs() for pair in returned(name, spec)]

    assert len(every) > 10
    assert [line for name, value in every for line in unguarded(name, value)] == []


@pytest.mark.parametrize("source", ["core/src", "plugins"])
def test_nobody_gets_behind_the_guard(source: str) -> None:
    files = [file for file in (ROOT / source).rglob("*.py") if "/tests/" not in file.as_posix()]
    behind = {file.relative_to(ROOT).as_posix() for file in files if names_behind(file)}

    assert behind <= MAY_UNWRAP.keys()


def test_the_scan_finds_who_does(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text("import inspect\ninspect.unwrap(spec.build)(config)\n", "utf-8")

    assert names_behind(file) == {"unwrap"}
