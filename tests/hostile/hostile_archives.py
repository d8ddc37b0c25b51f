"""Hostile archives: zipped model folders of SLEAP and of Poise, as an attacker would make them."""

from __future__ import annotations

import json
import pickle
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

from hostile_cases import COMMAND, case
from hostile_folders import MODEL, saved
from hostile_weights import arrays_of

Edit = Callable[[zipfile.ZipFile], None]
JOB = json.dumps({"data": {}, "model": {key: MODEL[key] for key in ("backbone", "heads")}})


def sleaps(name: str, says: str | None) -> Callable[[Edit], Edit]:
    """An archive of what SLEAP writes, to which the function adds."""

    def register(fill: Edit) -> Edit:
        def write(folder: Path) -> Path:
            path = folder / "flies.zip"
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
                file.writestr("flies/training_config.json", JOB)
                file.writestr("flies/best_model.weights.h5", arrays_of(folder))
                fill(file)
            return path

        case("zip", says, name)(write)
        return fill

    return register


def poises(name: str, says: str | None) -> Callable[[Edit], Edit]:
    """An archive of what Poise writes, to which the function adds."""

    def register(fill: Edit) -> Edit:
        def write(folder: Path) -> Path:
            place = saved(folder)
            path = folder / "model.zip"
            with zipfile.ZipFile(path, "w") as file:
                for inner in sorted(place.iterdir()):
                    if inner.is_file() and inner != path:
                        file.write(inner, inner.name)
                fill(file)
            return path

        case("zip", says, name)(write)
        return fill

    return register


def _link(file: zipfile.ZipFile, name: str, target: str) -> None:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    file.writestr(info, target)


@sleaps("a folder of SLEAP", None)
def _(file: zipfile.ZipFile) -> None:
    file.writestr("flies/labels.txt", "")


@poises("a folder of Poise", None)
def _(file: zipfile.ZipFile) -> None:
    file.writestr("LICENSE", "")


@sleaps("a member outside", "members must stay inside")
def _(file: zipfile.ZipFile) -> None:
    file.writestr("../../executed", COMMAND)


@poises("a member outside, of Poise", "members must stay inside")
def _(file: zipfile.ZipFile) -> None:
    file.writestr("/tmp/executed", COMMAND)


@sleaps("a job twice", "got .flies/training_config.json. twice")
def _(file: zipfile.ZipFile) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        file.writestr("flies/training_config.json", JOB)


@poises("a member twice, of Poise", "names must be unique")
def _(file: zipfile.ZipFile) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        file.writestr("poise.json", "{}")


@poises("a link", "got a symbolic link")
def _(file: zipfile.ZipFile) -> None:
    _link(file, "labels", "/etc/passwd")


@poises("a bomb", "got 40000000")
def _(file: zipfile.ZipFile) -> None:
    file.writestr("labels", bytes(40_000_000), zipfile.ZIP_DEFLATED)


@poises("a pickle", "is a pickle")
def _(file: zipfile.ZipFile) -> None:
    file.writestr("more/labels", pickle.dumps([1]))


@poises("a file where a folder is", "cannot be unpacked")
def _(file: zipfile.ZipFile) -> None:
    file.writestr("poise.json/executed", COMMAND)


@poises("a name of 5,000 characters", "cannot be unpacked")
def _(file: zipfile.ZipFile) -> None:
    file.writestr("a" * 5000, "")


@poises("a name that is an escape", None)
def _(file: zipfile.ZipFile) -> None:
    file.writestr("\x1b]0;owned\x07", "")


@case("zip", "holds several model folders")
def two_folders(folder: Path) -> Path:
    path = folder / "some.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a/training_config.json", JOB)
        file.writestr("\x1b[2J/training_config.json", JOB)
    return path


@case("zip", "holds no model folder")
def nothing_at_all(folder: Path) -> Path:
    path = folder / "some.zip"
    with zipfile.ZipFile(path, "w"):
        pass
    return path


@case("zip", "got a damaged one")
def the_first_half_alone(folder: Path) -> Path:
    path = folder / "some.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("training_config.json", JOB)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


@case("zip", "must not be encrypted")
def an_encrypted_job(folder: Path) -> Path:
    path = folder / "some.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("training_config.json", JOB)
    content = bytearray(path.read_bytes())
    struct.pack_into("<H", content, content.rfind(b"PK\x01\x02") + 8, 1)
    path.write_bytes(content)
    return path


@case("zip", "training_config.json.* must have at most 4 MB, got 10.0 MB|at most 4 MB")
def a_job_of_10_MB(folder: Path) -> Path:  # noqa: N802 - the case's name in words
    path = folder / "some.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("training_config.json", b" " * 10_000_000)
    return path
