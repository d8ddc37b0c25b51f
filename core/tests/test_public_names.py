"""What type checkers are told of Poise's public names is what is so."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

import poise
from poise.registry import documented


def told() -> dict[str, str]:
    """Name → module, of what is imported for type checkers alone and offered to users."""
    tree = ast.parse(Path(poise.__file__).read_text(encoding="utf-8"))
    (block,) = (
        node for node in tree.body if isinstance(node, ast.If) and isinstance(node.test, ast.Name)
    )
    return {
        alias.asname: str(node.module)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname
    }


def test_every_public_name_is_told_with_the_module_that_it_is_imported_from() -> None:
    own = {name: f"poise.{home}" for name, home in poise._HOMES.items()}

    assert {name: module for name, module in told().items() if module.startswith("poise.")} == own


def test_every_documented_class_is_told_with_a_module_of_its_plugin() -> None:
    plugins = {
        name: module.partition(".")[0].replace("_", "-")
        for name, module in told().items()
        if not module.startswith("poise.")
    }

    assert plugins == {
        name: section.distribution for name, section in documented.CLASS_NAMES.items()
    }


@pytest.mark.parametrize("name", sorted(documented.CLASS_NAMES))
def test_a_documented_class_that_is_installed_is_the_one_that_is_told(name: str) -> None:
    try:
        module = importlib.import_module(told()[name])
    except ModuleNotFoundError:
        pytest.skip("its plugin is not installed")

    assert getattr(poise, name) is getattr(module, name)


def test_a_name_that_there_is_not_is_refused_when_it_is_used() -> None:
    with pytest.raises(AttributeError, match="module 'poise' has no attribute 'UNetConfg'"):
        _ = poise.UNetConfg  # type: ignore[attr-defined]
