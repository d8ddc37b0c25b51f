"""Every way to read a file with Poise, as functions of a path."""

from __future__ import annotations

import codecs
import contextlib
import io
import itertools
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import poise
from poise import registry
from poise.cli import main
from poise.errors import PoiseError
from poise.reading.skeletons import skeleton_of
from poise.testing.standins import DOT, POOLS, registry_of
from poise.wire.structure import structure, unstructure

Reader = Callable[[Path], object]


class Refused(PoiseError):
    """The command line refused the file; the message is its whole output."""


def from_json(path: Path) -> object:
    return poise.ModelConfig.from_json(path.read_bytes())


def from_yaml(path: Path) -> object:
    return poise.ModelConfig.from_yaml(path.read_bytes())


def config_load(path: Path) -> object:
    return poise.ModelConfig.load(path)


def read_sleap(path: Path) -> object:
    return str(poise.read_sleap(path).report)


def read(path: Path) -> object:
    return str(poise.read(path).report)


def read_and_build(path: Path) -> object:
    return poise.read(path).build((8, 8, 1))


def load_weights(path: Path) -> object:
    return str(poise.load_weights(_model(), path))


def load(path: Path) -> object:
    return poise.load(path)


def check(path: Path) -> object:
    return _command("check", str(path))


def check_json(path: Path) -> object:
    return _command("check", "--json", str(path))


def build(path: Path) -> object:
    return _command("build", str(path), "--image", "8,8,1")


def build_weights(path: Path) -> object:
    config = path.parent / "standins.json"
    sections = {"backbone": {POOLS.key: {"max_stride": 4}}, "heads": {DOT.key: {}}}
    config.write_text(json.dumps({**sections, "edition": "2026"}))
    return _command("build", str(config), "--image", "8,8,1", "--weights", str(path))


def frames(path: Path) -> object:
    """The first and the last frames of everything that a path leads to."""
    from poise_workflows.frames.opening import open_sources

    for selection in open_sources([path]):
        chosen = sorted({*range(min(3, len(selection))), len(selection) - 1})
        for start in chosen:
            for _, frame in itertools.islice(selection.read(start), 1):
                if frame.image is None:
                    raise Refused(frame.reason)
    return ""


def convert(path: Path) -> object:
    from poise_workflows.sleap_commands.label_sources import opened

    with opened(str(path)) as labels:
        return str([len(frame.instances) for frame in labels.labeled_frames][:9])


def first_frame(path: Path) -> object:
    from poise_workflows.previewing.label_files import read_frames

    return str(read_frames(path)[0].notes)


def skeleton(path: Path) -> object:
    return str(skeleton_of(path))


def unpickle(path: Path) -> object:
    return pickle.loads(path.read_bytes())


def run(path: Path) -> object:
    return os.system("true")


def evaluate(path: Path) -> object:
    return eval("1 + 1")


def write(path: Path) -> object:
    return Path("written").write_text("")


def load_a_module(path: Path) -> object:
    import colorsys

    return colorsys


def run_forever(path: Path) -> object:
    while True:
        pass


def fill_the_memory(path: Path) -> object:
    return bytes(2**40)


READERS: dict[str, tuple[Reader, ...]] = {
    "json": (from_json, config_load, read_sleap, read, check),
    "yaml": (from_yaml, config_load, read, check),
    "file": (config_load, read_sleap, read, check, check_json, build),
    "job": (read_sleap, read, check, check_json),
    "weights": (load_weights, build_weights),
    "folder": (load, check, build, read_and_build),
    "zip": (read, read_and_build, check, build),
    "flipped": (load_weights,),
    "video": (frames,),
    "picture": (frames,),
    "stack": (frames,),
    "dataset": (frames,),
    "list": (frames,),
    "labels": (frames, convert, first_frame, skeleton),
    "other labels": (convert,),
    "careless": (unpickle, run, evaluate, write, load_a_module, run_forever, fill_the_memory),
}
"""Kind of a case → its readers."""

STANDINS = ("weights", "folder", "zip", "flipped")
"""Kinds whose models are built from stand-ins, which is fast."""


def prepare(kind: str) -> None:
    """Prepare a process to read cases of a kind."""
    if kind in STANDINS:
        registry.reset(registry_of(POOLS, DOT))
        import keras  # noqa: F401 - now, not while the hook watches a reading

        codecs.lookup("ascii")  # imports a module that h5py needs for some attributes
    for specs in (poise.backbones, poise.heads):
        for spec in specs.values():
            for config in (spec.config(), *spec.examples.values()):
                structure(unstructure(config), spec.config)  # compiles code for the class's fields


_MODELS: list[Any] = []


def _model() -> Any:
    if not _MODELS:
        from poise.testing.standins import DotConfig, PoolsConfig

        config = poise.ModelConfig(backbone=PoolsConfig(max_stride=4), heads=DotConfig())
        _MODELS.append(poise.build(config, (8, 8, 1)))
    return _MODELS[0]


def _command(*arguments: str) -> str:
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        status = main(list(arguments))
    if status:
        raise Refused(text.getvalue())
    return text.getvalue()
