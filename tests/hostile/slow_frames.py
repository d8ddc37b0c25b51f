"""Label files, lists and folders that grow: more cases of ``slow_files``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import hostile_readers as readers
import numpy as np
from hostile_frames import png
from hostile_labels import replace, saved
from slow_files import CASES, Slow

from poise_workflows.frames.label_checks import check_labels
from poise_workflows.frames.listing import expand
from poise_workflows.frames.slp_labels import load_labels

Grow = Callable[[Any, int], Any]


def labels(
    name: str, most: int, read: Callable[[Path], object] = load_labels
) -> Callable[[Grow], Grow]:
    """Labels that the function fills."""

    def register(grow: Grow) -> Grow:
        def write(folder: Path, size: int) -> Path:
            path = saved(folder)
            with h5py.File(path, "r+") as file:
                grow(file, size)
            return path

        CASES[name] = Slow(name, read, write, most)
        return grow

    return register


def _metadata(file: Any, **parts: Any) -> None:
    said = {**json.loads(file["metadata"].attrs["json"]), **parts}
    del file["metadata"].attrs["json"]
    file["metadata"].attrs["json"] = np.bytes_(json.dumps(said))


def _rows(file: Any, name: str, size: int) -> Any:
    """So many copies of the first row of a table."""
    return np.repeat(file[name][:1], size)


@labels("labels: frames", 8_000)
def _(file: Any, size: int) -> None:
    rows = _rows(file, "frames", size)
    rows["frame_id"] = rows["frame_idx"] = np.arange(size)
    rows["instance_id_start"] = rows["instance_id_end"] = 0
    replace(file, "frames", data=rows)


@labels("labels: frames of one number", 8_000)
def _(file: Any, size: int) -> None:
    replace(file, "frames", data=_rows(file, "frames", size))


@labels("labels: animals of one frame", 4_000)
def _(file: Any, size: int) -> None:
    rows = _rows(file, "instances", size)
    rows["instance_id"] = np.arange(size)
    replace(file, "instances", data=rows)
    frames = file["frames"][:1]
    frames["instance_id_end"] = size
    replace(file, "frames", data=frames)


@labels("labels: tracks", 20_000)
def _(file: Any, size: int) -> None:
    replace(file, "tracks_json", data=[f'[0, "{i}"]'.encode() for i in range(size)])


@labels("labels: tracks of one name", 20_000)
def _(file: Any, size: int) -> None:
    replace(file, "tracks_json", data=[b'[0, "a"]'] * size)


@labels("labels: suggestions", 20_000)
def _(file: Any, size: int) -> None:
    rows = [json.dumps({"video": "0", "frame_idx": i, "group": 0}).encode() for i in range(size)]
    replace(file, "suggestions_json", data=rows)


@labels("labels: nodes that no skeleton has", 1_000)
def _(file: Any, size: int) -> None:
    nodes = json.loads(file["metadata"].attrs["json"])["nodes"]
    _metadata(file, nodes=[*nodes, *({"name": f"p{i}", "weight": 1.0} for i in range(size))])


@labels("labels: groups to check", 20_000, check_labels)
def _(file: Any, size: int) -> None:
    for number in range(size):
        file.create_group(f"groups/{number}")


@labels("labels: texts of any length to check", 20_000, check_labels)
def _(file: Any, size: int) -> None:
    texts = [f'[0, "{number}"]' for number in range(size)]
    replace(file, "tracks_json", data=texts, dtype=h5py.string_dtype())


def _lines(name: str, line: Callable[[int], str], ending: str = ".txt") -> None:
    def write(folder: Path, size: int) -> Path:
        path = folder / f"list{ending}"
        (folder / "a.mp4").touch()
        path.write_text("".join(line(number) for number in range(size)))
        return path

    CASES[name] = Slow(name, expand, write, 50_000)


_lines("list: paths of one file", lambda number: "a.mp4\n")
_lines("list: paths of nothing", lambda number: f"{number}.mp4\n")
_lines("list: rows", lambda number: f"a.mp4,{number}.slp\n", ".csv")
_lines("list: cells of one row", lambda number: ",a", ".csv")
_lines("list: letters of one line", lambda number: "abcdefgh")


def _pictures(folder: Path, size: int) -> Path:
    place = folder / "many"
    place.mkdir(exist_ok=True)
    for number in range(size):
        (place / f"{number}.png").write_bytes(png(8, 1))
    return place


CASES["pictures of a folder"] = Slow("pictures of a folder", readers.frames, _pictures, 4_000)
CASES["names of a folder"] = Slow("names of a folder", expand, _pictures, 4_000)
