"""Trackers of a prediction: which models they fit, and how a run goes on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from poise.errors import Fault
from poise.messages import argument_path, join_names
from poise_workflows.frames.selections import Selection
from poise_workflows.frames.sources import Source
from poise_workflows.journal.reading import Recorded
from poise_workflows.pipelines.composing import Pipeline
from poise_workflows.prediction.options import OptionsError
from poise_workflows.prediction.recordings import Inherited, Part, place_of, with_former
from poise_workflows.tracking.choosing import Tracking
from poise_workflows.tracking.contract import Image, Setting
from poise_workflows.tracking.images import read_image
from poise_workflows.tracking.running import Trackers


def check_model(tracking: Tracking, pipeline: Pipeline) -> None:
    """Refuse models whose animals have no use for a tracker. SLEAP ignored it then.

    Raises:
        OptionsError: they tell identities apart, or find one animal in an image, or their
            images have too many channels.
    """
    path, fix = argument_path("track"), "leave it out"
    if pipeline.class_names:
        what = f"must be left out for a model of identities ({join_names(pipeline.class_names)})"
        fix = "they are the tracks of the result"
    elif pipeline.is_single:
        what, fix = "must be left out for a model of a single animal", "it needs no track"
    elif tracking.needs_images and pipeline.channels not in (1, 3):
        what = f"must see gray or RGB images, and this one has {pipeline.channels} channels"
        fix = "choose a tracker that sees none"
    else:
        return
    raise OptionsError([Fault(f"{what}, got {tracking.spec.key!r}; {fix}", path)])


def check_sources(tracking: Tracking, pipeline: Pipeline, selection: Selection) -> None:
    """Refuse options that do not fit a source, before its first frame is predicted.

    Raises:
        OptionsError: the tracker cannot be built for a source.
    """
    for size in dict.fromkeys((source.height, source.width) for source in selection.sources):
        tracking.build(Setting(parts=pipeline.skeleton.parts, image_size=size))


def trackers_of(
    tracking: Tracking,
    pipeline: Pipeline,
    selection: Selection,
    inherited: Inherited | None = None,
) -> Trackers:
    """The trackers of a run, before its first frame.

    Args:
        tracking: the tracker.
        pipeline: the models.
        selection: the frames.
        inherited: what the tracker knows of the files before; ``go_on`` gives it the rest.
    """
    sizes = {index: (source.height, source.width) for index, source in enumerate(selection.sources)}
    before = inherited.frames if inherited else 0
    return Trackers(tracking, pipeline.skeleton.parts, sizes, before)


def go_on(
    trackers: Trackers,
    recorded: Recorded,
    selection: Selection,
    channels: int,
    inherited: Inherited | None = None,
    before: Sequence[Part] = (),
) -> None:
    """Go on where the journal of a run ends, or where the file before has ended.

    Args:
        trackers: those of the run.
        recorded: what its journal says.
        selection: its frames.
        channels: of the images that the network sees.
        inherited: what the tracker knows of the files before.
        before: these files.

    Raises:
        PluginError: a tracker cannot go on from its state.
    """
    if inherited is not None:
        names, states = with_former(recorded, inherited)
        image = partial(_image_of_recording, before, selection.sources[0], channels)
        trackers.restore(names, [0] * len(names), states, image)
        return
    states = recorded.states
    if trackers.tracking.is_shared and recorded.source is not None:
        states = {recorded.source: states[recorded.source]}  # it is one tracker
    image_in = partial(_image_in, trackers.tracking, recorded, selection, channels)
    trackers.restore(recorded.tracks, recorded.owners, states, image_in)


def _image_of_recording(
    before: Sequence[Part], present: Source, channels: int, _: int, number: int
) -> Image:
    source, own = place_of(before, present, number)
    return read_image(source, own, channels)


def _image_in(
    tracking: Tracking,
    recorded: Recorded,
    selection: Selection,
    channels: int,
    source: int,
    number: int,
) -> Image:
    if tracking.is_shared and len(selection.sources) > 1:
        source = _last_with(recorded, number)
    return read_image(selection.sources[source], number, channels)


def _last_with(recorded: Recorded, number: int) -> int:
    """The source in which a frame of this number was tracked last.

    One tracker for several videos knows frames by number alone.
    """
    sources = [batch.source for batch in recorded.batches() if number in batch.frames]
    return sources[-1]
