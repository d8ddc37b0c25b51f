"""What a job asks SLEAP to write, and Poise does not: a run says it, rather than ignore it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from poise.job.sections import OutputsConfig

_ALWAYS = "Poise keeps the best weights and the state after the last epoch"
_PROGRAM = "SLEAP's program cannot follow Poise; --progress json is for programs"
_PICTURES = "Poise draws no pictures while it trains"
_BOARD = "Poise writes the losses of each epoch for TensorBoard, and nothing else"

_UNUSED: Mapping[str, tuple[Any, str]] = {
    "save_outputs": (False, "Poise keeps every run"),
    "log_to_csv": (False, "Poise keeps the losses in log.csv"),
    "zip_outputs": (True, "zip the folder of the run when it is finished"),
    "keep_viz_images": (True, _PICTURES),
    "checkpointing.best_model": (False, _ALWAYS),
    "checkpointing.initial_model": (True, _ALWAYS),
    "checkpointing.every_epoch": (True, _ALWAYS),
    "checkpointing.latest_model": (True, _ALWAYS),
    "checkpointing.final_model": (True, _ALWAYS),
    "tensorboard.architecture_graph": (True, _BOARD),
    "tensorboard.profile_graph": (True, _BOARD),
    "zmq.subscribe_to_controller": (True, _PROGRAM),
    "zmq.publish_updates": (True, _PROGRAM),
}
"""Field of ``outputs`` → the value that has no effect, and why."""


def notes_of(outputs: OutputsConfig) -> Iterator[str]:
    """What has no effect, a sentence each."""
    for path, (value, why) in _UNUSED.items():
        present: Any = outputs
        for name in path.split("."):
            present = getattr(present, name)
        if present == value:
            yield f"outputs.{path} has no effect: {why}"
