"""From a configuration and labels to a picture: resolve, make targets, decode them, draw."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from poise import DecodeWarning, Instances, Skeleton, decode, editions, make_targets
from poise.editions import Edition
from poise.errors import Fault
from poise.messages import argument_path
from poise.writing.whole_files import refuse_taken
from poise_workflows.frames.labeled import ArgumentError, Array, LabeledFrame
from poise_workflows.previewing.inputs import Inputs, read_inputs


@attrs.frozen(kw_only=True, eq=False)
class Preview:
    """A labeled frame with its targets and the points decoded from them.

    Attributes:
        output: the picture.
        title: the line above it: configuration, head type, edition.
        frame: the frame as the model sees it: resized, and cut out if requested.
        targets: arrays of a batch of one image, by output name.
        decoded: the animals that decoding finds in the targets, in pixels of ``frame``.
        distances: ``(K, P)`` in pixels of the frame as it was labeled: how far each part of
            the decoded animals is from that part of the nearest labeled one, over the parts
            that both have. NaN where a part is not decoded or not labeled.
        notes: what Poise assumed of the labels or could not read, what it decided about the
            model, and what decoding will not find, a sentence each.
    """

    output: Path
    title: str
    frame: LabeledFrame
    targets: dict[str, Array]
    decoded: Instances
    distances: Array
    notes: tuple[str, ...]


def preview(
    file: str | os.PathLike[str],
    labels: str | os.PathLike[str],
    output: str | os.PathLike[str] = "preview.png",
    *,
    frame: int = 0,
    video: str | os.PathLike[str] | None = None,
    crop: int | None = None,
    animal: int | None = None,
    skeleton: Skeleton | None = None,
    classes: Sequence[str] | None = None,
    edition: Edition | None = None,
    overwrite: bool = False,
) -> Preview:
    """Draw a labeled frame, the targets made from its labels, and the points decoded from them.

    Args:
        file: a configuration, a SLEAP job file or folder, or a model folder.
        labels: a ``.slp`` file of SLEAP, or a JSON file of points.
        output: path of the picture; its suffix decides the format.
        frame: which labeled frame, counted from 0.
        video: where the labels' video is now. By default Poise looks at the path in the
            labels, then beside them; if it cannot read the frame there, a note says why.
        crop: the side in pixels of a square to cut out around one animal, as for models of
            crops. It is cut after the frame is resized by the configuration's
            ``input_scaling``.
        animal: which animal to cut out with ``crop``, counted from 0; by default the first.
        skeleton: parts and edges of the model, instead of those of ``file`` or the labels.
        classes: names of the model's classes, likewise.
        edition: ``"sleap-1.4"`` or ``"2026"``, instead of what ``file`` says.
        overwrite: replace a file that ``output`` names.

    Raises:
        OSError: a file cannot be read or written.
        ConfigError: the configuration has faults; all of them at once.
        BuildError: no model can be built from it.
        LabelsError: the labels have faults, or ``frame``, ``video`` or ``animal`` does not fit
            them; all faults at once.
        PoiseError: ``output`` exists, or the picture cannot be drawn in this format.
    """
    refuse_taken(Path(output), overwrite, "the picture")
    if animal is not None and crop is None:
        raise ArgumentError(
            [Fault(f"must be left out without crop, got {animal}", argument_path("animal"))]
        )
    inputs = read_inputs(
        file,
        labels,
        frame=frame,
        video=video,
        skeleton=skeleton,
        classes=classes,
        edition=edition,
    )
    return draw_preview(inputs, Path(output), crop, animal or 0)


def draw_preview(inputs: Inputs, output: Path, crop: int | None, animal: int) -> Preview:
    """The part of ``preview`` that needs Keras."""
    from poise_workflows.previewing.drawing import draw

    edition, scale, labeled = inputs.config.edition, inputs.input_scaling, inputs.labeled
    with editions.edition(edition):
        resized = labeled.resized(scale)
    seen = resized if crop is None else resized.around(animal, crop)
    targets = _targets(inputs.resolution, seen, inputs.classes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DecodeWarning)  # the notes say why nothing is decoded
        decoded = decode(inputs.resolution, targets)
    with editions.edition(edition):
        center = None if crop is None else resized.center_of(animal, crop)
        whole = decoded if center is None or crop is None else decoded.uncropped(center, crop)
        original = whole.unscaled(scale)
    title = f"{inputs.file.name}: {inputs.resolution.head.key}, edition {edition}"
    draw(output, seen, inputs.resolution.outputs, targets, decoded, title)
    return Preview(
        output=output,
        title=title,
        frame=seen,
        targets=targets,
        decoded=decoded,
        distances=_distances(labeled, original),
        notes=(
            *labeled.notes,
            *inputs.notes,
            *inputs.resolution.notes,
            *_why_none(seen, decoded),
        ),
    )


def _why_none(frame: LabeledFrame, decoded: Instances) -> list[str]:
    """Why decoding finds none of the labeled animals."""
    if not len(frame.points):
        return []
    return [f"nothing is decoded: {reason}" for reason in decoded.missing]


def _targets(
    resolution: Any, frame: LabeledFrame, classes: tuple[str, ...] | None
) -> dict[str, Array]:
    """Targets by output name; of several stacks, those of the first."""
    import keras

    targets = make_targets(resolution, frame.labels(classes), frame.size)
    # All stacks have the same targets.
    return {
        output.name: keras.ops.convert_to_numpy(
            targets.get(output.name, targets.get(f"{output.name}_0"))
        )
        for output in resolution.outputs
    }


def _distances(labeled: LabeledFrame, decoded: Instances) -> Array:
    """Distances of decoded parts from those of the labeled animal nearest on average."""
    shared = [part for part in decoded.parts if part in labeled.skeleton.parts]
    animals = decoded.points[0, : int(decoded.counts[0])]
    if not shared or not len(animals) or not len(labeled.points):
        return np.full((len(animals), len(shared)), np.nan)
    points = animals[:, [decoded.parts.index(part) for part in shared]]
    truth = labeled.points[:, [labeled.skeleton.parts.index(part) for part in shared]]
    away = np.linalg.norm(points[:, None] - truth[None], axis=-1)  # (decoded, labeled, parts)
    is_known = ~np.isnan(away)
    mean = np.where(is_known, away, 0).sum(axis=-1) / np.maximum(is_known.sum(axis=-1), 1)
    nearest = np.where(is_known.any(axis=-1), mean, np.inf).argmin(axis=1)
    return np.asarray(away[np.arange(len(animals)), nearest])
