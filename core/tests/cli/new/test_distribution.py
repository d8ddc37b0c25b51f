"""What a new distribution is made of, and that it is written whole or not at all."""

from __future__ import annotations

import configparser
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from poise.cli.new.distribution import Distribution, plan
from poise.cli.new.names import LONGEST
from poise.errors import FaultsError

KINDS = ("backbone", "head", "encoder")
NAMES = ("n", "my_net", "n" * LONGEST)

SCREEN = 45
"""Lines on a screen."""


def create(tmp_path: Path, kind: str = "backbone", key: str = "mynet", **options: Any) -> Path:
    distribution = plan(kind, key, into=tmp_path, **options)
    distribution.write()
    return distribution.folder


def project(folder: Path) -> Any:
    return tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_a_complete_distribution(site: Any, tmp_path: Path, kind: str) -> None:
    folder = create(tmp_path, kind, "my_net")

    assert folder == tmp_path / "poise-my-net"
    assert files_in(folder) == [
        ".github/workflows/test.yml",
        ".gitignore",
        "LICENSE",
        "README.md",
        "pyproject.toml",
        "src/poise_my_net.py",
        "tests/test_my_net.py",
        "tox.ini",
    ]
    declared = project(folder)["project"]
    assert declared["name"] == "poise-my-net"
    assert declared["entry-points"] == {f"poise.{kind}s": {"my_net": "poise_my_net"}}
    article = "an" if kind == "encoder" else "a"
    assert declared["description"] == f"my_net, {article} {kind} for Poise."


@pytest.mark.parametrize("key", NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_file_is_seen_at_once(site: Any, tmp_path: Path, kind: str, key: str) -> None:
    distribution = plan(kind, key, into=tmp_path)

    for path, text in distribution.files.items():
        lines = text.splitlines()
        assert len(lines) <= (40 if (kind, path) == ("backbone", distribution.module) else SCREEN)
        assert max(map(len, lines)) <= 100, path
        assert text.endswith("\n"), path
        assert "\t" not in text, path


def test_its_conformance_test_is_three_lines(site: Any, tmp_path: Path) -> None:
    text = plan("head", "dots", into=tmp_path).files["tests/test_dots.py"]

    assert text == (
        "import poise.testing\n\n\n"
        '@poise.testing.conformance("dots", kind="head")\n'
        "def test_conformance(check: poise.testing.Case) -> None:\n"
        "    check()\n"
    )


def test_it_keeps_the_rules_that_poise_keeps(workspace: Path, site: Any, tmp_path: Path) -> None:
    own = tomllib.loads((workspace / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]
    ruff = project(create(tmp_path))["tool"]["ruff"]

    assert ruff["lint"]["select"] == own["lint"]["select"]
    assert ruff["line-length"] == own["line-length"]


def test_it_depends_on_what_poises_own_plugins_depend_on(
    workspace: Path, site: Any, tmp_path: Path
) -> None:
    own = set(project(workspace / "plugins" / "unet")["project"]["dependencies"])

    for kind in KINDS:
        declared = project(create(tmp_path, kind, f"my_{kind}"))["project"]
        further = {"poise-heads>=0.1"} if kind == "head" else set()
        assert set(declared["dependencies"]) == own | further


def test_tox_tests_on_backends_and_checks_style_and_types(site: Any, tmp_path: Path) -> None:
    tox = configparser.ConfigParser()
    tox.read(create(tmp_path) / "tox.ini", "utf-8")

    assert tox["tox"]["env_list"] == "lint, tensorflow, jax"
    assert tox["testenv"]["commands"] == "pytest {posargs}"
    assert tox["testenv:matrix"]["commands"] == "poise matrix mynet"
    assert tox["testenv:lint"]["commands"].split("\n") == [
        *["", "ruff check", "ruff format --check", "mypy"]
    ]
    assert "mynet" in tox["testenv"]["description"]


def test_ci_runs_tox_on_pythons_that_it_supports(site: Any, tmp_path: Path) -> None:
    from ruamel.yaml import YAML

    workflow = YAML(typ="safe").load(create(tmp_path) / ".github/workflows/test.yml")

    job = workflow["jobs"]["test"]
    assert [step["run"] for step in job["steps"] if "run" in step] == [
        "python -m pip install tox",
        "python -m tox run",
    ]
    assert job["steps"][1]["with"]["python-version"] == "${{ matrix.python }}"
    assert job["strategy"]["matrix"]["python"][0] == "3.11"
    assert project(tmp_path / "poise-mynet")["project"]["requires-python"] == ">=3.11"


def test_an_author_is_named_in_metadata_and_license(site: Any, tmp_path: Path) -> None:
    author = 'Zoë "Zo$key" O\'Neil'
    folder = create(tmp_path, author=f"{author} <zoe@example.org>")

    assert project(folder)["project"]["authors"] == [{"name": author, "email": "zoe@example.org"}]
    license = (folder / "LICENSE").read_text("utf-8")
    assert f"Copyright (c) {datetime.now(tz=UTC).year} {author}\n" in license


def test_without_an_author_it_is_its_authors(site: Any, tmp_path: Path) -> None:
    folder = create(tmp_path)

    assert project(folder)["project"]["authors"] == [{"name": "the authors of poise-mynet"}]
    assert "the authors of poise-mynet\n" in (folder / "LICENSE").read_text("utf-8")


@pytest.mark.parametrize("author", ["", " ", "<a@b.c>", "A <a>", "A <a@b.c> B", "A\nB", "A\x00"])
def test_an_invalid_author_is_refused(site: Any, tmp_path: Path, author: str) -> None:
    with pytest.raises(FaultsError, match=r"must be 'Name' or 'Name <address>', got") as caught:
        plan("backbone", "mynet", author=author, into=tmp_path)

    assert [fault.path for fault in caught.value.faults] == ["--author"]


def test_every_reason_is_reported_at_once(site: Any, tmp_path: Path) -> None:
    with pytest.raises(FaultsError) as caught:
        plan("bakbone", "My-Net", author="<>", into=tmp_path / "nowhere")

    assert str(caught.value).splitlines() == [
        "nothing was written:",
        "  no kind 'bakbone'; did you mean 'backbone'? @ KIND",
        "  must be lower-case words of a-z and 0-9, joined by underscores and beginning with a "
        "letter, got 'My-Net'; did you mean 'my_net'? @ NAME",
        "  must be 'Name' or 'Name <address>', got '<>' @ --author",
        f"  must be an existing folder, got {tmp_path / 'nowhere'} @ --into",
    ]
    assert list(tmp_path.glob("poise-*")) == []


def test_existing_files_are_listed_and_left_as_they_are(site: Any, tmp_path: Path) -> None:
    folder = tmp_path / "poise-mynet"
    (folder / "src").mkdir(parents=True)
    (folder / "notes.txt").write_text("mine")

    with pytest.raises(FaultsError) as caught:
        plan("backbone", "mynet", into=tmp_path)

    assert str(caught.value) == (
        f"nothing was written: {folder} already exists and is not overwritten; "
        "it contains notes.txt, src @ NAME"
    )
    assert files_in(tmp_path / "poise-mynet") == ["notes.txt"]
    assert (folder / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("target", ["elsewhere", "nowhere"])
def test_a_link_is_not_followed(site: Any, tmp_path: Path, target: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "poise-mynet").symlink_to(tmp_path / target)

    with pytest.raises(FaultsError, match="already exists and is not overwritten @ NAME"):
        plan("backbone", "mynet", into=tmp_path)


def test_a_file_of_that_name_is_not_overwritten(site: Any, tmp_path: Path) -> None:
    (tmp_path / "poise-mynet").write_text("mine")

    with pytest.raises(FaultsError, match="already exists and is not overwritten @ NAME"):
        plan("backbone", "mynet", into=tmp_path)


def test_an_empty_folder_is_used(site: Any, tmp_path: Path) -> None:
    (tmp_path / "poise-mynet").mkdir()

    assert len(files_in(create(tmp_path))) == 8


def test_what_comes_to_be_after_the_check_is_not_overwritten(site: Any, tmp_path: Path) -> None:
    distribution = plan("backbone", "mynet", into=tmp_path)
    distribution.folder.mkdir()
    (distribution.folder / "notes.txt").write_text("mine")

    with pytest.raises(OSError, match="not empty"):
        distribution.write()

    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    assert files_in(distribution.folder) == ["notes.txt"]


def test_when_writing_fails_nothing_is_left(tmp_path: Path) -> None:
    impossible = {"one.txt": "1", "one.txt/two.txt": "2"}

    with pytest.raises(OSError, match=r"one\.txt"):
        Distribution("mynet", tmp_path / "poise-mynet", impossible).write()

    assert list(tmp_path.iterdir()) == []


def test_a_draft_of_a_killed_process_is_not_in_the_way(site: Any, tmp_path: Path) -> None:
    (tmp_path / ".poise-mynet.draft").mkdir()

    assert len(files_in(create(tmp_path))) == 8
