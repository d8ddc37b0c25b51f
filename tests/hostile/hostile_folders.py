"""Hostile model folders, as an attacker might send them to a user of ``poise.load``."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from hostile_cases import COMMAND, case
from hostile_texts import MEGABYTE
from hostile_weights import good_layer

CONFIG, WEIGHTS, PROVENANCE = "config.json", "model.weights.h5", "poise.json"
MODEL = {
    "backbone": {"poise_testing_pools": {"max_stride": 4}},
    "heads": {"poise_testing_dot": {}},
    "edition": "2026",
}
PLUGIN = {"distribution": "poise-stranger", "version": "1", "api": 1}

Edit = Callable[[Path], None]


def record(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return {"name": path.name, "sha256": digest, "size": len(content)}


def seal(folder: Path, **changes: Any) -> None:
    """Write a ``poise.json`` with correct checksums, as any attacker can."""
    data = {
        "format": 1,
        "image": [8, 8, 1],
        "auto_pad": False,
        "skeleton": None,
        "classes": None,
        "config": record(folder / CONFIG),
        "weights": record(folder / WEIGHTS),
        "plugins": [
            {"kind": "backbone", "key": "poise_testing_pools", **PLUGIN},
            {"kind": "head", "key": "poise_testing_dot", **PLUGIN},
        ],
        "poise": "0",
        "keras": "0",
        "backend": "tensorflow",
        "python": "3",
        "saved_at": "",
        **changes,
    }
    (folder / PROVENANCE).write_text(json.dumps(data))


def saved(folder: Path) -> Path:
    """A model folder as ``poise.save`` would write it."""
    folder = folder / "model"
    folder.mkdir()
    (folder / CONFIG).write_text(json.dumps(MODEL))
    with h5py.File(folder / WEIGHTS, "w") as file:
        good_layer(file)
    seal(folder)
    return folder


def folder(name: str, says: str | None, readers: tuple[str, ...] = ()) -> Callable[[Edit], Edit]:
    """A model folder that the function spoils."""

    def register(spoil: Edit) -> Edit:
        def write(place: Path) -> Path:
            model = saved(place)
            spoil(model)
            return model

        case("folder", says, name, readers)(write)
        return spoil

    return register


def provenance(name: str, says: str, **changes: Any) -> None:
    """A model folder whose ``poise.json`` has other values."""

    @folder(name, says)
    def _(model: Path) -> None:
        seal(model, **changes)


@folder("as it was saved", None)
def _(model: Path) -> None:
    """Nothing is spoiled."""


@folder("a skeleton and classes", None)
def _(model: Path) -> None:
    seal(model, skeleton={"parts": ["a", "b"], "edges": [["a", "b"]]}, classes=["c"])


@folder("a README and figures beside it", None)
def _(model: Path) -> None:
    (model / "README.md").write_text("# Flies")
    (model / "figures").mkdir()
    (model / "figures" / "fly.png").write_bytes(b"\x89PNG")


@folder("a pickle beside it", "extra.bin is a pickle")
def _(model: Path) -> None:
    (model / "extra.bin").write_bytes(pickle.dumps(os.system))


@folder("an old pickle beside it", "optimizer.pkl is a pickle")
def _(model: Path) -> None:
    (model / "optimizer.pkl").write_bytes(pickle.dumps(os.system, 0))


@folder("a pickle deep inside", "a.b.c is a pickle")
def _(model: Path) -> None:
    (model / "a" / "b").mkdir(parents=True)
    (model / "a" / "b" / "c").write_bytes(pickle.dumps(os.system))


@folder("a pickle of the first protocol in a text", "notes.txt is a pickle")
def _(model: Path) -> None:
    (model / "notes.txt").write_bytes(pickle.dumps(os.system, 0))


@folder("a call that is followed by damage", "notes is a pickle")
def _(model: Path) -> None:
    (model / "notes").write_bytes(b"cposix\nsystem\n(S'true'\ntR" + b"\xff" * 9)


@folder("a picture that is a pickle, too", "fly.gif is a pickle")
def _(model: Path) -> None:
    (model / "fly.gif").write_bytes(b"GIF89a\x01\0\x01" + pickle.dumps(os.system, 0))


@folder("a packed pickle beside it", r"x\.pkl\.gz must be text in UTF-8 .* got .*gzip")
def _(model: Path) -> None:
    (model / "x.pkl.gz").write_bytes(gzip.compress(pickle.dumps(os.system)))


@folder("arrays of objects beside it", "x.npz must be text in UTF-8")
def _(model: Path) -> None:
    np.savez(model / "x.npz", a=np.array([os.system], object))


@folder("a script beside it", "run is a script")
def _(model: Path) -> None:
    (model / "run").write_text("#!/bin/sh\ntrue\n")


@folder("a module of Python beside it", "numpy.py is a module of Python")
def _(model: Path) -> None:
    (model / "numpy.py").write_text("")


@folder("a job that the provenance does not name", "job.json is a pickle")
def _(model: Path) -> None:
    (model / "job.json").write_bytes(pickle.dumps(os.system))


@folder("a picture of 60 MB", "fly.png must have at most 50 MB, got 60.0 MB")
def _(model: Path) -> None:
    with (model / "fly.png").open("wb") as stream:
        stream.write(b"\x89PNG")
        stream.truncate(60 * MEGABYTE)


@folder("a text of 5 MB", "notes.txt must be text in UTF-8 of at most 4 MB")
def _(model: Path) -> None:
    (model / "notes.txt").write_text("a" * 5 * MEGABYTE)


@folder("texts that begin like a pickle", None)
def _(model: Path) -> None:
    for index, text in enumerate(
        ("", ".", "citation: Ann\nand others.\n", "cats\ndogs\n", "(c) A\nB\n.")
    ):
        (model / f"{index}.txt").write_text(text)


@folder("a file of PyTorch beside it", "model.pt is a pickle")
def _(model: Path) -> None:
    (model / "model.pt").write_bytes(b"PK\x03\x04")


@folder("a Lambda in the weights", "Lambda", readers=("load",))
def _(model: Path) -> None:
    layer = {"class_name": "Lambda", "config": {"name": "evil", "function": COMMAND}}
    with h5py.File(model / WEIGHTS, "w") as file:
        file.attrs["layer_names"] = [b"DotHead"]
        group = file.create_group("DotHead")
        group.attrs["weight_names"] = [b"kernel:0", b"bias:0"]
        group["kernel:0"], group["bias:0"] = [[[[0.0]]]], [0.0]
        file.attrs["model_config"] = json.dumps({"config": {"layers": [layer]}})
    seal(model)


@folder("a configuration that is too deep to be searched for a Lambda", "Lambda", readers=("load",))
def _(model: Path) -> None:
    with h5py.File(model / WEIGHTS, "w") as file:
        good_layer(file)
        file.attrs["model_config"] = '{"config": ' + "[" * 150 + "]" * 150 + "}"
    seal(model)


@folder("an archive in place of the weights", "model.weights.h5 must be HDF5")
def _(model: Path) -> None:
    with zipfile.ZipFile(model / WEIGHTS, "w") as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", b"")
    seal(model)


@folder("a Lambda in another model beside it", "OLD.H5 must be text .* got .*HDF5")
def _(model: Path) -> None:
    layer = {"class_name": "Lambda", "config": {"name": "evil", "function": COMMAND}}
    with h5py.File(model / "OLD.H5", "w") as file:
        file.attrs["layer_names"] = []
        file.attrs["model_config"] = json.dumps({"config": {"layers": [layer]}})


@folder("a symbolic link in place of the weights", "symbolic link")
def _(model: Path) -> None:
    (model / WEIGHTS).rename(model.parent / WEIGHTS)
    (model / WEIGHTS).symlink_to(model.parent / WEIGHTS)


@folder("a symbolic link to itself", "symbolic link")
def _(model: Path) -> None:
    (model / CONFIG).unlink()
    (model / CONFIG).symlink_to(model / CONFIG)


@folder("a symbolic link beside it", "symbolic link")
def _(model: Path) -> None:
    (model / "notes.txt").symlink_to("/etc/passwd")


@folder("a symbolic link to a folder deep inside", "symbolic link")
def _(model: Path) -> None:
    (model / "figures").mkdir()
    (model / "figures" / "all").symlink_to("/")


@folder("a pipe in place of the configuration", "pipe")
def _(model: Path) -> None:
    (model / CONFIG).unlink()
    os.mkfifo(model / CONFIG)


@folder("a pipe in place of the provenance", "pipe|must be a model folder|folder has no")
def _(model: Path) -> None:
    (model / PROVENANCE).unlink()
    os.mkfifo(model / PROVENANCE)


@folder("a pipe beside it", "pipe")
def _(model: Path) -> None:
    os.mkfifo(model / "pipe")


@folder("a folder in place of the weights", "folder")
def _(model: Path) -> None:
    (model / WEIGHTS).unlink()
    (model / WEIGHTS).mkdir()


@folder("weights that were changed", "not the file that was saved")
def _(model: Path) -> None:
    content = bytearray((model / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (model / WEIGHTS).write_bytes(content)


@folder("a name that is an escape", r"\\x1b")
def _(model: Path) -> None:
    (model / "\x1b]0;owned\x07").symlink_to("/")


for outside in ("../x", "/etc/passwd", "C:\\x", "..\\x", "a/b", "\0", ".", ""):

    @folder(f"a weights file called {outside!r}", "leads outside|named|non-empty")
    def _(model: Path, outside: str = outside) -> None:
        seal(model, weights={**record(model / WEIGHTS), "name": outside})


@folder("a provenance of 100 MB", "must have at most 4 MB, got 100.0 MB")
def _(model: Path) -> None:
    with (model / PROVENANCE).open("wb") as stream:
        stream.truncate(100 * MEGABYTE)


@folder("a provenance 100,000 deep", "levels of nesting")
def _(model: Path) -> None:
    (model / PROVENANCE).write_text('{"a":' * 100_000)


@folder("a provenance that is a list", "must be an object")
def _(model: Path) -> None:
    (model / PROVENANCE).write_text("[]")


@folder("a provenance that is not text", "not text")
def _(model: Path) -> None:
    (model / PROVENANCE).write_bytes(b"\xff\xfe")


provenance("a format that is a list", "format", format=[1])
provenance("a format of true", "format", format=True)
provenance("a format that is an escape", r"\\x1b", format="\x1b[2J")
provenance("an image of no size", "image", image=[0, 0, 0])
provenance("an image of 10^200 pixels", "image", image=[10**200, 8, 1])
provenance("an image of 10^12 channels", "image", image=[8, 8, 10**12])
provenance("an image that is an object", "image", image={"py/object": "os.system"})
provenance(
    "50,000 parts of one name", "must be unique, got .a. twice", skeleton={"parts": ["a"] * 50_000}
)
provenance(
    "50,000 edges of missing parts",
    "no part",
    skeleton={
        "parts": [f"p{i}" for i in range(30_000)],
        "edges": [[f"q{i}", f"r{i}"] for i in range(50_000)],
    },
)
provenance("classes that are numbers", "classes", classes=[1, 2])
provenance("a plugin of an escape", "kind", plugins=[{"kind": "\x1b[2J", "key": "", **PLUGIN}])
provenance(
    "a checksum that is a list", "sha256", weights={"name": WEIGHTS, "sha256": [], "size": 1}
)
provenance("a negative size", "size", config={"name": CONFIG, "sha256": "", "size": -1})
provenance("an unknown field", "no field 'executes'", executes=COMMAND)
