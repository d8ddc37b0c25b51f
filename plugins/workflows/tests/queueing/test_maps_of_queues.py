"""Queues whose videos, models or labels are named by the paths of another machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import poise_workflows
from poise_workflows.frames.path_maps import path_maps
from poise_workflows.queueing.errors import QueueError
from poise_workflows.queueing.gathering import gather
from poise_workflows.queueing.joining import compare
from poise_workflows.queueing.options import faults_of_queue
from poise_workflows.queueing.plans import Plan, Video, write_plan


def test_a_table_names_videos_models_and_results_of_another_machine(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    (tmp_path / "model").mkdir()
    table = tmp_path / "list.csv"
    table.write_text("video,models,output\nZ:\\a.mp4,Z:\\model,Z:\\out\\a.slp\n")

    gathered = gather([table], tmp_path / "out", {}, maps=path_maps({"Z:\\": tmp_path}))

    (video,) = gathered.videos
    assert gathered.faults == []
    assert (video.path, video.models) == (tmp_path / "a.mp4", (tmp_path / "model",))
    assert Path(video.output) == tmp_path / "out" / "a.slp"


def plan(maps: Any) -> Plan:
    video = Video(number=0, source="a.mp4", output="a.slp", models=("model",))
    return Plan(videos=(video,), options={"runtime": "keras", "map": maps}, models={}, retries=3)


def test_the_same_command_with_the_maps_of_another_machine_goes_on(tmp_path: Path) -> None:
    faults, fresh, gone = compare(plan({"/mnt/a": "/data/a"}), plan(None))

    assert (faults, fresh, gone) == ([], [], [])


def test_a_worker_without_the_folders_of_the_plans_maps_refuses_to_work(tmp_path: Path) -> None:
    """Else it would set every video aside."""
    gone = tmp_path / "gone"
    write_plan(plan({"/mnt/a": str(gone)}), tmp_path)

    with pytest.raises(
        QueueError, match=rf"must lead to a folder that is there, got /mnt/a={gone}"
    ):
        poise_workflows.work(tmp_path)
    with pytest.raises(QueueError, match="must be THERE=HERE"):
        poise_workflows.work(tmp_path, map=["/mnt/a"])


def test_a_queue_refuses_tracks_that_go_on_from_file_to_file(tmp_path: Path) -> None:
    (fault,) = faults_of_queue({"continue_tracks": True}, tmp_path)

    assert fault.path == "continue_tracks"
    assert fault.what.endswith("; predict each recording with one call, file after file")
