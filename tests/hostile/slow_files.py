"""Files that grow: cases whose reading may take no longer than their size explains."""

from __future__ import annotations

import gc
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs
import h5py
import hostile_readers as readers
import numpy as np

from poise.errors import PoiseError
from poise.files import MAX_YAML
from poise.libraries.presets import disagreements
from poise.reading.skeletons import skeleton_of
from poise.weights import open_weights
from poise.weights.hdf5 import MOST

FIRST = 250
"""The size of a case that is doubled; its time for one shows what reading takes at least."""

ENOUGH = 0.08
"""Seconds of the processor after which a case is not doubled any more."""


@attrs.frozen
class Slow:
    """A file that can be written in any size.

    Attributes:
        name: what there is many times in it.
        read: reads it.
        write: ``write(folder, size)`` writes it with so many of it, and returns its path.
        most: the largest size; a reader refuses larger ones before it looks at them.
    """

    name: str
    read: Callable[[Path], object]
    write: Callable[[Path, int], Path]
    most: int = 200_000


CASES: dict[str, Slow] = {}
"""Every case by name."""


def growth(case: Slow, folder: Path) -> list[float]:
    """Seconds of the processor for the size one, for a first size, and for its doubles."""
    # What libraries hold is no garbage of the reader, and to go through it takes longer than most
    # readings.
    gc.freeze()
    try:
        return _growth(case, folder)
    finally:
        gc.unfreeze()


def _growth(case: Slow, folder: Path) -> list[float]:
    times: list[float] = []
    for size in _doublings(case.most):
        path = case.write(folder, size)
        times.append(min(_seconds(case, path) for _ in range(2 if len(times) < 3 else 1)))
        if times[-1] > ENOUGH:
            break
    return times


def is_too_slow(times: list[float]) -> bool:
    """Whether times of doubling sizes grow faster than n·log n, beyond doubt.

    Four times the size takes four to five times as long, besides what reading takes at least, and
    sixteen times as long if time is quadratic.
    """
    if len(times) < 4 or times[-1] <= ENOUGH:
        return times[-1] > 10 * ENOUGH  # although the file is small
    before, after = (max(seconds - times[0], 0.003) for seconds in (times[-3], times[-1]))
    return after > 9 * before


def _doublings(most: int) -> Iterator[int]:
    yield 1
    size = FIRST
    while size < most:
        yield size
        size *= 2
    yield most


def _seconds(case: Slow, path: Path) -> float:
    before = time.process_time()
    with suppress(PoiseError):
        case.read(path)
    return time.process_time() - before


def slow(
    name: str, read: Callable[[Path], object], most: int = 200_000
) -> Callable[[Callable[[int], Any]], Callable[[int], Any]]:
    """Register what a text file holds: a string, or data that becomes JSON."""

    def register(content: Callable[[int], Any]) -> Callable[[int], Any]:
        def write(folder: Path, size: int) -> Path:
            held = content(size)
            ending = ".yaml" if read is readers.from_yaml else ".json"
            path = folder / f"model{ending}"
            path.write_text(held if isinstance(held, str) else json.dumps(held))
            return path

        assert name not in CASES, name
        CASES[name] = Slow(name, read, write, most)
        return content

    return register


def stored(
    name: str, read: Callable[[Path], object], most: int = MOST
) -> Callable[[Callable[[Any, int], Any]], Callable[[Any, int], Any]]:
    """Register what an HDF5 file holds; the function fills its root."""

    def register(fill: Callable[[Any, int], Any]) -> Callable[[Any, int], Any]:
        def write(folder: Path, size: int) -> Path:
            path = folder / f"{len(list(folder.iterdir()))}.h5"
            with h5py.File(path, "w", libver="latest") as file:
                fill(file, size)
            return path

        assert name not in CASES, name
        CASES[name] = Slow(name, read, write, most)
        return fill

    return register


def _model(heads: Any, **others: Any) -> Any:
    return {"backbone": {"unet": {}}, "heads": heads, **others}


def _names(size: int, letter: str = "p") -> list[str]:
    return [f"{letter}{i}" for i in range(size)]


# Configurations


@slow("part names, the last one twice", readers.from_json)
def _(size: int) -> Any:
    names = _names(size)
    return _model({"single_instance": {"part_names": [*names, names[-1]]}})


@slow("part names, each twice", readers.from_json)
def _(size: int) -> Any:
    return _model({"single_instance": {"part_names": _names(size) * 2}})


@slow("part names of one beginning", readers.from_json, 2_000)
def _(size: int) -> Any:
    parts = [f"{'ab' * 90}{i}" for i in range(size)]
    edges = [[f"{'ba' * 90}{i}", "b"] for i in range(size)]
    heads = {"confmaps": {"part_names": parts}, "pafs": {"edges": edges}}
    return _model({"multi_instance": heads}, edition="2026")


@slow("edges between nobody", readers.from_json, 50_000)
def _(size: int) -> Any:
    edges = [[f"p{i}", f"q{i}"] for i in range(size)]
    heads = {"confmaps": {"part_names": _names(size, "a")}, "pafs": {"edges": edges}}
    return _model({"multi_instance": heads}, edition="2026")


@slow("edges that are no pairs", readers.from_json)
def _(size: int) -> Any:
    return _model({"multi_instance": {"pafs": {"edges": [[1]] * size}}})


@slow("classes to check", readers.check)
def _(size: int) -> Any:
    return _model({"multi_class_bottomup": {"class_maps": {"classes": _names(size)}}})


@slow("classes to check, each twice", readers.check)
def _(size: int) -> Any:
    return _model({"multi_class_bottomup": {"class_maps": {"classes": _names(size) * 2}}})


@slow("edges to check, as JSON", readers.check_json, 50_000)
def _(size: int) -> Any:
    edges = [[f"p{i}", f"q{i}"] for i in range(size)]
    heads = {"confmaps": {"part_names": ["a"]}, "pafs": {"edges": edges}}
    return _model({"multi_instance": heads}, edition="2026")


@slow("part names that are numbers", readers.from_json)
def _(size: int) -> Any:
    return _model({"single_instance": {"part_names": [*range(size)]}})


@slow("lists in a list", readers.from_json)
def _(size: int) -> Any:
    return [[]] * size


@slow("letters of a string", readers.from_json, 3_000_000)
def _(size: int) -> Any:
    return _model({"centroid": {"anchor_part": "a" * size}})


@slow("escapes of a string", readers.from_json)
def _(size: int) -> Any:
    return '{"a": "' + r"\u0041" * size + '"}'


@slow("strings that never end", readers.from_json)
def _(size: int) -> Any:
    return '"\\"' * size


@slow("unpaired surrogates", readers.from_json)
def _(size: int) -> Any:
    return "[" + ",".join([r'"\ud83d"'] * size) + "]"


@slow("objects with a key twice", readers.from_json)
def _(size: int) -> Any:
    return "[" + ",".join(['{"a": 1, "a": 2}'] * size) + "]"


@slow("comments", readers.read_sleap)
def _(size: int) -> Any:
    return "{" + "/* a */ // b\n" * size + "}"


@slow("comments that never end", readers.read_sleap)
def _(size: int) -> Any:
    return "{" + "/* /" * size


@slow("numbers of 400 digits", readers.from_json, 9_000)
def _(size: int) -> Any:
    return "[" + ",".join(["9" * 400] * size) + "]"


@slow("unknown keys in levels of nesting", readers.read_sleap)
def _(size: int) -> Any:
    return {f"optimizatio{i}": [{"a": [1, 2]}] * (size // 900 + 1) for i in range(900)}


# YAML, of which 0.2 MB are read


def _yaml(name: str, text: Callable[[int], str]) -> None:
    length = len(text(1000)) / 1000
    slow(name, readers.from_yaml, int(MAX_YAML / length * 0.9))(text)


_yaml("YAML: names in brackets", lambda size: "a: [" + "b, " * size + "]")
_yaml("YAML: names in lines", lambda size: "a:\n" + "- b\n" * size)
_yaml("YAML: aliases", lambda size: "a: &a b\nc: [" + "*a, " * size + "]")
_yaml("YAML: anchors", lambda size: "[" + ", ".join(f"&a{i} b" for i in range(size)) + "]")
_yaml("YAML: comments", lambda size: "# a\n" * size + "a: b")
_yaml("YAML: words of one text", lambda size: "a: " + "word " * size)
_yaml("YAML: lines of one text", lambda size: "a: |\n" + "  b\n" * size)
_yaml("YAML: escapes", lambda size: 'a: "' + r"\x41" * size + '"')
_yaml("YAML: empty lines", lambda size: "a:\n" + "\n" * size + " b")
_yaml("YAML: blanks", lambda size: "a: [" + " " * size + "b]")
_yaml("YAML: brackets that never end", lambda size: "a: [b, " * size)
_yaml("YAML: marks of keys", lambda size: "? a\n" * size)
_yaml("YAML: tags", lambda size: "[" + "!!str a, " * size + "]")
_yaml("YAML: documents", lambda size: "---\na\n" * size)


# Jobs and skeletons of SLEAP


def _node(name: str, number: int) -> Any:
    return {"py/object": "sleap.skeleton.Node", "py/state": {"py/tuple": [name, 1.0]}}


def _edge(source: Any, target: Any, *, body: bool = True) -> Any:
    kind = {"py/reduce": [{"py/type": "sleap.skeleton.EdgeType"}, {"py/tuple": [1 + (not body)]}]}
    return {"key": 0, "source": source, "target": target, "type": kind}


def _skeleton(nodes: list[Any], links: list[Any]) -> Any:
    return {"directed": True, "graph": {"name": "a"}, "links": links, "multigraph": True,
            "nodes": [{"id": node} for node in nodes]}  # fmt: skip


@slow("nodes of a skeleton", skeleton_of, 30_000)
def _(size: int) -> Any:
    return _skeleton([_node(f"p{i}", i) for i in range(size)], [])


@slow("nodes of one name", skeleton_of, 30_000)
def _(size: int) -> Any:
    return _skeleton([_node("p", i) for i in range(size)], [])


@slow("links between nobody", skeleton_of, 10_000)
def _(size: int) -> Any:
    links = [_edge(_node(f"q{i}", i), _node(f"r{i}", i)) for i in range(size)]
    return _skeleton([_node(name, 0) for name in _names(size)], links)


@slow("links to numbers of nothing", skeleton_of, 20_000)
def _(size: int) -> Any:
    return _skeleton([], [_edge({"py/id": i}, {"py/id": i + 9}) for i in range(size)])


@slow("symmetries", skeleton_of, 5_000)
def _(size: int) -> Any:
    nodes = [_node(name, 0) for name in _names(size)]
    links = [_edge(nodes[i], nodes[i - 1], body=False) for i in range(size)]
    return _skeleton(nodes, links)


@slow("skeletons of a job", readers.read_sleap, 5_000)
def _(size: int) -> Any:
    skeletons = [_skeleton([_node("a", 1)], [])] * size
    model = _model({"single_instance": {"part_names": ["b"]}})
    return {"data": {"labels": {"skeletons": skeletons}}, "model": model}


@slow("parts of a job that its skeleton lacks", readers.read_sleap, 10_000)
def _(size: int) -> Any:
    skeleton = _skeleton([_node(name, 0) for name in _names(size)], [])
    model = _model({"single_instance": {"part_names": _names(size, "q")}})
    return {"data": {"labels": {"skeletons": [skeleton]}}, "model": model}


@slow("skeletons and nodes of labels in JSON", skeleton_of, 30_000)
def _(size: int) -> Any:
    links = [_edge({"id": i}, {"id": i + 1}) for i in range(3)]
    graph = {**_skeleton([], links), "nodes": [{"id": i} for i in range(size)]}
    return {"nodes": [{"name": name} for name in _names(size)], "skeletons": [graph] * 2}


# Weights


def listed(path: Path) -> object:
    with open_weights(path) as file:
        return len(file.records), file.ignored, file.notes


def _named(group: Any, attribute: str, names: list[str]) -> None:
    for number, start in enumerate(range(0, len(names), 2000)):
        chunk = np.array([name.encode() for name in names[start : start + 2000]])
        group.attrs[f"{attribute}{number}"] = chunk


@stored("layers of Keras 2", listed)
def _(file: Any, size: int) -> None:
    _named(file, "layer_names", _names(size))
    for name in _names(size):
        layer = file.create_group(name)
        layer.attrs["weight_names"] = [f"{name}/kernel:0".encode()]
        layer[f"{name}/kernel:0"] = np.float32(0)


@stored("weights of one layer", listed)
def _(file: Any, size: int) -> None:
    _named(file, "layer_names", ["a"])
    layer = file.create_group("a")
    _named(layer, "weight_names", [f"b/{name}:0" for name in _names(size)])
    for name in _names(size):
        layer[f"b/{name}:0"] = np.float32(0)


@stored("arrays of the optimizer", listed)
def _(file: Any, size: int) -> None:
    file.attrs["layer_names"] = [b"a"]
    file.create_group("a").attrs["weight_names"] = np.array([], "S1")
    for name in _names(size):
        file[f"optimizer_weights/a/{name}"] = np.float32(0)


@stored("arrays that no list names", listed, 4_000)
def _(file: Any, size: int) -> None:
    file.attrs["layer_names"] = [b"a"]
    file.create_group("a").attrs["weight_names"] = np.array([], "S1")
    for name in _names(size):
        file[f"a/{name}"] = np.float32(0)


@stored("attributes of layer names", listed)
def _(file: Any, size: int) -> None:
    for number in range(size):
        file.attrs[f"layer_names{number}"] = [f"a{number}".encode()]


@stored("layers of Keras 3", listed)
def _(file: Any, size: int) -> None:
    for name in _names(size):
        file[f"layers/{name}/vars/0"] = np.float32(0)


@stored("groups that hold nothing", listed)
def _(file: Any, size: int) -> None:
    file.create_group("layers")
    for name in _names(size):
        file.create_group(f"layers/{name}/{name}")


@stored("nodes of labels", skeleton_of, 40_000)
def _(file: Any, size: int) -> None:
    graph = {**_skeleton([], []), "nodes": [{"id": i} for i in range(size)]}
    labels = {"nodes": [{"name": name} for name in _names(size)], "skeletons": [graph]}
    file.create_group("metadata").attrs["json"] = json.dumps(labels)


# Archives and folders


def _archived(name: str, members: Callable[[int], list[str]]) -> None:
    def write(folder: Path, size: int) -> Path:
        with zipfile.ZipFile(folder / "model.zip", "w") as archive:
            for member in members(size):
                archive.writestr(member, "{}")
        return folder / "model.zip"

    CASES[name] = Slow(name, readers.read, write, 10_000)


_archived("members of an archive", lambda size: [f"a/{name}.json" for name in _names(size)])
_archived("folders of an archive", lambda size: [f"{name}/config.json" for name in _names(size)])
_archived("members that lead outside", lambda size: [f"../{name}" for name in _names(size)])


def _many_weights(folder: Path, size: int) -> Path:
    place = folder / "many"
    place.mkdir(exist_ok=True)
    for name in _names(size):
        (place / f"{name}.h5").touch()
    return place


CASES["weights of a folder"] = Slow("weights of a folder", listed, _many_weights, 4_000)


def _preset(folder: Path, size: int) -> Path:
    arguments = {name: [name] for name in _names(size)}
    content = {"class_name": "A", "config": arguments}
    (folder / "config.json").write_text(json.dumps(content))
    return folder


CASES["arguments of a preset"] = Slow(
    "arguments of a preset",
    lambda folder: disagreements(folder, "A", {name: [1] for name in _names(900)}, "b"),
    _preset,
    900,
)
