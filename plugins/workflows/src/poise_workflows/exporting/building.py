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
from poise_workflows.pipelines.members import cast_of
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
    """Preprocessing, networks and peaks as one graph."""
    from poise_workflows.exporting.points import Description, description_of, points_model

    roles, size = cast_of(request.members), _whole_size(request)
    with computing_in(FLOAT32):
        model = points_model(roles, size, batch=request.batch, **request.decoding)
    description = description_of(model)
    assert isinstance(description, Description)
    subject = Subject(
        model=model,
        outputs=tuple(description.outputs),
        image=description.frame,
        batch=request.batch,
        dtype="uint8",
        readings=request.readings,
        source=request.members[0].path,
        has_points=True,
        pixels=tuple(name for name, each in description.outputs.items() if each.is_places),
        provider=request.provider,
    )
    return Built(subject=subject, predict=lambda images: predicted(model, images))


def _whole_size(request: Request) -> tuple[int, int] | None:
    """The size of the frames; ``None`` if the models decide."""
    if request.size is None:
        return None
    height, width = request.size
    if height is None or width is None:
        what = "must be height and width of the frames with points, got any"
        raise ExportError(
            [Fault(f"{what}; all of their arrays have fixed shapes", argument_path("image"))]
        )
    return height, width
