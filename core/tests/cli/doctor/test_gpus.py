"""A GPU that the driver shows and the backend cannot use is a note of the doctor."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from poise.building import drivers
from poise.cli.doctor import gpus
from poise.cli.doctor.gpus import note_on_gpus


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    for module in (drivers, gpus):
        monkeypatch.setattr(module, "gpus_of_driver", lambda: ["NVIDIA H200"])


def backend_finds(count: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: Any, **options: Any) -> Any:
        return subprocess.CompletedProcess(command, 0, stdout=f"noise\n{count}\n")

    monkeypatch.setattr(gpus.subprocess, "run", run)


@pytest.mark.usefixtures("card")
def test_a_card_that_is_not_used_is_named_with_the_command_that_mends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backend_finds("0", monkeypatch)

    assert note_on_gpus("tensorflow", 1) == (
        "the driver shows NVIDIA H200, which tensorflow cannot use; "
        "fix: pip install 'tensorflow[and-cuda]'"
    )


@pytest.mark.usefixtures("card")
@pytest.mark.parametrize("count", ["1", "2", "nothing"])
def test_a_card_that_is_used_needs_no_note_nor_one_of_which_nothing_is_known(
    count: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend_finds(count, monkeypatch)

    assert note_on_gpus("tensorflow", 1) == ""


@pytest.mark.usefixtures("card")
def test_a_backend_that_hangs_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: Any, **options: Any) -> Any:
        raise subprocess.TimeoutExpired(command, 1)

    monkeypatch.setattr(gpus.subprocess, "run", run)

    assert note_on_gpus("jax", 1) == ""


def test_without_a_card_no_backend_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpus, "gpus_of_driver", list)
    monkeypatch.setattr(gpus, "_usable", lambda *arguments: 1 / 0)

    assert note_on_gpus("tensorflow", 1) == ""
