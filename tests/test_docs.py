"""What README and documentation say is so; their code is run by test_pages.py."""

from __future__ import annotations

import importlib.util
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import poise
from poise import registry
from poise.testing import cases


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def readme(workspace: Path) -> str:
    return (workspace / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def plugin_of_the_readme(
    readme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """The README's example of a backbone is installed."""
    module, entry_points = blocks(readme, "python")[2], blocks(readme, "toml")[0]
    (tmp_path / "poise_tinyvgg.py").write_text(module, encoding="utf-8")
    info = tmp_path / "poise_tinyvgg-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: poise-tinyvgg\nVersion: 0.1\n")
    declared = tomllib.loads(entry_points)["project"]["entry-points"]
    lines = [
        f"[{group}]\n{key} = {value}"
        for group, own in declared.items()
        for key, value in own.items()
    ]
    (info / "entry_points.txt").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(tmp_path)
    registry.reset()
    yield
    registry.reset()
    sys.modules.pop("poise_tinyvgg", None)


@pytest.mark.usefixtures("plugin_of_the_readme", "keras")
def test_the_example_of_a_backbone_is_a_plugin_that_builds() -> None:
    config = poise.ModelConfig.from_json(
        '{"backbone": {"tinyvgg": {"filters": 32}}, "heads": {"centroid": {"output_stride": 4}}}'
    )

    model = poise.build(config, (64, 96, 1))

    assert model.output["confmaps"].shape == (None, 16, 24, 1)
    assert config.backbone.tinyvgg.filters == 32


@pytest.mark.usefixtures("plugin_of_the_readme", "keras")
def test_the_example_of_a_backbone_keeps_every_promise() -> None:
    found = [case.outcome() for case in cases("tinyvgg")]

    assert [one.message for one in found if one.status == "broken"] == []
    assert len([one for one in found if one.status == "kept"]) > 20


def test_the_readme_keeps_its_examples_short(readme: str) -> None:
    examples = blocks(readme, "python")
    code = [
        line
        for line in examples[2].splitlines()
        if line and not line.startswith(("import", "from"))
    ]
    assert len(examples[0].splitlines()) <= 10
    assert len(examples[1].splitlines()) <= 10
    assert len(code) <= 35


def test_the_page_of_editions_is_what_its_generator_writes(workspace: Path) -> None:
    spec = importlib.util.spec_from_file_location("table", workspace / "docs/editions_table.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = (workspace / "docs" / "editions.md").read_text(encoding="utf-8")
    assert module.table() == page, "run: python docs/editions_table.py"


def test_every_path_that_the_architecture_page_names_exists(workspace: Path) -> None:
    page = (workspace / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("|")]
    named = {name for row in rows for name in re.findall(r"`([\w/.-]+(?:\.py|/))`", row)}
    source = workspace / "core" / "src" / "poise"
    beside = [source, source / "wire" / "sleap", workspace]
    lost = [name for name in sorted(named) if not any((root / name).exists() for root in beside)]
    assert not lost, f"docs/architecture.md names what is not there: {lost}"
    assert len(named) > 20


def test_every_function_that_the_architecture_page_names_exists(workspace: Path) -> None:
    page = (workspace / "docs" / "architecture.md").read_text(encoding="utf-8")
    source = "\n".join(
        file.read_text(encoding="utf-8") for file in (workspace / "core/src/poise").rglob("*.py")
    )
    named = {
        name.rpartition(".")[2]
        for line in page.splitlines()
        if line.startswith("|")
        for names in re.findall(r"`[\w/.]+\.py`: ((?:`[\w.]+`(?:, )?)+)", line)
        for name in re.findall(r"`([\w.]+)`", names)
        if not name.endswith(".py")
    }
    lost = [name for name in sorted(named) if not re.search(rf"(def|class) {name}\b", source)]
    assert not lost, f"docs/architecture.md names what is not there: {lost}"
    assert {"scan", "Policy", "spec", "load_specs"} <= named


def test_every_public_name_is_listed_and_resolves() -> None:
    for name in dir(poise):
        assert getattr(poise, name) is not None, name
