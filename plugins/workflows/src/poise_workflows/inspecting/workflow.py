"""``poise_workflows.inspect``: what a network is, or what is in labels."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from poise import Skeleton
from poise.editions import Edition
from poise_workflows.inspecting.building import inspect_network
from poise_workflows.inspecting.networks import NetworkFacts
from poise_workflows.inspecting.requests import read_request
from poise_workflows.inspecting.sizes import PartialImage
from poise_workflows.sleap_commands.label_facts import LabelFacts, label_facts

LABELS = ".slp"


def inspect(
    source: str | os.PathLike[str],
    *,
    image: PartialImage | None = None,
    labels: str | os.PathLike[str] | None = None,
    batch_size: int | None = None,
    diagram: str | os.PathLike[str] | None = None,
    skeleton: Skeleton | None = None,
    classes: Sequence[str] | None = None,
    edition: Edition | None = None,
    values: Mapping[str, Any] | None = None,
    overwrite: bool = False,
) -> NetworkFacts | LabelFacts:
    """Say what a network is and what it costs, or what is in labels.

    The network is built, and never run.

    Args:
        source: anything that ``poise.read`` reads, or the name of a profile; or a ``.slp`` file,
            which takes none of the other arguments.
        image: height, width and channels of the network's input; ``None`` for what the model,
            the labels or the configuration say. Without any of them 512 × 512 is assumed, and
            160 × 160 for crops.
        labels: a ``.slp`` file whose animals are set beside the receptive field. It also gives the
            size of images, the skeleton and the classes where the model has none.
        batch_size: images in a batch, for the memory; by default as many as the configuration
            trains with.
        diagram: an SVG file to draw the network in.
        skeleton: overrides the skeleton of the model.
        classes: overrides its class names.
        edition: overrides its edition.
        values: dotted path in the job → value, as of ``train``.
        overwrite: whether the diagram may replace another file.

    Returns:
        ``NetworkFacts``, or of a ``.slp`` file ``LabelFacts``.

    Raises:
        OSError: there is no such file.
        ConfigError: the configuration has faults.
        BuildError: no network can be built of it.
        WeightsError: its weights do not fit.
        SourceError: the labels cannot be read.
        LabelsError: nobody labeled an animal in them.
    """
    if is_labels(source):
        return label_facts(os.fspath(source))
    request = read_request(
        source,
        image=image,
        labels=labels,
        batch_size=batch_size,
        diagram=diagram,
        skeleton=skeleton,
        classes=classes,
        edition=edition,
        values=values,
        overwrite=overwrite,
    )
    return inspect_network(request)


def is_labels(source: str | os.PathLike[str]) -> bool:
    """Whether a path is one of labels, by its name."""
    return Path(source).suffix == LABELS
