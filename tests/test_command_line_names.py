"""Naming parts and classes on the command line, and messages that name the options."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from poise import BuildError, resolve
from poise.cli import main
from poise.reading import read

SKELETON = {
    "directed": True,
    "graph": {},
    "links": [],
    "multigraph": True,
    "nodes": [{"id": 0}, {"id": 1}, {"id": 2}],
}
NODES = [{"name": name, "weight": 1.0} for name in ("head", "thorax", "abdomen")]


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """A configuration that names no parts."""
    file = tmp_path / "profile.json"
    model = {
        "backbone": {"unet": {"max_stride": 8, "filters": 2}},
        "heads": {"single_instance": {"output_stride": 2}},
    }
    file.write_text(json.dumps(model), encoding="utf-8")
    return file


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    file = tmp_path / "labels.json"
    file.write_text(json.dumps({"nodes": NODES, "skeletons": [SKELETON]}), encoding="utf-8")
    return file


def run(capsys: pytest.CaptureFixture[str], *arguments: Any) -> tuple[int, str, str]:
    status = main([str(argument) for argument in arguments])
    return (status, *capsys.readouterr())


def test_parts_are_named_on_the_command_line(
    profile: Path, labels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for names, count in [(["--parts", "head, tail"], 2), (["--skeleton", labels], 3)]:
        status, out, _ = run(capsys, "check", profile, *names)
        assert (status, f"confmaps: stride 2, {count} channels" in out) == (0, True)
        assert "to be named" not in out


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            ["--parts", "a,,b"],
            "must be different names between commas, as in head,tail, got 'a,,b'",
        ),
        (
            ["--classes", "a,a"],
            "must be different names between commas, as in head,tail, got 'a,a'",
        ),
        (["--parts", "a", "--skeleton", "x"], "--parts must be left out beside --skeleton"),
    ],
)
def test_names_that_cannot_be_meant_are_mistakes_of_the_call(
    profile: Path, capsys: pytest.CaptureFixture[str], names: list[str], message: str
) -> None:
    status, _, complaint = run(capsys, "check", profile, *names)

    assert (status, message in " ".join(complaint.split())) == (2, True)


def test_a_message_names_an_argument_in_python_and_an_option_on_the_command_line(
    profile: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BuildError, match=r"name them here, or pass skeleton= @ model\.heads"):
        resolve(read(profile).config)

    _, out, _ = run(capsys, "check", profile)

    assert "or pass --skeleton FILE or --parts A,B,... @ model.heads.single_instance" in out
