"""From a configuration and labels to a picture: resolve, make targets, decode them, draw."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from poise import DecodeWarning, Skeleton, decode, editions, make_targets
from poise.editions import Edition
from poise.errors import Fault
from poise.messages import argument_path, join_names
from poise.writing.whole_files import refuse_taken
from poise_workflows.frames.labeled import ArgumentError, Array, LabeledFrame
from poise_workflows.previewing.inputs import Inputs, read_inputs
from poise_workflows.previewing.matching import distances_of, matches_of
from poise_workflows.previewing.views import Outcome, View

if TYPE_CHECKING:
    from poise_workflows.previewing.predicting import Trained


@attrs.frozen(kw_only=True, eq=False)
class Preview:
    """Labeled frames with their targets, what a model predicts, and the points decoded from both.

    Attributes:
        output: the picture.
        title: the line above it: configuration, head type, edition.
        views: the frames, in the order in which they were asked for.
        notes: what Poise assumed of the labels or could not read, what it decided about the
            model, and what decoding will not find, a sentence each.
    """

    output: Path
    title: str
    views: tuple[View, ...]
    notes: tuple[str, ...]


def preview(
    file: str | os.PathLike[str],
    labels: str | os.PathLike[str],
    output: str | os.PathLike[str] = "preview.png",
    *,
    frame: int | Sequence[int] = 0,
    video: str | os.PathLike[str] | None = None,
    crop: int | None = None,
    animal: int | None = None,
    no_predictions: bool = False,
    skeleton: Skeleton | None = None,
    classes: Sequence[str] | None = None,
    edition: Edition | None = None,
    values: Mapping[str, Any] | None = None,
    overwrite: bool = False,
) -> Preview:
    """Draw labeled frames, the targets made from their labels, and the points decoded from them.

    Of a trained model, its predictions are drawn below the targets, with the same scale.

    Args:
        file: a configuration, a SLEAP job file or folder, or a model folder.
        labels: a ``.slp`` file of SLEAP, or a JSON file of points.
        output: path of the picture; its suffix decides the format.
        frame: which labeled frame, counted from 0, or several of them.
        video: where the labels' video is now. By default Poise looks at the path in the
            labels, then beside them; if it cannot read the frame there, a note says why.
        crop: the side in pixels of a square to cut out around one animal, as for models of
            crops. It is cut after the frame is resized by the configuration's
            ``input_scaling``.
        animal: which animal to cut out with ``crop``, counted from 0; by default the first.
        no_predictions: draw targets alone. By default what the model predicts is drawn, too, if
            ``file`` has weights and the frame an image.
        skeleton: parts and edges of the model, instead of those of ``file`` or the labels.
        classes: names of the model's classes, likewise.
        edition: ``"sleap-1.4"`` or ``"2026"``, instead of what ``file`` says.
        values: single values of the configuration by their dotted paths, as
            ``{"backbone.unet.filters": 32}``; see ``ModelConfig.with_values``.
        overwrite: replace a file that ``output`` names.

    Raises:
        OSError: a file cannot be read or written.
        ConfigError: the configuration has faults; all of them at once.
        BuildError: no model can be built from it.
        WeightsError: the model's weights cannot be read or do not fit.
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
        values=values,
    )
    return draw_preview(inputs, Path(output), crop, animal or 0, predictions=not no_predictions)


def draw_preview(
    inputs: Inputs, output: Path, crop: int | None, animal: int, *, predictions: bool
) -> Preview:
    """The part of ``preview`` that needs Keras."""
    from poise_workflows.previewing.drawing import draw

    trained = None
    if predictions and inputs.reading is not None:
        from poise_workflows.previewing.predicting import Trained

        if any(labeled.image is not None for labeled in inputs.labeled):
            trained = Trained(inputs.reading, inputs.resolution)
    views = tuple(_view(inputs, labeled, crop, animal, trained) for labeled in inputs.labeled)
    resolution = inputs.resolution
    title = f"{inputs.file.name}: {resolution.head.key}, edition {inputs.config.edition}"
    draw(output, views, resolution.outputs, title)
    is_lost = predictions and inputs.reading is not None
    return Preview(
        output=output,
        title=title,
        views=views,
        notes=(
            *_of_frames(inputs.labeled, [labeled.notes for labeled in inputs.labeled]),
            *inputs.notes,
            *resolution.notes,
            *_of_frames(inputs.labeled, [_why_none(view, is_lost) for view in views]),
        ),
    )


def _of_frames(frames: Sequence[LabeledFrame], notes: Sequence[Sequence[str]]) -> list[str]:
    """The notes, each once; one that is not of all frames begins with the names of its frames."""
    titles: dict[str, list[str]] = {}
    for labeled, of_frame in zip(frames, notes, strict=True):
        for note in of_frame:
            titles.setdefault(note, []).append(labeled.title)
    return [
        note if len(of_note) == len(frames) else f"{join_names(of_note)}: {note}"
        for note, of_note in titles.items()
    ]


def _view(
    inputs: Inputs, labeled: LabeledFrame, crop: int | None, animal: int, trained: Trained | None
) -> View:
    with editions.edition(inputs.config.edition):
        resized = labeled.resized(inputs.input_scaling)
        center = None if crop is None else resized.center_of(animal, crop)
    seen = resized if crop is None else resized.around(animal, crop)

    def outcome(maps: dict[str, Array]) -> Outcome:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DecodeWarning)  # the notes say why nothing is decoded
            decoded = decode(inputs.resolution, maps)
        with editions.edition(inputs.config.edition):
            whole = decoded if center is None or crop is None else decoded.uncropped(center, crop)
            original = whole.unscaled(inputs.input_scaling)
        distances = distances_of(labeled, original, matches_of(labeled, original))
        return Outcome.of(seen, maps, decoded, distances)

    is_seen = labeled.image is not None
    return View(
        frame=seen,
        targets=outcome(_targets(inputs.resolution, seen, inputs.classes)),
        predictions=outcome(trained.maps(labeled, crop, animal)) if trained and is_seen else None,
    )


def _why_none(view: View, is_trained: bool) -> list[str]:
    """Why decoding finds none of the labeled animals, or nothing is predicted."""
    notes = []
    if len(view.frame.points):
        notes += [f"nothing is decoded: {why}" for why in view.targets.decoded.missing]
    if view.predictions is not None:
        notes += [f"nothing is predicted: {why}" for why in view.predictions.decoded.missing]
    elif is_trained:
        notes.append("nothing is predicted: the frame has no image")
    return notes


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
