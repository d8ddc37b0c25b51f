"""How much memory a process may still take."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from poise_workflows.training.memory_limits import free_memory

MB = 1 << 20


def write(folder: Path, **files: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(f"{content}\n", encoding="ascii")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "cgroup"
    file.write_text("0::/slurm/job_7/step_0\n", encoding="ascii")
    return file


def test_without_groups_it_is_what_the_machine_has(tmp_path: Path) -> None:
    free = free_memory(tmp_path / "none", tmp_path / "neither")

    assert 0 < free <= psutil.virtual_memory().total


def test_the_narrowest_group_around_a_process_decides(tmp_path: Path, own: Path) -> None:
    write(tmp_path / "slurm" / "job_7", memory__max=9 * MB, memory__current=4 * MB)
    write(tmp_path / "slurm" / "job_7" / "step_0", memory__max="max", memory__current=4 * MB)
    write(tmp_path / "slurm" / "job_8", memory__max=MB, memory__current=0)

    assert free_memory(tmp_path, own) == 5 * MB


def test_files_that_can_be_dropped_are_free(tmp_path: Path, own: Path) -> None:
    write(
        tmp_path,
        memory__max=9 * MB,
        memory__current=4 * MB,
        memory__stat=f"anon 5\ninactive_file {3 * MB}",
    )

    assert free_memory(tmp_path, own) == 8 * MB


def test_groups_of_the_first_version_count_as_well(tmp_path: Path) -> None:
    own = tmp_path / "cgroup"
    own.write_text("5:cpu,cpuacct:/a\n4:memory:/b\n", encoding="ascii")
    group = tmp_path / "memory" / "b"
    write(group, memory__limit_in_bytes=9 * MB, memory__usage_in_bytes=10 * MB)

    assert free_memory(tmp_path, own) == 0
