"""Label files, read through sleap-io without what sleap-io loses."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import sleap_io

from poise.reading.skeletons import skeleton_of
from poise_workflows.frames.slp_labels import load_labels
from poise_workflows.frames.sources import SourceError

EDGES = (("thorax", "head"), ("thorax", "tail"), ("head", "tail"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Labels whose edges are stored in another order than they were made in, as SLEAP may do."""
    skeleton = sleap_io.Skeleton(["head", "thorax", "tail"], edges=list(EDGES), name="fly")
    animal = sleap_io.Instance.from_numpy(np.ones((3, 2)), skeleton=skeleton)
    frame = sleap_io.LabeledFrame(
        video=sleap_io.Video("a.mp4", open_backend=False), frame_idx=0, instances=[animal]
    )
    path = tmp_path / "labels.slp"
    sleap_io.save_slp(sleap_io.Labels([frame]), str(path), verbose=False)
    with h5py.File(path, "a") as stream:
        attributes = stream["metadata"].attrs
        facts = json.loads(attributes["json"])
        links = facts["skeletons"][0]["links"]
        # The first has the type that the others refer to.
        links[0]["type"], links[2]["type"] = links[2]["type"], links[0]["type"]
        links.reverse()
        attributes["json"] = np.bytes_(json.dumps(facts))
    return path


def names(labels: Any) -> list[tuple[str, str]]:
    return [(edge.source.name, edge.destination.name) for edge in labels.skeletons[0].edges]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_in_place_of_labels_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "labels.slp")

    with pytest.raises(SourceError, match="must be a file, got a pipe"):
        load_labels(tmp_path / "labels.slp")


def test_sleap_io_alone_has_the_edges_in_the_order_of_the_file(file: Path) -> None:
    """If this fails, sleap-io has mended it, and Poise need not."""
    assert names(sleap_io.load_slp(str(file), open_videos=False)) == list(EDGES[::-1])


@pytest.mark.parametrize("lazy", [False, True])
def test_edges_are_in_the_order_in_which_they_were_made(file: Path, lazy: bool) -> None:
    assert names(load_labels(file, lazy=lazy)) == list(EDGES)


def test_edges_keep_their_order_in_a_file_that_is_written_again(file: Path) -> None:
    copy = file.with_name("copy.slp")

    sleap_io.save_slp(load_labels(file), str(copy), verbose=False)

    assert skeleton_of(copy).edges == EDGES
