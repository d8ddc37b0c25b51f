"""The predictor of each run of a call, in the runtime that it has or gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import attrs

from poise_workflows.exporting.contract import Array
from poise_workflows.frames.selections import Selection
from poise_workflows.pipelines.composing import Pipeline
from poise_workflows.pipelines.exports import are_exports
from poise_workflows.pipelines.runtimes import AUTO, KERAS, opened_on
from poise_workflows.prediction.batching import batches_of
from poise_workflows.prediction.devices import Device, on_device
from poise_workflows.prediction.fastest import Choice, FramesOf
from poise_workflows.prediction.loading import Models, Predictor, checked, load_for, paths_of
from poise_workflows.prediction.outputs import recorded_beside

TRIED = 4
"""In how many batches a frame is looked for on which runtimes are tried."""


class Ready(NamedTuple):
    """A predictor, and what it computes with."""

    predictor: Predictor
    device: Device


@contextmanager
def predictors_of(
    models: Models,
    options: dict[str, Any],
    device: str,
    selections: Sequence[Selection],
    outputs: Sequence[Path],
    *,
    overwrite: bool,
    loader: Callable[..., Predictor] = load_for,
) -> Iterator[list[Ready]]:
    """Load the models for each run, once for each runtime.

    Args:
        models: as of ``predict``.
        options: those of ``load``.
        device: as of ``predict``.
        selections: the frames of each run.
        outputs: the result of each run.
        overwrite: whether runs that are finished are predicted anew.
        loader: loads the models, as ``load_for``.

    Raises:
        ModelsError: as of ``load``.
        OptionsError: as of ``load``.
    """
    checked(options)  # before a device is looked for
    wanted = [_runtime_of(options["runtime"], path, overwrite=overwrite) for path in outputs]
    ready: dict[str, Ready] = {}
    with ExitStack() as held:
        held.enter_context(opened_on(device))
        if AUTO in wanted and not are_exports(paths_of(models)):
            held.enter_context(on_device(device))
        for runtime, selection in zip(wanted, selections, strict=True):
            if runtime in ready:
                continue
            used = None if runtime == AUTO else held.enter_context(on_device(device, runtime))
            of_runtime = {**options, "runtime": runtime}
            predictor = loader(models, of_runtime, _frames_of(selection, options))
            if used is None:
                used = held.enter_context(on_device(device, predictor.options.runtime))
            elif options["runtime"] == AUTO:
                predictor = attrs.evolve(predictor, choice=Choice(runtime=runtime))
            ready[runtime] = Ready(predictor, used)
        yield [ready[runtime] for runtime in wanted]


def _runtime_of(runtime: str, output: Path, *, overwrite: bool) -> str:
    """The runtime of a run: that with which it began, if the user leaves it to Poise."""
    if runtime != AUTO:
        return runtime
    recorded = recorded_beside(output)
    if recorded is None or (overwrite and recorded.report is not None):
        return AUTO
    return str(recorded.description.get("options", {}).get("runtime", KERAS))


def _frames_of(selection: Selection, options: dict[str, Any]) -> FramesOf:
    def frames(pipeline: Pipeline) -> Array | None:
        batches = batches_of(selection, pipeline, options["batch_size"])
        with closing(batches):  # type: ignore[type-var]  # a generator
            return next((batch.images for batch in islice(batches, TRIED) if batch.rows), None)

    return frames
