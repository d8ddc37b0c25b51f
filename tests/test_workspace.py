"""Every folder of plugins/ is a distribution with the same layout.

The messages say what to write where, so you can add a plugin by following them.
"""

from __future__ import annotations

import ast
import configparser
import importlib.metadata
import importlib.util
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest

from poise.cli._group import IN_PLUGINS, OWN

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = sorted(path.name for path in (ROOT / "plugins").iterdir() if path.is_dir())
GROUPS = {
    "poise.backbones",
    "poise.heads",
    "poise.encoders",
    "poise.commands",
    "poise.kinds",
    "poise.plugins",
    *(
        "poise.engines",
        "poise.exporters",
        "poise.suggesters",
        "poise.trackers",
    ),  # which poise-workflows opens
}

every_plugin = pytest.mark.parametrize("folder", FOLDERS)


def toml(path: Path) -> dict[str, Any]:
    assert path.is_file(), f"{path.relative_to(ROOT)} is missing"
    return tomllib.loads(path.read_text("utf-8"))


def project_of(folder: str) -> dict[str, Any]:
    return toml(ROOT / "plugins" / folder / "pyproject.toml")["project"]


def package_of(folder: str) -> str:
    return f"poise_{folder}"


@pytest.fixture(scope="module")
def umbrella() -> dict[str, Any]:
    return toml(ROOT / "pyproject.toml")


@pytest.fixture(scope="module")
def core() -> dict[str, Any]:
    return toml(ROOT / "core" / "pyproject.toml")["project"]


@pytest.fixture(scope="module")
def tox() -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    parser.read(ROOT / "tox.ini", "utf-8")
    return parser


def test_there_are_plugins_to_hold_to_the_shape() -> None:
    assert {"heads", "unet", "workflows"} <= set(FOLDERS)


@every_plugin
def test_the_distribution_is_named_after_its_folder(folder: str) -> None:
    name, expected = project_of(folder)["name"], "poise-" + folder.replace("_", "-")

    assert name == expected, f"plugins/{folder}/pyproject.toml: name is {name!r}, not {expected!r}"


@every_plugin
def test_the_version_is_the_cores(folder: str, core: dict[str, Any]) -> None:
    version = project_of(folder)["version"]

    assert version == core["version"], (
        f"plugins/{folder}/pyproject.toml: version is {version}, the core's is {core['version']}"
    )


def test_the_umbrella_and_the_package_have_the_cores_version(
    umbrella: dict[str, Any], core: dict[str, Any]
) -> None:
    import poise

    assert umbrella["project"]["version"] == core["version"], "pyproject.toml: version"
    assert poise.__version__ == core["version"], "core/src/poise/__init__.py: __version__"


@every_plugin
def test_what_belongs_to_a_distribution_is_there(folder: str) -> None:
    package = f"src/{package_of(folder)}"
    required = ["README.md", "LICENSE", "tests", f"{package}/__init__.py", f"{package}/py.typed"]
    missing = [path for path in required if not (ROOT / "plugins" / folder / path).exists()]

    assert missing == [], f"plugins/{folder} lacks {', '.join(missing)}"


@every_plugin
def test_the_tests_folder_has_tests(folder: str) -> None:
    tests = ROOT / "plugins" / folder / "tests"

    assert any(tests.rglob("test_*.py")), f"plugins/{folder}/tests has no test_*.py"


@every_plugin
def test_the_license_is_the_projects(folder: str) -> None:
    license = ROOT / "plugins" / folder / "LICENSE"
    text = (ROOT / "LICENSE").read_text("utf-8")

    assert license.is_file(), f"plugins/{folder}/LICENSE is missing: copy LICENSE"
    assert license.read_text("utf-8") == text, f"plugins/{folder}/LICENSE is not LICENSE"


@every_plugin
def test_the_readme_names_the_distribution_and_every_key(folder: str) -> None:
    path = ROOT / "plugins" / folder / "README.md"
    readme = path.read_text("utf-8") if path.is_file() else ""
    groups = project_of(folder).get("entry-points", {})
    keys = [f"`{key}`" for entries in groups.values() for key in entries]
    missing = [key for key in keys if key not in readme]

    assert readme.startswith(f"# {project_of(folder)['name']}\n"), (
        f"plugins/{folder}/README.md: the heading is not the distribution's name"
    )
    assert missing == [], f"plugins/{folder}/README.md says nothing of {', '.join(missing)}"


@every_plugin
def test_it_depends_on_the_core_and_on_no_other_plugin(folder: str) -> None:
    names = {distribution_in(line) for line in project_of(folder)["dependencies"]}
    others = {f"poise-{other}" for other in FOLDERS} & names

    assert "poise" in names, f"plugins/{folder}/pyproject.toml: no dependency on poise"
    assert others <= {"poise-heads"}, (
        f"plugins/{folder}/pyproject.toml depends on {', '.join(sorted(others))}"
    )


def distribution_in(requirement: str) -> str:
    """The distribution in ``name>=1 ; marker`` or ``name @ url``."""
    end = next((i for i, c in enumerate(requirement) if not (c.isalnum() or c in "-_.")), None)
    return requirement[:end]


@every_plugin
def test_the_entry_points_name_its_package(folder: str) -> None:
    groups = project_of(folder).get("entry-points", {})
    strange = sorted(set(groups) - GROUPS)
    elsewhere = [
        f"{key} = {value}"
        for entries in groups.values()
        for key, value in entries.items()
        if value.split(":")[0].split(".")[0] != package_of(folder)
    ]

    where = f"plugins/{folder}/pyproject.toml"
    assert groups, f"{where}: no entry points, so that nobody finds the plugin"
    assert strange == [], f"{where}: unknown groups {strange}; known are {sorted(GROUPS)}"
    assert elsewhere == [], f"{where}: not in {package_of(folder)}: {', '.join(elsewhere)}"


@every_plugin
def test_the_installed_entry_points_are_those_of_the_folder_and_load(folder: str) -> None:
    project = project_of(folder)
    installed = importlib.metadata.distribution(project["name"])
    entry_points = {(entry.group, entry.name): entry for entry in installed.entry_points}
    declared = {
        (group, key)
        for group, entries in project.get("entry-points", {}).items()
        for key in entries
    }

    assert set(entry_points) == declared, (
        f"{project['name']} is installed with other entry points: reinstall"
    )
    for entry in entry_points.values():
        assert entry.load() is not None


@every_plugin
def test_each_command_is_a_click_command_named_as_its_entry_point(folder: str) -> None:
    where = f"plugins/{folder}/pyproject.toml"
    commands = project_of(folder).get("entry-points", {}).get("poise.commands", {})
    for name, value in commands.items():
        command = importlib.metadata.EntryPoint(name, value, "poise.commands").load()

        assert isinstance(command, click.Command), (
            f"{where}: {name} = {value} must be a click command"
        )
        assert command.name == name, f"{where}: {name} is the command {command.name!r}"
        assert IN_PLUGINS.get(name) == project_of(folder)["name"], (
            f"core/src/poise/cli/_group.py: IN_PLUGINS does not say where {name!r} comes from"
        )
        assert name not in OWN, f"{where}: Poise has a command {name!r} of its own"


def test_commands_listed_as_in_plugins_are_declared_there() -> None:
    commands = {
        name: project_of(folder)["name"]
        for folder in FOLDERS
        for name in project_of(folder).get("entry-points", {}).get("poise.commands", {})
    }

    assert commands == IN_PLUGINS


@every_plugin
def test_it_imports_only_public_modules_of_the_core(folder: str) -> None:
    private = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / "plugins" / folder / "src").rglob("*.py")
        for name in imported_by(path)
        if name.split(".")[0] == "poise" and any(step[:1] == "_" for step in name.split("."))
    ]

    assert private == [], f"a third-party plugin could not rely on {', '.join(private)}"


def imported_by(path: Path) -> list[str]:
    """Dotted names that a module imports anywhere."""
    names = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


@every_plugin
def test_the_package_is_found_under_its_import_name(folder: str) -> None:
    module_spec = importlib.util.find_spec(package_of(folder))

    assert module_spec is not None, (
        f"{package_of(folder)} is not installed, or not in plugins/{folder}/src"
    )


LEFT_OUT = {
    "hota": "it brings an OpenCV that takes the place of the one of the extra flow",
    "openvino": "there are systems for which TensorFlow has files and OpenVINO has none",
}
"""Extras that the umbrella does without → why. Their tests are skipped there, unless what tests
the whole workspace installs them."""


@every_plugin
def test_the_umbrella_installs_it(folder: str, umbrella: dict[str, Any]) -> None:
    name = project_of(folder)["name"]
    every = project_of(folder).get("optional-dependencies", {})
    extras = ",".join(extra for extra in every if extra not in LEFT_OUT)
    line = f"{name}{f'[{extras}]' if extras else ''} @ {{root:uri}}/plugins/{folder}"

    assert line in umbrella["project"]["dependencies"], (
        f'pyproject.toml: dependencies lack "{line}"'
    )
    assert umbrella["tool"]["uv"]["sources"].get(name) == {"workspace": True}, (
        f"pyproject.toml: [tool.uv.sources] lacks {name} = {{ workspace = true }}"
    )


@every_plugin
def test_import_linter_watches_it(folder: str, umbrella: dict[str, Any]) -> None:
    linter, package = umbrella["tool"]["importlinter"], package_of(folder)
    lists = {"root_packages": linter["root_packages"]}
    for contract in linter["contracts"]:
        if "poise_heads" in (packages := contract.get("forbidden_modules", [])):
            lists[contract["name"]] = packages
        elif contract["type"] == "independence":
            lists[contract["name"]] = contract["modules"]
    lacking = [name for name, packages in lists.items() if package not in packages]

    assert lacking == [], f"pyproject.toml: [tool.importlinter] lacks {package} in {lacking}"


@every_plugin
def test_tox_has_an_environment_of_its_name(folder: str, tox: configparser.RawConfigParser) -> None:
    environments = tox["tox"]["env_list"].split()
    # Plugins with large libraries are installed without them where possible.
    members = [*tox["workspace"]["members"].split(), *tox["workspace"]["alone"].split()]

    assert folder in environments, f"tox.ini: env_list lacks {folder}"
    assert f"{{tox_root}}/plugins/{folder}" in members, (
        f"tox.ini: [workspace] lacks -e {{tox_root}}/plugins/{folder}"
    )


def test_tox_takes_what_tests_need_from_the_dependency_groups(
    umbrella: dict[str, Any], tox: configparser.RawConfigParser
) -> None:
    groups = umbrella["dependency-groups"]
    used = {
        group for name in tox.sections() for group in tox[name].get("dependency_groups", "").split()
    }
    named = {
        distribution_in(line) for group in groups.values() for line in group if type(line) is str
    }
    repeated = [
        f"{name}: {line}"
        for name in tox.sections()
        for line in tox[name].get("deps", "").split()
        if distribution_in(line) in named
    ]

    assert used == set(groups)
    assert repeated == []


def test_ci_runs_the_test_command_of_the_readme() -> None:
    command = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()[-1]
    readme = (ROOT / "README.md").read_text("utf-8").splitlines()

    assert command in readme, f".ci/run runs `{command}`, which the README does not show"


def test_pre_commit_and_the_group_lint_pin_the_same_version_of_ruff(
    umbrella: dict[str, Any],
) -> None:
    group = umbrella["dependency-groups"]["lint"]
    (pinned,) = [line for line in group if isinstance(line, str) and line.startswith("ruff")]
    version = pinned.removeprefix("ruff==")

    assert f"rev: v{version}\n" in (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
