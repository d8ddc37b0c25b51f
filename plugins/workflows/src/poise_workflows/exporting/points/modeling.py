"""Models of points: from frames as a camera gives them to points and scores."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from poise.errors import Fault
from poise.messages import argument_path, suggestion
from poise_workflows.exporting.errors import ExportError, refused
from poise_workflows.exporting.points.describing import keep_description
from poise_workflows.pipelines.composing import side_of
from poise_workflows.pipelines.decoders import PUBLIC, check_options
from poise_workflows.pipelines.members import Cast, read_models

if TYPE_CHECKING:
    import keras


def points_model(
    models: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] | Cast,
    image: tuple[int, int] | None = None,
    *,
    batch: int | None = None,
    channels: int | None = None,
    **options: Any,
) -> keras.Model:
    """Build preprocessing, networks, peaks and refinement as one model.

    It computes what ``poise_workflows.load(models).predict_frames`` computes, as far as shapes
    do not depend on the data: parts of single animals, centroids, animals of top-down; for
    bottom-up models peaks and the scores of pairs, which the program that runs the model joins;
    and for identities the probabilities of classes, which that program assigns.

    Args:
        models: as of ``poise_workflows.load``: a model for whole frames, or one or both stages of
            top-down.
        image: height and width of the frames in pixels; by default those that the first model
            was trained for. For a model of crops alone, frames are crops.
        batch: how many frames a call takes; ``None`` for any number.
        channels: of the frames, 1 or 3; by default those that the first model sees.
        options: of decoding, by the names that ``poise_workflows.predict`` has for them:
            ``peak_threshold``, ``refinement``, ``max_edge_length_ratio``,
            ``dist_penalty_weight``; and ``max_instances``, for how many animals of a frame, or
            peaks of a part, the arrays have room (20 by default).

    Returns:
        A model from ``image``, uint8 ``(N, H, W, C)``, to a dict of arrays;
        ``describing.description_of`` says what they are.

    Raises:
        ExportError: a head type declares no decoding within a graph, or frames have no size.
        ModelsError: the models do not make a pipeline, or an option does not fit them.
        DecodeError: an option is out of its domain.
    """
    import keras

    from poise_workflows.exporting.points.graph import Graph
    from poise_workflows.exporting.points.stages import check_decoding

    _check_names(options)
    roles = models if isinstance(models, Cast) else read_models(_listed(models))
    check_decoding(*roles.members)
    chosen = check_options(roles.members, options)
    if roles.members[0] is roles.crop and "max_instances" in chosen:
        raise refused("must be left out for crops, which have one animal each", "max_instances")
    size = _size(roles) if image is None else (int(image[0]), int(image[1]))
    graph = Graph.of(roles, chosen, size, channels)
    frames = keras.Input(graph.frame, batch_size=batch, dtype="uint8", name="image")
    tensors = graph(frames)
    model = keras.Model(frames, tensors, name="points")
    keep_description(model, graph.description(tensors))
    return model


def _check_names(options: Iterable[str]) -> None:
    unknown = [name for name in options if name not in PUBLIC]
    if unknown:
        raise ExportError(
            Fault(f"no such option of decoding; {suggestion(name, PUBLIC)}", argument_path(name))
            for name in unknown
        )


def _listed(models: Any) -> list[Any]:
    return [models] if isinstance(models, str | os.PathLike) else list(models)


def _size(roles: Cast) -> tuple[int, int]:
    """Height and width of the frames that the first model was trained with."""
    member = roles.members[0]
    if member is roles.crop:
        return side_of(member), side_of(member)
    reading = member.reading
    height, width = reading.image[:2]
    if height is None or width is None:
        what = f"must be height and width of the frames, got none, and {member.path} has none"
        raise refused(f"{what}; pass image=(height, width)", "image")
    scaling = reading.input_scaling
    return round(height / scaling), round(width / scaling)
