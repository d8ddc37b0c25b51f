"""What README and documentation say is what happens."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import poise


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def readme(workspace: Path) -> str:
    return (workspace / "README.md").read_text(encoding="utf-8")


def run(code: str, folder: Path, *path: Path) -> str:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_example_of_a_sleap_model_runs_as_written(
    readme: str, shared: Path, tmp_path: Path
) -> None:
    example = blocks(readme, "python")[0]
    (tmp_path / "models").mkdir()
    trained = shared / "sleap" / "models" / "minimal_instance.UNet.bottomup"
    (tmp_path / "models" / "flies.UNet.bottomup").symlink_to(trained)
    again = "\nassert poise.load('models/flies').count_params() == model.count_params()"
    printed = run(example + "\nassert maps.shape == (1, 192, 192, 2)" + again, tmp_path)
    assert "matched" in printed


def test_the_example_of_a_new_model_runs_as_written(readme: str, tmp_path: Path) -> None:
    printed = run(blocks(readme, "python")[1], tmp_path)
    assert "(None, 96, 128, 3)" in printed
    assert '"edition": "2026"' in printed


@pytest.fixture
def plugin_of_the_readme(readme: str, tmp_path: Path) -> Path:
    """A folder in which the README's example of a backbone is installed."""
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
    return tmp_path


def test_the_example_of_a_backbone_is_a_plugin_that_builds(plugin_of_the_readme: Path) -> None:
    code = """
import poise
config = poise.ModelConfig.from_json(
    '{"backbone": {"tinyvgg": {"filters": 32}}, "heads": {"centroid": {"output_stride": 4}}}')
model = poise.build(config, (64, 96, 1))
print(model.output["confmaps"].shape, config.backbone.tinyvgg)
"""
    printed = run(code, plugin_of_the_readme, plugin_of_the_readme)
    assert "(None, 16, 24, 1)" in printed
    assert "filters=32" in printed


def test_the_example_of_a_backbone_keeps_every_promise(plugin_of_the_readme: Path) -> None:
    code = """
import sys
import pytest
sys.exit(pytest.main(["--pyargs", "poise.testing", "--poise-key", "tinyvgg", "-q"]))
"""
    printed = run(code, plugin_of_the_readme, plugin_of_the_readme)
    assert int(re.search(r"(\d+) passed", printed).group(1)) > 20  # type: ignore[union-attr]


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
