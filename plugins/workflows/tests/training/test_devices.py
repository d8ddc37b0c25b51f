"""What trains: a device, or several that share every batch."""

from __future__ import annotations

import os
import types
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest

import poise
from poise.reading import Reading
from poise_workflows.prediction.options import OptionsError
from poise_workflows.training import devices
from poise_workflows.training.devices import (
    faults_of_devices,
    notes_of_devices,
    on_devices,
    split_cpu_of_jax,
)
from poise_workflows.training.orders import Order, steps_of_validation


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch, keras: Any) -> Callable[..., None]:
    """``backend(name, gpus)``: Keras' backend, whose CPU can be split."""

    def use(name: str, gpus: int = 0) -> None:
        monkeypatch.setattr(keras.backend, "backend", lambda: name)
        monkeypatch.setattr(devices, "_split_cpu", lambda count, backend: None)
        names = [f"gpu:{number}" for number in range(gpus)]
        monkeypatch.setattr(devices, "gpus_of", lambda backend: names)

    return use


def reading(size: int) -> Reading:
    sections = poise.ModelConfig.from_data({"backbone": {"unet": {}}})
    optimization = types.SimpleNamespace(batch_size=size)
    job: Any = types.SimpleNamespace(
        config=sections, sections=types.SimpleNamespace(optimization=optimization)
    )
    return job  # type: ignore[no-any-return]


@pytest.mark.parametrize(("size", "fix"), [(5, "set 4 or 6"), (1, "set 2"), (4, None)])
def test_each_device_gets_the_same_number_of_images(size: int, fix: str | None) -> None:
    faults = list(faults_of_devices(reading(size), 2))

    assert [(fault.path, fault.what.partition("; ")[2]) for fault in faults] == (
        [("optimization.batch_size", fix)] if fix else []
    )


def test_one_device_takes_batches_of_any_size() -> None:
    assert not list(faults_of_devices(reading(7), 1))


def refusal(device: str, count: int) -> str:
    with pytest.raises(OptionsError) as refused, on_devices(device, count):
        pass
    return str(refused.value)


def test_pytorch_is_refused_with_the_reason(backend: Any) -> None:
    backend("torch")

    assert refusal("auto", 2) == (
        "must be 1 with PyTorch, on which Keras trains a model on one device, got 2; "
        "train with TensorFlow or JAX (environment variable KERAS_BACKEND) @ devices"
    )


@pytest.mark.parametrize("name", ["tensorflow", "jax"])
def test_a_single_gpu_is_not_several_devices(name: str, backend: Any) -> None:
    backend(name, gpus=4)

    assert "must be auto or cpu for 2 devices, got gpu:1" in refusal("gpu:1", 2)


@pytest.mark.parametrize("name", ["tensorflow", "jax"])
def test_fewer_gpus_than_devices_are_refused_with_their_number(name: str, backend: Any) -> None:
    backend(name, gpus=2)

    assert "must be at most 2, the number of GPUs, got 3" in refusal("auto", 3)


@pytest.mark.parametrize(
    ("device", "gpus", "names"),
    [
        ("auto", 4, ["gpu:0", "gpu:1", "gpu:2"]),
        ("cpu", 4, ["cpu:0", "cpu:1", "cpu:2"]),
        ("auto", 0, ["cpu:0", "cpu:1", "cpu:2"]),
    ],
)
def test_gpus_are_used_where_there_are_some(
    device: str, gpus: int, names: list[str], backend: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend("jax", gpus)
    used: list[str] = []

    def scope(chosen: list[str]) -> Any:
        used.extend(chosen)
        return nullcontext()

    monkeypatch.setitem(devices._SCOPES, "jax", scope)

    with on_devices(device, 3) as several:
        assert used == names
        assert str(several) == f"3 × {names[0][:3]} (jax)"


def test_a_cpu_that_is_in_use_cannot_be_split_any_more(keras: Any) -> None:
    if keras.backend.backend() == "torch":
        pytest.skip("PyTorch is refused anyway")
    keras.ops.convert_to_numpy(keras.ops.ones(1) + 1)

    text = refusal("cpu", 99)

    assert "must be at most " in text
    assert text.endswith("got 99; train in a process that has computed nothing yet @ devices")


def test_jax_has_as_many_cpus_as_devices_unless_the_user_has_decided(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flag = "--xla_force_host_platform_device_count"
    monkeypatch.setenv("XLA_FLAGS", "--xla_dump_to=here")
    split_cpu_of_jax(1)
    assert os.environ["XLA_FLAGS"] == "--xla_dump_to=here"

    split_cpu_of_jax(3)
    assert os.environ["XLA_FLAGS"] == f"--xla_dump_to=here {flag}=3"

    split_cpu_of_jax(5)
    assert os.environ["XLA_FLAGS"] == f"--xla_dump_to=here {flag}=3"


@pytest.mark.parametrize(
    ("name", "notes"),
    [
        (
            "tensorflow",
            [
                "each of 2 devices normalizes its part of a batch by itself",
                "each of 2 devices finds hard keypoints in its part of a batch",
            ],
        ),
        ("jax", []),
    ],
)
def test_what_devices_compute_by_themselves_is_said(
    name: str, notes: list[str], backend: Any, keras: Any
) -> None:
    image = keras.Input((8, 8, 1))
    inner = keras.Model(image, keras.layers.BatchNormalization()(image))
    model = keras.Model(image, inner(image))
    backend(name)

    assert list(notes_of_devices(model, 2, mines=True)) == notes
    assert not list(notes_of_devices(model, 1, mines=True))
    assert not list(notes_of_devices(keras.Model(image, image + 1), 2, mines=False))


@pytest.mark.parametrize("devices", [2, 3])
@pytest.mark.parametrize("samples", range(1, 14))
def test_devices_share_every_batch_of_a_validation_and_weigh_all_samples_alike(
    samples: int, devices: int
) -> None:
    size = 2 * devices
    order = Order(
        samples=samples,
        batch_size=size,
        steps=steps_of_validation(samples * devices, size, None),
        seed=0,
        of="validation",
        shuffles=False,
        repeats=False,
        copies=devices,
    )

    indices = order.of_epoch(0).tolist()

    assert {index: indices.count(index) for index in indices} == dict.fromkeys(
        range(samples), devices
    )
    assert not len(indices) % size % devices
    assert -(-len(indices) // size) == order.steps
