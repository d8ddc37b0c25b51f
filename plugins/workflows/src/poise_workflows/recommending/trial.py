"""What a process of its own measures: the machine, a short training, or a short prediction.

    python -m poise_workflows.recommending.trial TASK JSON

It runs Poise's own commands, so that it takes the memory that they take. JSON has the arguments of
the task. The last line that it prints is what it measured, as JSON.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from poise_workflows.memory_use import peak_memory

LEAST_SECONDS, LEAST_ROUNDS = 2.0, 5
"""How long, and how often, batches of a prediction are predicted again."""


def machine() -> dict[str, Any]:
    """Measure the memory of both commands before their networks, and the speed of the machine."""
    from poise_workflows.results.hdf5 import import_without_locks

    import_without_locks()
    from poise.cli.commands import import_keras

    import_keras(in_batches=True)
    import keras
    import sleap_io  # noqa: F401

    import poise_workflows.prediction.workflow
    from poise_workflows.prediction.devices import on_device

    predicting = _resident()
    import poise_workflows.training.evaluating
    import poise_workflows.training.fitting  # noqa: F401

    training = _resident()
    with on_device("cpu"):
        return {
            "backend": keras.backend.backend(),
            "predicting": predicting,
            "training": training,
            "operations": _operations(keras),
            "traffic": _traffic(keras),
            "call": _call(keras),
        }


def _resident() -> int:
    import psutil

    return int(psutil.Process().memory_info().rss)


def _operations(keras: Any) -> float:
    """FLOPs a second of a large convolution."""
    image = keras.ops.ones((1, 256, 256, 64))
    kernel = keras.ops.ones((3, 3, 64, 64))
    seconds = _seconds(lambda: keras.ops.conv(image, kernel, padding="same"), keras)
    return float(2 * 256 * 256 * 9 * 64 * 64 / seconds)


def _traffic(keras: Any) -> float:
    """Bytes a second of a sum: two arrays are read, and one is written."""
    image = keras.ops.ones((16, 1024, 1024))
    return float(3 * 4 * 16 * 1024 * 1024 / _seconds(lambda: image + image, keras))


def _call(keras: Any) -> float:
    """Seconds of a call of a compiled function that does nothing."""
    image = keras.Input((8, 8, 1))
    model: Any = keras.Model(image, image + 1)
    frame = np.zeros((1, 8, 8, 1), np.float32)
    return _seconds(lambda: model.predict_on_batch(frame), keras, rounds=20)


def _seconds(work: Callable[[], Any], keras: Any, rounds: int = 5) -> float:
    """The median time of some work, once it is compiled."""
    times = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        keras.ops.convert_to_numpy(work())
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def training(arguments: list[str]) -> dict[str, Any]:
    """Train with the command line.

    Args:
        arguments: of ``poise train``.
    """
    _run(["train", *arguments])
    return {"peak": peak_memory()}


def prediction(
    arguments: list[str], source: str, model: str, choice: dict[str, Any], batch_size: int
) -> dict[str, Any]:
    """Predict with the command line, then some of the same frames again, with a clock.

    Args:
        arguments: of ``poise predict``.
        source: the file of labels.
        model: the folder of the model.
        choice: which frames.
        batch_size: how many the network sees at once.
    """
    _run(["predict", *arguments])
    most = peak_memory()
    return {"peak": most, "fps": _fps(source, model, choice, batch_size)}


def _fps(source: str, model: str, choice: dict[str, Any], batch_size: int) -> float:
    """Frames a second, without reading them: other frames are read meanwhile."""
    from poise_workflows.prediction.batching import batches_of
    from poise_workflows.prediction.loading import load
    from poise_workflows.prediction.predicting import labeled
    from poise_workflows.prediction.sources import selection_of

    pipeline = load(model, batch_size=batch_size).pipeline
    selection = selection_of(source, **choice)
    batches = batches_of(selection, pipeline, batch_size, 0, labeled(pipeline, selection))
    whole = [filled(batch.images, batch.truth, batch_size) for batch in batches if batch.rows]
    pipeline(*whole[0])  # compiles
    seconds: list[float] = []
    while len(seconds) < LEAST_ROUNDS or sum(seconds) < LEAST_SECONDS:
        for images, truth in whole:
            start = time.perf_counter()
            pipeline(images, truth)
            seconds.append(time.perf_counter() - start)
    return batch_size / statistics.median(seconds)


def filled(images: Any, truth: Any, batch_size: int) -> tuple[Any, Any]:
    """A batch of so many frames, some of them again where there are fewer.

    Args:
        images: ``(N, H, W, C)``.
        truth: what is labeled in each; ``None`` if nothing is needed.
        batch_size: how many.
    """
    rows = [index % len(images) for index in range(batch_size)]
    return images[rows], None if truth is None else [truth[row] for row in rows]


def _run(arguments: list[str]) -> None:
    from poise.cli import main

    status = main(arguments)
    if status:
        sys.exit(status)


TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    "machine": machine,
    "training": training,
    "prediction": prediction,
}

if __name__ == "__main__":
    task, text = sys.argv[1:]
    measured = TASKS[task](**json.loads(text))
    print(json.dumps(measured), flush=True)  # noqa: T201  # for the process that waits
