"""A message names the file that it is about once."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import poise
from poise.cli import main
from poise.weights import open_weights

MODEL = '{"backbone": {"net": 3}, "heads": {}}'
LARGE = "x" * 4_100_000

FILES: dict[str, str | bytes] = {
    "zzz.json": "{",
    "zzz.jso": "[]",
    "zzz-twice.json": '{"backbone": {}, "backbone": {}}',
    "zzz-number.json": '{"edition": "2026", "backbone": {"net": NaN}}',
    "zzz-large.json": f'{{"a": "{LARGE}"}}',
    "zzz-bytes.json": b'"\xff"',
    "zzz-job.json": f'{{"model": {MODEL}, "data": {{"labels": []}}}}',
    "zzz.yaml": "a: [",
    "zzz-keys.yaml": "a: 1",
    "zzz-large.yaml": f"a: {LARGE}",
    "zzz.h5": b"\x89HDF\r\n\x1a\n" + bytes(99),
    "zzz.keras": b"PK\x03\x04" + bytes(99),
    "zzz.txt": "hello",
    "zzz/training_config.json": "{",
    "zzz-initial/initial_config.json": f'{{"model": {MODEL}}}',
    "zzz-poise/poise.json": "{",
    "zzz-poise/config.json": "{}",
    "zzz-poise/model.weights.h5": "{}",
    "zzz-format/poise.json": '{"format": 1}',
    "zzz-format/config.json": "{}",
    "zzz-format/model.weights.h5": "{}",
}
"""Path → what is in it."""

ARCHIVES = {
    "zzz-damaged.zip": {"training_config.json": "{"},
    "zzz-folder.zip": {"a/training_config.json": f'{{"model": {MODEL}}}'},
    "zzz-large.zip": {"training_config.json": LARGE},
    "zzz-poise.zip": {"poise.json": "{", "config.json": "{}", "model.weights.h5": ""},
    "zzz-other.zip": {"notes.txt": ""},
    "zzz-two.zip": {"a.h5": "", "b.h5": ""},
    "zzz-in.keras": {"config.json": "{", "model.weights.h5": "{}"},
}
"""Name of an archive → its members."""

FAULTY = [path for path, content in FILES.items() if content != "{}"]
PLACES = sorted({*FAULTY, *ARCHIVES, *(path.rpartition("/")[0] for path in FAULTY)} - {""})
"""What is read: files, archives, and the folders of files."""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    for name, members in ARCHIVES.items():
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for member, content in members.items():
                archive.writestr(member, content)
    return tmp_path


def opened(path: Path) -> None:
    with open_weights(path):
        pass


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "read", [poise.read, poise.read_sleap, poise.load, poise.ModelConfig.load, opened]
)
def test_an_error_names_the_file_once(read: Callable[[Path], Any], place: str, files: Path) -> None:
    with pytest.raises((poise.PoiseError, OSError)) as error:
        read(files / place)

    assert str(error.value).count("zzz") == 1


@pytest.mark.parametrize("place", PLACES)
def test_poise_check_names_the_file_once(
    place: str, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(files / place)]) != 0

    output = capsys.readouterr()
    assert (output.out + output.err).count("zzz") == 1
