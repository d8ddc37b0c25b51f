"""The skeleton of a file: of a job, of labels, or exported alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poise import ConfigError, Skeleton
from poise.errors import PoiseError
from poise.reading.paths import read
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
    h5py = pytest.importorskip("h5py", reason="writing HDF5 needs h5py")
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
    h5py = pytest.importorskip("h5py", reason="writing HDF5 needs h5py")
    file = tmp_path / "best_model.h5"
    h5py.File(file, "w").close()

    with pytest.raises(ConfigError, match=r"must be labels of SLEAP \(\.slp\), got an HDF5 file"):
        skeleton_of(file)


TWICE = '{"data": {"labels": {"skeletons": [%s]}}, "optimization": {"epochs": 1, "epochs": 2}}'


def test_a_job_that_poise_reads_gives_its_skeleton(tmp_path: Path) -> None:
    file = tmp_path / "job.json"
    file.write_text(TWICE % json.dumps(exported()))

    assert skeleton_of(file) == FLY == read(file).skeleton


def test_an_exported_skeleton_may_have_any_ending(tmp_path: Path) -> None:
    file = tmp_path / "fly.skeleton"
    file.write_text(json.dumps(exported()))

    assert skeleton_of(file) == FLY


def weights(path: Path) -> None:
    h5py = pytest.importorskip("h5py", reason="writing HDF5 needs h5py")
    with h5py.File(path, "w") as file:
        file.create_group("layers")


ASK = "give the job file of a trained model, a label file (.slp), or a skeleton exported as JSON"
OTHERS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "pointer": (
        lambda path: path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
        "got a git-lfs pointer; fetch the file itself with `git lfs pull`",
    ),
    "utf16": (
        lambda path: path.write_text(json.dumps(exported()), encoding="utf-16"),
        "got text in UTF-16; save it as UTF-8",
    ),
    "points": (
        lambda path: path.write_text(json.dumps({"size": [], "parts": [], "instances": []})),
        f"got points; {ASK}",
    ),
    "deeplabcut": (
        lambda path: path.write_text("Task: reach\nscorer: me\n"),
        f"got a configuration of DeepLabCut; {ASK}",
    ),
    "weights": (
        weights,
        "got weights of Keras (HDF5); give the training_config.json beside it, or the folder of "
        "both",
    ),
}
"""What is given instead of a skeleton → how to write it, and what is said of it."""


@pytest.mark.parametrize("ending", [".json", ".slp", ".yaml"])
@pytest.mark.parametrize("what", [what for what in OTHERS if what != "points"])
def test_what_is_given_instead_is_named_whatever_its_ending(
    what: str, ending: str, tmp_path: Path
) -> None:
    write, message = OTHERS[what]
    file = tmp_path / f"fly{ending}"
    write(file)

    with pytest.raises(ConfigError) as error:
        skeleton_of(file)

    assert str(error.value) == f"{file}: must be a file with a skeleton, {message}"


def test_points_are_named(tmp_path: Path) -> None:
    write, message = OTHERS["points"]
    write(tmp_path / "points.json")

    with pytest.raises(ConfigError) as error:
        skeleton_of(tmp_path / "points.json")

    assert str(error.value).endswith(f": must be a file with a skeleton, {message}")


def test_labels_without_h5py_say_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "labels.slp"
    file.write_bytes(b"\x89HDF\r\n\x1a\n")
    monkeypatch.setitem(sys.modules, "h5py", None)

    with pytest.raises(PoiseError) as error:
        skeleton_of(file)

    assert str(error.value) == (
        f"{file}: reading it needs h5py\n  fix: pip install h5py, or name the parts with parts="
    )


def test_a_file_that_is_not_there_is_a_mistake_of_the_call(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        skeleton_of(tmp_path / "nowhere.slp")
