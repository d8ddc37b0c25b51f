"""Which GPU a worker gets, and that it sees no other."""

from __future__ import annotations

import os
import sys

import pytest

from poise_workflows.queueing import cards
from poise_workflows.queueing.cards import VISIBLE, cards_of, see_only, visible_cards
from poise_workflows.queueing.errors import QueueError
from poise_workflows.queueing.launching import slots_of


@pytest.fixture(autouse=True)
def before_any_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    """No backend has looked for GPUs yet, and the driver shows four."""
    for name in cards.BACKENDS:
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.delenv(VISIBLE, raising=False)
    monkeypatch.setattr(cards, "gpus_of_driver", lambda: ["NVIDIA H200"] * 4)


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        (None, ["0", "1", "2", "3"]),
        ("2", ["2"]),
        ("3, 1", ["3", "1"]),
        ("GPU-8f2a,GPU-11c0", ["GPU-8f2a", "GPU-11c0"]),
        ("", []),
        ("-1", []),
        ("1,-1,2", ["1"]),
    ],
)
def test_the_visible_ones_are_those_that_cuda_shows(said: str | None, seen: list[str]) -> None:
    assert visible_cards({} if said is None else {VISIBLE: said}) == seen


def test_gpus_are_counted_among_those_that_are_visible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VISIBLE, "3,1")

    assert cards_of("auto") == [("gpu:0", "3"), ("gpu:1", "1")]
    assert cards_of("gpu:1") == [("gpu:1", "1")]
    assert cards_of("cpu") == []


@pytest.mark.parametrize(
    ("devices", "message"),
    [
        ("gpu", r"must be auto, cpu or GPUs as gpu:0,gpu:2, got 'gpu'"),
        ("gpu:0,", "must be auto, cpu or GPUs"),
        ("gpu:4", "must be GPUs of this machine, got gpu:4; there are gpu:0, gpu:1, gpu:2, gpu:3"),
    ],
)
def test_others_are_refused(devices: str, message: str) -> None:
    with pytest.raises(QueueError, match=message):
        cards_of(devices)


@pytest.mark.parametrize(
    ("device", "visible", "named"),
    [
        ("auto", "0", ("gpu:0", "auto")),
        ("gpu:2", "2", ("gpu:2", "gpu:0")),
        ("cpu", "-1", ("cpu", "cpu")),
    ],
)
def test_a_worker_sees_one_and_no_other(
    device: str, visible: str, named: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VISIBLE, "0,1,2,3")

    assert see_only(device) == named
    assert os.environ[VISIBLE] == visible


def test_without_gpus_of_nvidia_the_backend_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "gpus_of_driver", list)

    assert see_only("auto") == ("auto", "auto")
    assert VISIBLE not in os.environ


def test_a_worker_takes_one_gpu_only() -> None:
    with pytest.raises(QueueError, match="must be one GPU for one worker, got 'gpu:0,gpu:1'"):
        see_only("gpu:0,gpu:1")


def test_a_backend_that_has_looked_sees_what_it_saw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jax", sys)

    assert see_only("gpu:2") == ("gpu:2", "gpu:2")
    assert VISIBLE not in os.environ


def test_each_worker_gets_a_gpu_and_workers_share_if_there_are_more_of_them() -> None:
    alone, shared = slots_of("auto", None), slots_of("gpu:1,gpu:3", 3)

    assert [slot.environment[VISIBLE] for slot in alone] == ["0", "1", "2", "3"]
    assert [slot.device for slot in shared] == ["gpu:1", "gpu:3", "gpu:1"]
    assert len({slot.name for slot in (*alone,)}) == 4


def test_workers_without_gpus_see_none_and_share_the_cores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("poise_workflows.queueing.launching.allowed_cores", lambda: (0, 1, 2, 3, 4))

    first, second = slots_of("cpu", 2)

    assert (first.cores, second.cores) == ((0, 1, 2), (3, 4))
    assert {first.environment[VISIBLE], second.environment[VISIBLE]} == {"-1"}
    assert second.environment["OMP_NUM_THREADS"] == "2"
    assert str(first) == "worker1 on cpu, cores 0,1,2"
    assert len(slots_of("cpu", None)) == 1  # for four cores and one more
