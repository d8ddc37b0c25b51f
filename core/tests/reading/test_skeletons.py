"""The skeleton of a file: of a job, of labels, or exported alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poise import ConfigError, Skeleton
from poise.reading.skeletons import skeleton_of

NODES = [{"name": name, "weight": 1.0} for name in ("tail", "head", "thorax")]
BODY = {"py/reduce": [{"py/type": "sleap.skeleton.EdgeType"}, {"py/tuple": [1]}]}
OF_LABELS = {
    "directed": True,
    "graph": {"name": "fly", "num_edges_inserted": 1},
    "links": [{"edge_insert_idx": 0, "key": 0, "source": 1, "target": 2, "type": BODY}],
    "multigraph": True,
    "nodes": [{"id": 1}, {"id": 2}],
}
"""A skeleton of labels: its nodes are positions in the labels' list of nodes."""

LABELS = {"nodes": NODES, "skeletons": [OF_LABELS]}
FLY = Skeleton(["head", "thorax"], [("head", "thorax")], name="fly")


def exported() -> dict[str, Any]:
    """A skeleton with its nodes inside, as SLEAP exports it and writes it to jobs."""
    head, thorax = (
        {
            "py/object": "sleap.skeleton.Node",
            "py/state": {"py/tuple": [name, 1.0]},
        }
        for name in ("head", "thorax")
    )
    link = {"edge_insert_idx": 0, "key": 0, "source": head, "target": thorax, "type": BODY}
    nodes = [{"id": {"py/id": 1}}, {"id": {"py/id": 2}}]
    return {**OF_LABELS, "links": [link], "nodes": nodes}


def slp(path: Path, text: Any) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        file.create_group("metadata").attrs["json"] = text


WRITE: dict[str, Callable[[Path], Any]] = {
    "job.json": lambda path: path.write_text(
        json.dumps({"data": {"labels": {"skeletons": [exported()]}}, "model": {}})
    ),
    "skeleton.json": lambda path: path.write_text(json.dumps(exported())),
    "labels.json": lambda path: path.write_text(json.dumps(LABELS)),
    "labels.slp": lambda path: slp(path, json.dumps(LABELS)),
    "bytes.slp": lambda path: slp(path, json.dumps(LABELS).encode()),
}


@pytest.mark.parametrize("name", WRITE)
def test_every_file_of_sleap_with_a_skeleton_gives_it(tmp_path: Path, name: str) -> None:
    WRITE[name](tmp_path / name)

    assert skeleton_of(tmp_path / name) == FLY


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_text(json.dumps({"data": {}, "model": {}})),
        lambda path: path.write_text(json.dumps({**LABELS, "skeletons": []})),
        lambda path: slp(path, json.dumps({"nodes": NODES, "skeletons": []})),
    ],
    ids=["job", "labels", "slp"],
)
def test_a_file_without_a_skeleton_is_refused_with_what_to_give(
    tmp_path: Path, write: Callable[[Path], Any]
) -> None:
    file = tmp_path / "empty.json"
    write(file)

    with pytest.raises(ConfigError) as error:
        skeleton_of(file)

    assert error.value.heading == str(file)
    assert "must be a file with a skeleton, got one without; give the job" in str(error.value)


def test_another_hdf5_file_is_no_label_file(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    file = tmp_path / "best_model.h5"
    h5py.File(file, "w").close()

    with pytest.raises(ConfigError, match=r"must be labels of SLEAP \(\.slp\), got an HDF5 file"):
        skeleton_of(file)


def test_a_file_that_is_not_there_is_a_mistake_of_the_call(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        skeleton_of(tmp_path / "nowhere.slp")
