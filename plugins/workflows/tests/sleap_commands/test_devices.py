"""``--cpu``, ``--first-gpu``, ``--last-gpu`` and ``--gpu``."""

from __future__ import annotations

import pytest

from poise_workflows.sleap_commands import track_devices
from poise_workflows.sleap_commands.track_parser import parser


@pytest.fixture
def three_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(track_devices, "gpus_of_driver", lambda: ["a", "b", "c"])


def device(*words: str) -> str:
    return track_devices.device_of(parser().parse_args(words))[0]


@pytest.mark.usefixtures("three_gpus")
def test_gpus_are_counted() -> None:
    assert device() == device("--gpu", "AUTO") == "auto"
    assert device("--cpu") == "cpu"
    assert device("--first") == "gpu:0"
    assert device("--last-gpu") == "gpu:2"
    assert device("--gpu", "1") == "gpu:1"


@pytest.mark.usefixtures("three_gpus")
def test_those_that_are_hidden_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,0")

    assert device("--last-gpu") == "gpu:1"


def test_without_a_gpu_the_choice_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(track_devices, "gpus_of_driver", list)

    for words in (["--first-gpu"], ["--last-gpu"], ["--gpu", "1"]):
        chosen, said = track_devices.device_of(parser().parse_args(words))
        assert chosen == "auto"
        assert said.startswith(f"{words[0]} is ignored, as in SLEAP where there is no GPU")
