"""README and documentation match the code; test_pages.py runs their examples."""

from __future__ import annotations

import configparser
import importlib.metadata
import importlib.util
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import attrs
import numpy as np
import pytest
from PIL import Image

import poise
from poise import registry
from poise.registry import documented_classes
from poise.registry.discovery import BACKBONE, ENCODER, HEAD, KINDS, Kind
from poise.settings import SETTINGS
from poise.sphinx.facts import MEASURED, Facts, default_of, measure, read
from poise.sphinx.options import options_of
from poise.testing import cases, every_check
from poise.wire.structure import unstructure

SECTIONS = {BACKBONE: "backbone", HEAD: "heads"}


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
    module = next(block for block in blocks(readme, "python") if "hookimpl" in block)
    entry_points = blocks(readme, "toml")[0]
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
    outcomes = [case.outcome() for case in cases("tinyvgg")]

    assert [outcome.message for outcome in outcomes if outcome.status == "broken"] == []
    assert len([outcome for outcome in outcomes if outcome.status == "kept"]) > 20


def test_the_readme_keeps_its_examples_short(readme: str) -> None:
    examples = blocks(readme, "python")
    (plugin,) = [example for example in examples if "hookimpl" in example]
    code = [
        line for line in plugin.splitlines() if line and not line.startswith(("import", "from"))
    ]
    assert len(examples) >= 3
    assert max(len(example.splitlines()) for example in examples if example is not plugin) <= 10
    assert len(code) <= 35


def generator(workspace: Path, name: str) -> ModuleType:
    """One of the scripts that write parts of the documentation."""
    spec = importlib.util.spec_from_file_location(name, workspace / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_checks_is_what_they_say_themselves(workspace: Path) -> None:
    page = (workspace / "docs" / "reference" / "conformance.md").read_text(encoding="utf-8")

    table = generator(workspace, "conformance_table").page()
    assert table == page, "run: python docs/conformance_table.py"


def test_every_check_is_broken_by_a_plugin_and_none_by_what_is_no_check(workspace: Path) -> None:
    caught = generator(workspace, "conformance_table").broken()
    asked = {(check.name, kind) for check in every_check() for kind in check.kinds}

    assert caught.keys() <= asked
    assert {name for name, _ in caught} == {check.name for check in every_check()}


BACKENDS = ("tensorflow", "jax", "torch")

NOT_IN_THE_MATRIX: dict[str, str] = {}
"""Installed key → the reason why the table of the newest Keras lacks it."""

THE_OLDEST_KERAS = "The oldest Keras that these plugins take"

NOT_IN_THE_OLDEST: dict[str, str] = {
    "torch": "Poise requires the newest Keras there, so the first table has its column",
}
"""Backend → the reason why the table of the oldest Keras has no column for it."""

ENCODERS_NOT_RUN = frozenset(
    [
        "vgg19",
        "resnet34",
        "resnet101",
        "resnet152",
        "resnext101",
        "densenet169",
        "densenet201",
        "seresnet34",
        "seresnet101",
        "seresnet152",
        "seresnext101",
        "senet154",
        "efficientnetb1",
        "efficientnetb2",
        "efficientnetb3",
        "efficientnetb4",
        "efficientnetb5",
        "efficientnetb6",
        "efficientnetb7",
    ]
)
"""Encoders that were not run with the oldest Keras: larger variants of those that its table has."""

CHECKS_SINCE = frozenset(
    [
        "values_are_converted_between_the_editions_and_back",
        "it_builds_as_many_stacks_as_it_says",
        "the_encoders_that_it_takes_are_installed",
        "images_without_animals_give_empty_targets",
        "it_is_trained_with_exactly_what_compile_args_returns",
        "a_head_of_stage_centroid_finds_one_point_of_each_animal",
        "a_head_of_stage_crop_finds_one_animal_at_most",
        "its_transposed_convolutions_are_those_of_their_definition",
    ]
)
"""Checks that were added after the runs of the matrix."""


def tables_of_the_matrix(workspace: Path) -> list[str]:
    """The sections of the page that have a table; that of the newest Keras is the first."""
    page = (workspace / "docs" / "reference" / "matrix.md").read_text(encoding="utf-8")
    return [section for section in page.split("\n## ") if "\n| |" in section]


def rows_of(table: str) -> dict[str, str]:
    """Key → kind."""
    rows = re.findall(r"^\| (\w+) `(\w+)` \|", table, re.MULTILINE)
    return {key: kind for kind, key in rows}


def test_each_table_of_the_matrix_has_every_backend_and_the_keys_that_it_was_run_for(
    workspace: Path,
) -> None:
    tables = tables_of_the_matrix(workspace)
    for table in tables:
        (command,) = re.findall(r"`poise matrix ((?:\w+ )*\w+)", table)
        header = next(line for line in table.splitlines() if line.startswith("| |"))
        is_oldest = table.startswith(THE_OLDEST_KERAS)
        without = set(NOT_IN_THE_OLDEST) if is_oldest else set()

        assert {name for name in BACKENDS if name in header} == set(BACKENDS) - without
        assert set(rows_of(table)) <= set(command.split())
        lacking = set(command.split()) - set(rows_of(table))
        assert lacking == (ENCODERS_NOT_RUN if is_oldest else set())
    assert [table.splitlines()[0] for table in tables] == ["The newest Keras", THE_OLDEST_KERAS]


def test_the_matrix_names_the_checks_that_its_runs_lack(workspace: Path) -> None:
    page = (workspace / "docs" / "reference" / "matrix.md").read_text(encoding="utf-8")
    named = re.findall(r"\(conformance\.md#([a-z-]+)\)", page)

    assert {name.replace("-", "_") for name in named} == CHECKS_SINCE
    assert {check.name for check in every_check()} >= CHECKS_SINCE


def test_the_matrix_of_the_newest_keras_has_every_installed_key(workspace: Path) -> None:
    installed = {(key, kind.name) for kind in KINDS for key in registry.default().keys(kind)}
    rows = rows_of(tables_of_the_matrix(workspace)[0])

    assert {key for key, _ in installed - set(rows.items())} == set(NOT_IN_THE_MATRIX)
    assert len(rows) > 40


def test_the_environment_of_the_matrix_tests_every_key(workspace: Path) -> None:
    tox = configparser.RawConfigParser()
    tox.read(workspace / "tox.ini", "utf-8")

    assert "poise matrix --all " in tox["testenv:matrix"]["commands"]


def test_the_page_of_commands_is_made_of_all_of_them(workspace: Path) -> None:
    page = (workspace / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    settings = generator(workspace, "settings_table")

    assert "\n.. click:: poise.cli._group:group\n   :prog: poise\n   :nested: full\n" in page
    assert settings.MARK in page.splitlines()
    assert {f"| `{setting.name}={setting.form}` " for setting in SETTINGS} <= {
        line[: line.index("|", 1)] for line in settings.table().splitlines()
    }


def test_the_page_of_changes_has_every_fragment(workspace: Path) -> None:
    fragments = [
        fragment.read_text(encoding="utf-8")
        for kind in ("added", "changed", "fixed")
        for fragment in (workspace / "changelog.d").glob(f"*.{kind}.md")
    ]
    page = " ".join(generator(workspace, "changelog_page").page().split())

    assert [text for text in fragments if " ".join(text.split()) not in page] == []
    # Right after a release there are none.
    assert ("## Not yet released" in page) == bool(fragments)


def test_every_public_name_is_on_a_page_of_the_reference(workspace: Path) -> None:
    pages = [
        (workspace / "docs/reference" / f"{name}.md").read_text("utf-8")
        for name in ("python", "contract")
    ]
    directive = r"^\.\. (?:auto\w+|py:\w+):: (?:poise\.)?(\w+)(?:\(\w+\))?$"
    documented = set(re.findall(directive, "\n".join(pages), re.MULTILINE))
    of_plugins = {name for name in dir(poise) if documented_classes.find(name) is not None}

    assert set(dir(poise)) - documented - of_plugins - {"__version__"} == set()


def keys_with_pages(workspace: Path) -> Counter[str]:
    """``kind:key`` → the number of pages that show it."""
    directives: Counter[str] = Counter()
    for page in (workspace / "docs").rglob("*.md"):
        text = page.read_text(encoding="utf-8")
        directives.update(re.findall(r"^```\{poise-key\} (\w+:\w+)$", text, re.MULTILINE))
        for name in re.findall(r"^```\{poise-keys\} (\w+)s\n:sections:$", text, re.MULTILINE):
            kind = next(kind for kind in KINDS if kind.name == name)
            directives.update(f"{name}:{key}" for key in registry.default().keys(kind))
    return directives


INSTALLED = [(kind, key) for kind in KINDS for key in registry.default().keys(kind)]


def test_each_installed_key_has_its_page(workspace: Path) -> None:
    installed = {f"{kind.name}:{key}" for kind, key in INSTALLED}

    assert keys_with_pages(workspace) == Counter(installed)
    assert {"backbone:unet", "head:centroid", "encoder:vgg16"} <= installed


@pytest.mark.parametrize(("kind", "key"), [pair for pair in INSTALLED if pair[0] is not ENCODER])
def test_the_example_of_each_page_is_a_configuration(kind: Kind, key: str) -> None:
    spec = registry.default().spec(kind, key)
    data = {SECTIONS[kind]: {key: unstructure(default_of(spec))}}

    config = poise.ModelConfig.from_data(data)

    assert getattr(config, SECTIONS[kind]).which_oneof() == default_of(spec)


def test_every_option_of_every_installed_head_has_a_meaning() -> None:
    """A reference such as "see there" leads nowhere on a page of its own."""
    options = {
        (key, option.name): option.meaning
        for key in registry.default().keys(HEAD)
        for option in options_of(registry.default().spec(HEAD, key).decode)
    }

    assert [name for name, meaning in options.items() if len(meaning) < 20] == []
    assert [name for name, meaning in options.items() if "see there" in meaning] == []


QUICK = ("unet", "leap", "resnet18", "vgg16")
"""Networks that build within a second; the slow tests measure all others."""


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize(
    ("kind", "key"),
    [
        pytest.param(kind, key, marks=() if key in QUICK else pytest.mark.slow)
        for kind, key in INSTALLED
        if kind in MEASURED
    ],
)
def test_diagrams_and_numbers_are_those_of_the_networks(
    workspace: Path, kind: Kind, key: str
) -> None:
    written, measured = read(workspace / "docs" / "facts.json"), measure(kind, key)

    assert with_new_fields(written[f"{kind.name}:{key}"], measured) == measured, (
        f"run: python -m poise.sphinx docs/facts.json {kind.name}:{key}"
    )


def with_new_fields(written: Facts, measured: Facts) -> Facts:
    """The facts with the fields that their key did not have when they were measured."""
    if written.configuration is None or measured.configuration is None:
        return written
    return attrs.evolve(written, configuration={**measured.configuration, **written.configuration})


def test_there_are_facts_of_what_is_installed_and_of_nothing_else(workspace: Path) -> None:
    installed = {f"{kind.name}:{key}" for kind, key in INSTALLED if kind in MEASURED}

    assert set(read(workspace / "docs" / "facts.json")) == installed


@pytest.mark.usefixtures("keras")
def test_the_pictures_are_those_that_are_drawn(workspace: Path, tmp_path: Path) -> None:
    pictures = generator(workspace, "pictures").main(tmp_path)

    kept = workspace / "docs" / "_static"
    assert {path.relative_to(tmp_path) for path in pictures} == {
        path.relative_to(kept) for path in kept.rglob("*.png")
    }
    assert {path.stem for path in pictures} >= set(poise.heads)


@pytest.mark.parametrize("name", ["drawn", "kept"])
@pytest.mark.usefixtures("keras")
def test_the_front_picture_shows_flies_targets_and_points(
    name: str, workspace: Path, tmp_path: Path
) -> None:
    path = workspace / "docs" / "_static" / "poise.png"
    if name == "drawn":
        path = tmp_path / "poise.png"
        generator(workspace, "pictures").first_picture(path)
    panels = np.array_split(np.asarray(Image.open(path).convert("RGB"), float)[40:], 3, axis=1)
    gray = [abs(panel - panel.mean(axis=-1, keepdims=True)).max(axis=-1) < 8 for panel in panels]

    # The image is gray, with dark flies on light ground.
    assert gray[0].mean() > 0.99
    assert (panels[0] < 100).all(axis=-1).mean() > 0.005
    # Most of the maps are dark, and their peaks are bright and yellow.
    assert (panels[1] < 40).all(axis=-1).mean() > 0.4
    assert ((panels[1][..., 0] > 200) & (panels[1][..., 2] < 200)).mean() > 0.002
    # Each fly's points and edges have a color of their own, over the image.
    for color in ((214, 39, 40), (31, 119, 180), (44, 160, 44)):
        assert (abs(panels[2] - color).max(axis=-1) < 12).mean() > 0.001
    assert (panels[2][gray[2]] < 170).any()


def test_links_to_elsewhere_are_addresses(workspace: Path) -> None:
    for page in [*(workspace / "docs").rglob("*.md"), *workspace.glob("*.md")]:
        for link in re.findall(r"\]\((https?:[^)\s]*)\)", page.read_text(encoding="utf-8")):
            parts = urlsplit(link)
            assert parts.scheme == "https", f"{page.name}: {link}"
            assert "." in parts.netloc, f"{page.name}: {link}"


def test_links_of_pages_that_sphinx_does_not_see_lead_somewhere(workspace: Path) -> None:
    pages = [
        *workspace.glob("*.md"),
        *workspace.glob("plugins/*/*.md"),
        workspace / "core/README.md",
    ]
    for page in pages:
        for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in link:
                assert (page.parent / link).exists(), f"{page}: {link}"


def test_the_page_of_editions_is_what_its_generator_writes(workspace: Path) -> None:
    page = (workspace / "docs" / "editions.md").read_text(encoding="utf-8")
    assert generator(workspace, "editions_table").table() == page, (
        "run: python docs/editions_table.py"
    )


def test_the_tables_of_fields_in_readmes_are_what_their_classes_say(workspace: Path) -> None:
    pages = dict(generator(workspace, "field_tables").pages())

    assert len(pages) == 7
    assert [
        path for path, text in pages.items() if path.read_text(encoding="utf-8") != text
    ] == [], "run: python docs/field_tables.py"


def test_the_page_of_installation_names_what_there_is(workspace: Path) -> None:
    page = (workspace / "docs" / "install.md").read_text(encoding="utf-8")
    commands = [line for block in blocks(page, "sh") for line in block.splitlines()]
    after = [line.split("pip install ", 1)[-1].split("&&")[0] for line in commands]
    named = {word.strip('"') for line in after for word in line.split()}
    extras = importlib.metadata.metadata("tensorflow").get_all("Provides-Extra") or []

    assert named >= {".", "torch", "tensorflow[and-cuda]"}
    assert "and-cuda" in extras
    folders = {word for word in named if word.startswith("./")}
    assert folders
    assert all((workspace / folder / "pyproject.toml").is_file() for folder in folders)


def test_what_the_matrix_calls_not_green_is_all_that_its_tables_have(workspace: Path) -> None:
    page = (workspace / "docs" / "reference" / "matrix.md").read_text(encoding="utf-8")
    _, section, *tables = page.split("\n## ")
    rows = re.findall(r"^\| \w+ `(\w+)` \|(.*)\|$", "\n".join(tables), re.MULTILINE)
    is_green = re.compile(r" \d+ kept(, \d+ not asked)? ")
    red = {key for key, cells in rows if not all(map(is_green.fullmatch, cells.split("|")))}

    assert section.startswith("What is not green\n")
    assert set(re.findall(r"`(\w+)`", section)) == red
    assert "densenet121" in red


@pytest.mark.parametrize("address", ["https://example.org/poise", "https://example.org/poise/"])
def test_pages_link_to_the_repository_that_the_distribution_names(
    workspace: Path, address: str
) -> None:
    options = generator(workspace, "repository_links").theme_options(
        ["Changelog, https://example.org/changes", f"Repository, {address}"]
    )

    assert options["source_repository"] == "https://example.org/poise/"
    assert options["source_directory"] == "docs/"
    assert [icon["url"] for icon in options["footer_icons"]] == ["https://example.org/poise"]


def test_pages_without_a_repository_have_no_links_to_it(workspace: Path) -> None:
    assert generator(workspace, "repository_links").theme_options(["Docs, https://a.org"]) == {}


def test_first_pages_come_first(workspace: Path) -> None:
    page = (workspace / "docs" / "index.md").read_text(encoding="utf-8")
    entries = [
        line
        for tree in re.findall(r"```\{toctree\}\n(.*?)```", page, re.DOTALL)
        for line in tree.splitlines()
        if line and not line.startswith(":")
    ]
    track, doctor, plugin = map(entries.index, ("howto/track", "howto/doctor", "first-plugin"))

    assert entries[:3] == ["install", "howto/predict", "tutorial"]
    assert track < doctor < plugin


def test_head_pictures_are_opaque_so_that_they_can_be_read_in_the_dark(workspace: Path) -> None:
    for path in (workspace / "docs" / "_static" / "heads").glob("*.png"):
        alpha = np.asarray(Image.open(path).convert("RGBA"))[..., 3]
        assert alpha.min() == 255, path.name


def test_every_path_that_the_architecture_page_names_exists(workspace: Path) -> None:
    page = (workspace / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("|")]
    named = {name for row in rows for name in re.findall(r"`([\w/.-]+(?:\.py|/))`", row)}
    source = workspace / "core" / "src" / "poise"
    beside = [source, source / "sleap", workspace]
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
