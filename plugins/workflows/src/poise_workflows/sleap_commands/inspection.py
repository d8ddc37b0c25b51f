"""What ``sleap-inspect`` told of labels and of models, as lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import poise
from poise.files import read_text_of
from poise.messages import counted
from poise_workflows.sleap_commands.label_facts import label_facts
from poise_workflows.sleap_commands.label_sources import opened

CONFIG = "training_config.json"
SPLITS = ("train", "val", "test")


def lines_of(path: str, *, verbose: bool = False) -> Iterator[str]:
    """What to say of a path; nothing of what is neither labels nor a model of SLEAP.

    Args:
        path: a ``.slp`` file, or a model folder.
        verbose: whether every frame has a line.

    Raises:
        ConversionError: the labels cannot be read.
        ConfigError: the model's configuration has faults.
    """
    if path.endswith(".slp"):
        yield from label_facts(path, with_corners=verbose).lines()
    elif (Path(path) / CONFIG).is_file():
        yield from _of_model(Path(path))


def _of_model(folder: Path) -> Iterator[str]:
    config = poise.read(folder).config
    yield f"head: {config.heads.which_oneof_attrib_name()}"
    yield f"backbone: {config.backbone.which_oneof_attrib_name()}"
    for name, value in sorted(_filled(folder).items()):
        yield f"  {name}: {value}"
    for split in SPLITS:
        labels = folder / f"labels_gt.{split}.slp"
        if labels.is_file():
            yield f"{split}: {_size(labels)}"
        metrics = folder / f"metrics.{split}.npz"
        if metrics.is_file():
            yield (
                f"{split}: {metrics.name} is a pickle, which can run code when it is opened; "
                "Poise does not"
            )


def _filled(folder: Path) -> dict[str, Any]:
    """The fields of the backbone, as the file has them."""
    data = json.loads(read_text_of(folder / CONFIG))
    sections = data.get("model", {}).get("backbone", {})
    return next((fields for fields in sections.values() if isinstance(fields, dict)), {})


def _size(path: Path) -> str:
    with opened(str(path)) as labels:
        frames = labels.labeled_frames
        instances = sum(len(frame.instances) for frame in frames)
        return f"{counted(len(frames), 'frame')}, {counted(instances, 'instance')}"
