"""The devices that the backend can use."""

from __future__ import annotations

from importlib import import_module


def gpus_of(backend: str) -> list[str]:
    """The names of the GPUs that the backend can use, from ``gpu:0`` on."""
    if backend == "torch":  # Keras lists no devices of PyTorch
        count = int(import_module("torch").cuda.device_count())
    else:
        import keras

        try:
            count = len(keras.distribution.list_devices("gpu"))
        except RuntimeError:  # of JAX, where there is none
            count = 0
    return [f"gpu:{number}" for number in range(count)]
