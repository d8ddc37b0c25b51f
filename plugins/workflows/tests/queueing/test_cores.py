"""How many cores a process may use, and how workers share them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from poise_workflows.queueing.cores import THREADS, allowed_cores, shares_of, thread_settings


@pytest.fixture
def affinity(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process may use the cores 2 to 9."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(2, 10)), raising=False)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "cgroup"
    file.write_text("0::/slurm/job_7\n", encoding="ascii")
    return file


def group(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(f"{text}\n", encoding="ascii")


@pytest.mark.usefixtures("affinity")
def test_without_a_group_they_are_those_of_the_affinity(tmp_path: Path) -> None:
    assert allowed_cores(tmp_path / "none", tmp_path / "neither") == tuple(range(2, 10))


@pytest.mark.usefixtures("affinity")
@pytest.mark.parametrize(
    ("text", "count"),
    [("max 100000", 8), ("400000 100000", 4), ("250000 100000", 2), ("20000 100000", 1)],
)
def test_the_quota_of_a_group_limits_them(text: str, count: int, tmp_path: Path, own: Path) -> None:
    group(tmp_path / "slurm" / "job_7", cpu__max=text)

    assert allowed_cores(tmp_path, own) == tuple(range(2, 2 + count))


@pytest.mark.usefixtures("affinity")
def test_the_narrowest_group_around_a_process_decides(tmp_path: Path, own: Path) -> None:
    group(tmp_path / "slurm", cpu__max="300000 100000")
    group(tmp_path / "slurm" / "job_7", cpu__max="600000 100000")
    group(tmp_path / "slurm" / "job_8", cpu__max="100000 100000")

    assert len(allowed_cores(tmp_path, own)) == 3


@pytest.mark.usefixtures("affinity")
@pytest.mark.parametrize(("quota", "count"), [("-1", 8), ("500000", 5)])
def test_groups_of_the_first_version_count_as_well(quota: str, count: int, tmp_path: Path) -> None:
    own = tmp_path / "cgroup"
    own.write_text("5:cpu,cpuacct:/a\n4:memory:/b\n", encoding="ascii")
    group(tmp_path / "cpu" / "a", cpu__cfs_quota_us=quota, cpu__cfs_period_us="100000")

    assert len(allowed_cores(tmp_path, own)) == count


@pytest.mark.parametrize("cores", [1, 2, 5, 8])
@pytest.mark.parametrize("count", [1, 2, 3, 8, 11])
def test_workers_share_all_cores_and_none_has_two_more_than_another(cores: int, count: int) -> None:
    numbers = tuple(range(10, 10 + cores))

    shares = shares_of(numbers, count)

    sizes = [len(share) for share in shares]
    assert len(shares) == count
    assert {core for share in shares for core in share} == set(numbers[: max(cores, 1)])
    assert max(sizes) - min(sizes) <= 1
    if count <= cores:
        assert sum(sizes) == cores


def test_each_library_learns_how_many_threads_compute() -> None:
    settings = thread_settings(3)

    assert {settings[name] for name in THREADS} == {"3"}
    assert settings["TF_NUM_INTEROP_THREADS"] == "1"
