"""What ``poise weights`` lists, finds and fetches."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from poise import EncoderSpec, PublishedWeights, hookimpl, registry
from poise.cli import main

CONTENT = b"weights"
TINY = PublishedWeights(
    name="encoder-tiny-imagenet",
    title="Tiny's ImageNet weights",
    file="tiny.h5",
    url="https://weights.invalid/tiny.h5",
    checksum=f"sha256:{hashlib.sha256(CONTENT).hexdigest()}",
    layers=("conv",),
    license="MIT",
    size=9_031_936,
)


class Plugin:
    """Two encoders, of which one has published weights."""

    @hookimpl
    def poise_encoders(self) -> list[EncoderSpec]:
        return [
            EncoderSpec(key="tiny", build=lambda image: {}, pretrained=lambda: TINY),
            EncoderSpec(key="untrained", build=lambda image: {}),
        ]


class Second:
    """Another encoder with published weights."""

    @hookimpl
    def poise_encoders(self) -> list[EncoderSpec]:
        other = attrs.evolve(TINY, name="encoder-other-imagenet", file="other.h5")
        return [EncoderSpec(key="other", build=lambda image: {}, pretrained=lambda: other)]


class Wheel:
    """A distribution that contains a weights file."""

    file: Path

    @hookimpl
    def poise_weights(self, source: str) -> Path | None:
        return self.file if source == TINY.name else None


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of weights files, empty, and nothing else to find weights in."""
    (tmp_path / "weights").mkdir()
    monkeypatch.setenv("POISE_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("POISE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("POISE_OFFLINE", "1")
    registry.reset(registry.Registry(plugins=[Plugin()]))
    yield tmp_path / "weights"
    registry.reset()


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["weights", *arguments])
    message = capsys.readouterr()
    return status, message.out, message.err


def test_weights_are_listed_with_license_and_whether_they_are_here(
    capsys: Any, folder: Path
) -> None:
    assert run(capsys, "list")[1].splitlines()[1] == f"{TINY.name}  9 MB  to fetch  MIT"
    (folder / "tiny.h5").write_bytes(CONTENT)
    assert run(capsys, "list")[1].splitlines()[1] == f"{TINY.name}  9 MB  here   MIT"


def test_another_file_in_the_place_of_one_hides_nothing_else_from_the_list(
    capsys: Any, folder: Path
) -> None:
    (folder / "tiny.h5").write_bytes(b"something else")
    registry.reset(registry.Registry(plugins=[Plugin(), Second()]))

    status, out, err = run(capsys, "list")

    assert status == 1
    assert [line.split()[-2] for line in out.splitlines()[1:]] == ["fetch", "faulty"]
    assert err.count("tiny.h5: must be Tiny's ImageNet weights with checksum") == 1
    faulty = json.loads(run(capsys, "list", "--json")[1])[1]
    assert (faulty["state"], faulty["path"]) == ("faulty", None)
    assert "got another file" in faulty["fault"]


def test_json_has_url_checksum_and_path(capsys: Any, folder: Path) -> None:
    (folder / "tiny.h5").write_bytes(CONTENT)
    assert json.loads(run(capsys, "list", "--json")[1]) == [
        {
            "name": TINY.name,
            "title": TINY.title,
            "file": "tiny.h5",
            "url": TINY.url,
            "checksum": TINY.checksum,
            "license": "MIT",
            "size": 9_031_936,
            "state": "here",
            "path": str(folder / "tiny.h5"),
            "fault": "",
        }
    ]


@pytest.mark.parametrize("name", ["tiny", TINY.name])
def test_weights_are_found_by_their_name_and_by_their_encoders(
    capsys: Any, folder: Path, name: str
) -> None:
    (folder / "tiny.h5").write_bytes(CONTENT)
    file = (0, f"{folder / 'tiny.h5'}\n", "")
    assert run(capsys, "where", name) == file
    assert run(capsys, "fetch", name) == file


def test_missing_weights_give_exit_status_1(capsys: Any) -> None:
    status, out, err = run(capsys, "where", "tiny")
    assert (status, out) == (1, "")
    assert "not on this machine" in err
    assert "fix: poise weights fetch tiny" in err


def test_offline_nothing_is_fetched_and_it_says_what_to_put_where(
    capsys: Any, folder: Path
) -> None:
    status, _, err = run(capsys, "fetch", "tiny")
    assert status == 2
    assert "POISE_OFFLINE forbids downloads" in err
    assert f"POISE_WEIGHTS={folder}" in err


def test_a_wheel_may_contain_the_file(capsys: Any, tmp_path: Path) -> None:
    wheel = Wheel()
    wheel.file = tmp_path / "in_the_wheel.h5"
    wheel.file.write_bytes(CONTENT)
    registry.reset(registry.Registry(plugins=[Plugin(), wheel]))
    assert run(capsys, "where", "tiny")[1] == f"{wheel.file}\n"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tinny", "no published weights 'tinny'; did you mean 'tiny'?"),
        ("untrained", "no weights are published for the encoder 'untrained'"),
    ],
)
def test_a_name_without_weights_is_refused_with_a_suggestion(
    capsys: Any, name: str, message: str
) -> None:
    status, _, err = run(capsys, "where", name)
    assert status == 2
    assert message in err


def test_a_plugin_that_cannot_be_loaded_is_named_once(installed: Any) -> None:
    installed.install(
        "poise-bad", {"bad.py": "import nowhere\n"}, {"poise.backbones": {"bad": "bad"}}
    )

    done = installed.poise("weights", "list")

    assert done.returncode == 1
    assert done.stderr.count("No module named 'nowhere'") == 1
