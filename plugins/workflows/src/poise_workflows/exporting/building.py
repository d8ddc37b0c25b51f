"""From readings to what is exported: the network with its weights, and what Poise predicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np

from poise import last_stack
from poise.errors import Fault
from poise.messages import argument_path
from poise_workflows.exporting.contract import Array, Subject
from poise_workflows.exporting.errors import ExportError
from poise_workflows.exporting.requests import Request
from poise_workflows.exporting.shapes import usable_size
from poise_workflows.pipelines.networks import FLOAT32, computing_in


@attrs.frozen(kw_only=True, eq=False)
class Built:
    """What is exported, and what proves it.

    Attributes:
        subject: what the exporter gets.
        predict: images ``(N, H, W, C)`` → the outputs that Poise predicts. It is called before the
            exporter gets the model, which may change it.
    """

    subject: Subject
    predict: Callable[[Array], Mapping[str, Array]]


def build(request: Request) -> Built:
    """Build what is exported.

    Raises:
        BuildError: the model cannot be built, for example for this size.
        WeightsError: its weights do not fit.
    """
    return _points(request) if request.has_points else _maps(request)


def _maps(request: Request) -> Built:
    (member,) = request.members
    reading = member.reading
    size = request.size if request.size is not None else usable_size(reading, member.spec)
    with computing_in(FLOAT32):
        model = last_stack(reading.build((*size, None), auto_pad=False))
    channels = int(model.inputs[0].shape[-1])
    subject = Subject(
        model=model,
        outputs=tuple(model.output),
        image=(*size, channels),
        batch=request.batch,
        readings=request.readings,
        source=member.path,
        provider=request.provider,
    )
    return Built(subject=subject, predict=lambda images: predicted(model, images))


def predicted(model: Any, images: Array) -> dict[str, Array]:
    """The outputs of a Keras model by name."""
    return {name: np.asarray(array) for name, array in model.predict_on_batch(images).items()}


def _points(request: Request) -> Built:
    """Preprocessing, network and peaks as one graph."""
    what = "must be left out: this version of Poise exports maps only, got True"
    raise ExportError([Fault(what, argument_path("points"))])
