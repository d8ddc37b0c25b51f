"""The device that predicts, and GPUs that are there but cannot be used."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poise.building import drivers
from poise_workflows.prediction import devices
from poise_workflows.prediction.devices import grow_on_demand, on_device
from poise_workflows.prediction.options import OptionsError

LISTED = "GPU 0: NVIDIA H200 (UUID: GPU-1f)\nGPU 1: NVIDIA H200 (UUID: GPU-2f)\n"
FIXES = {"tensorflow": "tensorflow[and-cuda]", "jax": "jax[cuda12]", "torch": "install torch"}

pytestmark = pytest.mark.usefixtures("keras")


@pytest.fixture
def usable(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """``usable(count)``: how many GPUs the backend can use."""

    def use(count: int) -> None:
        names = [f"gpu:{number}" for number in range(count)]
        monkeypatch.setattr(devices, "gpus_of", lambda backend: names)

    return use


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """``driver(script)``: what the driver's program does; there are no files of the driver."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(drivers, "LISTING", tmp_path / "gpus")
    monkeypatch.setattr(drivers.shutil, "which", lambda name: None)

    def install(script: str) -> None:
        program = tmp_path / "nvidia-smi"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setattr(drivers.shutil, "which", lambda name: str(program))

    return install


def test_a_gpu_that_the_backend_cannot_use_is_named_with_the_command_that_mends_it(
    usable: Any, driver: Any, keras: Any
) -> None:
    usable(0)
    driver(f"cat <<END\n{LISTED}END")
    backend = keras.backend.backend()

    with on_device("auto") as device:
        assert str(device) == f"cpu ({backend})"

    start = "the driver shows NVIDIA H200, NVIDIA H200, which "
    assert device.note.startswith(f"{start}{backend} cannot use; fix: pip install ")
    assert FIXES[backend] in device.note.replace("--force-reinstall ", "")
    assert "\n" not in device.note


def test_a_gpu_that_an_environment_variable_hides_is_named_with_it(
    usable: Any, driver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    usable(0)
    driver(f"cat <<END\n{LISTED}END")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")

    with on_device("auto") as device:
        assert device.note.endswith("fix: unset CUDA_VISIBLE_DEVICES")


@pytest.mark.parametrize("script", ["exit 9", "echo No devices were found"])
def test_files_of_the_driver_show_a_gpu_where_its_program_does_not(
    script: str, usable: Any, driver: Any, tmp_path: Path
) -> None:
    usable(0)
    driver(script)
    file = tmp_path / "gpus" / "0000:01:00.0" / "information"
    file.parent.mkdir(parents=True)
    file.write_text("Model: \t\t NVIDIA A100\nIRQ:   16\n")

    with on_device("auto") as device:
        assert device.note.startswith("the driver shows NVIDIA A100, which ")


def test_a_machine_without_a_gpu_has_nothing_to_mend(usable: Any, driver: Any) -> None:
    usable(0)

    with on_device("auto") as device:
        assert device.note == ""


def test_who_asks_for_the_cpu_hears_nothing_of_gpus(usable: Any, driver: Any, keras: Any) -> None:
    usable(0)
    driver(f"cat <<END\n{LISTED}END")

    with on_device("cpu") as device:
        assert (device.name, device.note) == (f"cpu ({keras.backend.backend()})", "")


def test_the_first_gpu_is_used_where_there_is_one(usable: Any, keras: Any) -> None:
    usable(2)

    with on_device("auto") as device:
        assert device == devices.Device(name=f"gpu:0 ({keras.backend.backend()})")


def test_a_gpu_that_does_not_exist_is_refused_with_the_list(usable: Any) -> None:
    usable(2)

    with (
        pytest.raises(OptionsError, match=r"got gpu:7; there are gpu:0, gpu:1"),
        on_device("gpu:7"),
    ):
        pass


def test_a_gpu_that_cannot_be_used_is_refused_with_the_command_that_mends_it(
    usable: Any, driver: Any
) -> None:
    usable(0)
    driver(f"cat <<END\n{LISTED}END")

    with pytest.raises(OptionsError, match=r"got gpu:0; the driver shows .*; fix: pip install"):
        on_device("gpu:0").__enter__()


def test_memory_grows_on_demand_unless_the_user_has_decided(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TF_FORCE_GPU_ALLOW_GROWTH", raising=False)
    monkeypatch.setenv("XLA_PYTHON_CLIENT_PREALLOCATE", "true")

    grow_on_demand()

    assert os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    assert os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] == "true"
