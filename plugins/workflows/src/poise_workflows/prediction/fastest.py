"""Which runtime predicts a run: the fastest that is installed and agrees with Keras.

Each runtime predicts the same frames of the run, in the batches that the run uses. A runtime whose
outputs differ from Keras' by more than an export may is left out. The others are timed in turns.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from poise import editions
from poise.errors import FaultsError, PluginError
from poise.messages import counted, figure
from poise_workflows.exporting.contract import Array, ExporterSpec
from poise_workflows.exporting.errors import ExportError
from poise_workflows.exporting.pictures import made_up
from poise_workflows.exporting.proving import compare
from poise_workflows.frames.preparation import resized, with_channels
from poise_workflows.pipelines.composing import Pipeline, compose, side_of
from poise_workflows.pipelines.crops import cut_crops
from poise_workflows.pipelines.exports import are_exports, read_for
from poise_workflows.pipelines.members import Member, ModelsError, read_models
from poise_workflows.pipelines.runtimes import (
    KERAS,
    is_installed,
    library_of,
    runtime_of,
    runtimes,
    title_of,
)
from poise_workflows.prediction.options import Decoding

TURNS, SECONDS = 7, 6.0
"""How often each runtime is timed, unless that takes longer."""

GAIN = 0.95
"""What part of Keras' time another runtime may take to be worth it; the rest is noise."""

UNKNOWN_SIDE = 256
"""Side of made-up images for a model of images of any size."""

FramesOf = Callable[[Pipeline], Array | None]
"""A pipeline → frames of the run as its first network takes them; ``None`` if there are none."""


@attrs.frozen(kw_only=True)
class Trial:
    """What a runtime did with the frames.

    Attributes:
        runtime: its name.
        title: its library with the version; empty for Keras.
        seconds: for a batch; ``None`` if it was not timed.
        difference: the largest from Keras, as a part of the largest output; ``None`` for Keras.
        refused: why it cannot be taken; else empty.
    """

    runtime: str
    title: str = ""
    seconds: float | None = None
    difference: float | None = None
    refused: str = ""


@attrs.frozen(kw_only=True)
class Choice:
    """The runtime of a run, and why.

    Attributes:
        runtime: its name.
        trials: of every runtime; none if the run goes on with the one that it began with.
        batch: how many frames the times are for.
    """

    runtime: str
    trials: tuple[Trial, ...] = ()
    batch: int = 0

    def __str__(self) -> str:
        if not self.trials:
            return f"{self.runtime}, with which the run began"
        times = [
            f"{trial.runtime} {figure(1000 * trial.seconds)} ms"
            for trial in self.trials
            if trial.seconds is not None
        ]
        took = [f"{counted(self.batch, 'frame')} took {', '.join(times)}"] if times else []
        left = [f"{trial.runtime} {trial.refused}" for trial in self.trials if trial.refused]
        return "; ".join([self.runtime, *took, *left])

    def facts(self) -> dict[str, Any]:
        """The same as JSON, whose lists are no tuples."""
        return {**attrs.asdict(self), "trials": [attrs.asdict(trial) for trial in self.trials]}


def choose(
    paths: Sequence[Path], decoding: Decoding, frames_of: FramesOf | None = None
) -> tuple[Pipeline, Choice]:
    """Try every runtime, and take one.

    Args:
        paths: the models.
        decoding: the options; the runtime among them is not looked at.
        frames_of: the frames; by default Poise makes images up.

    Raises:
        ModelsError: the models make no pipeline, or are exports that no installed runtime takes.
    """
    pipelines, trials = _loaded(paths, decoding)
    reference = next(iter(pipelines))
    first = pipelines[reference]
    frames = frames_of(first) if frames_of is not None else None
    inputs = _inputs(first, _made_up(first) if frames is None else frames, decoding.batch_size)
    expected = _outputs(first, inputs)
    for name in [name for name in pipelines if name != reference]:
        trials[name] = _compared(trials[name], pipelines[name], inputs, expected)
        if trials[name].refused:
            del pipelines[name]
    for name, seconds in _timed(pipelines, inputs).items():
        trials[name] = attrs.evolve(trials[name], seconds=seconds)
    chosen = _fastest(trials, reference)
    choice = Choice(runtime=chosen, trials=tuple(trials.values()), batch=decoding.batch_size)
    return pipelines[chosen], choice


def _loaded(
    paths: Sequence[Path], decoding: Decoding
) -> tuple[dict[str, Pipeline], dict[str, Trial]]:
    """The pipelines of all runtimes that can run the models, and what is known of each runtime."""
    pipelines: dict[str, Pipeline] = {}
    trials: dict[str, Trial] = {}
    if not are_exports(paths):
        pipelines[KERAS] = composed(read_models(paths), decoding, KERAS)
        trials[KERAS] = Trial(runtime=KERAS)
    for name, spec in sorted(runtimes().items()):
        trial = Trial(runtime=name, title=title_of(spec) if is_installed(spec) else "")
        try:
            pipelines[name] = _opened(spec, paths, decoding)
        except (ModelsError, ExportError, PluginError) as error:
            trial = attrs.evolve(trial, refused=_reason(spec, error))
        trials[name] = trial
    if not pipelines:
        runtime_of(next(iter(trials)))  # says what to install
        read_for(runtimes()[next(iter(trials))], paths)  # or which exports it takes
    return pipelines, trials


def _opened(spec: ExporterSpec, paths: Sequence[Path], decoding: Decoding) -> Pipeline:
    runtime_of(spec.key)  # before an export is made
    return composed(read_for(spec, paths, again=False), decoding, spec.key)


def composed(roles: Any, decoding: Decoding, runtime: str) -> Pipeline:
    """The pipeline of models in a runtime. Raises as ``compose`` does."""
    options = decoding.of_decoders(), decoding.batch_size, decoding.precision
    return compose(roles, *options, runtime)


def _reason(spec: ExporterSpec, error: Exception) -> str:
    if not is_installed(spec):
        return f"is not installed ({library_of(spec).install})"
    return f"cannot run the model: {error.one_line() if isinstance(error, FaultsError) else error}"


def _made_up(pipeline: Pipeline) -> Array:
    sizes = getattr(pipeline.networks[0], "frame_size", ()) or pipeline.first.reading.image[:2]
    height, width = (side or UNKNOWN_SIDE for side in sizes)
    shape = height, width, pipeline.channels
    return made_up(1, shape, "uint8")


def _inputs(pipeline: Pipeline, frames: Array, batch_size: int) -> list[Array]:
    """What each network sees: a batch of frames, or of crops around their middles."""
    whole = np.resize(frames, (batch_size, *frames.shape[1:]))
    inputs = []
    for member, network in zip(pipeline.roles.members, pipeline.networks, strict=True):
        if member.stage != "crop":
            inputs.append(whole)
            continue
        inputs.append(_crops(member, with_channels(whole, network.channels)))
    return inputs


def _crops(member: Member, images: Array) -> Array:
    scaling, (height, width) = member.reading.input_scaling, images.shape[1:3]
    if scaling != 1:
        height, width = max(1, int(height * scaling)), max(1, int(width * scaling))
        images = np.stack([resized(image, (height, width)) for image in images])
    middles = np.full((len(images), 2), (width / 2, height / 2), np.float32)
    as_sleap = member.reading.config.edition == editions.SLEAP
    return cut_crops(images, np.arange(len(images)), middles, side_of(member), as_sleap=as_sleap)


def _outputs(pipeline: Pipeline, inputs: Sequence[Array]) -> list[dict[str, Array]]:
    return [network(images) for network, images in zip(pipeline.networks, inputs, strict=True)]


def _compared(
    trial: Trial, pipeline: Pipeline, inputs: Sequence[Array], expected: Sequence[Mapping[str, Any]]
) -> Trial:
    """The trial with the largest difference from Keras, refused if that is too large."""
    spec = runtimes()[trial.runtime]
    try:
        outputs = _outputs(pipeline, inputs)
        every = [
            compare(name, [(here[name], there[name])], None, spec.tolerance)
            for here, there in zip(outputs, expected, strict=True)
            for name in there
        ]
    except (PluginError, KeyError) as error:
        return attrs.evolve(trial, refused=f"cannot run the model: {error}")
    worst = max(every, key=lambda each: each.part)
    refused = ""
    if any(each.difference > each.tolerance for each in every):
        refused = f"differs from Keras by {worst.part:.2g} of the largest {worst.output}"
    return attrs.evolve(trial, difference=worst.part, refused=refused)


def _timed(pipelines: Mapping[str, Pipeline], inputs: Sequence[Array]) -> dict[str, float]:
    """Seconds that each takes for a batch: the least of some turns, since others disturb."""
    least = dict.fromkeys(pipelines, float("inf"))
    if len(pipelines) == 1:
        return {}
    began = time.monotonic()
    for turn in range(TURNS):
        for name, pipeline in pipelines.items():
            start = time.perf_counter()
            _outputs(pipeline, inputs)
            least[name] = min(least[name], time.perf_counter() - start)
        if turn and time.monotonic() - began > SECONDS:
            break
    return least


def _fastest(trials: Mapping[str, Trial], reference: str) -> str:
    seconds = {name: each.seconds for name, each in trials.items() if each.seconds is not None}
    if not seconds:
        return reference
    fastest = min(seconds, key=lambda name: seconds[name])
    return fastest if seconds[fastest] <= GAIN * seconds[reference] else reference
