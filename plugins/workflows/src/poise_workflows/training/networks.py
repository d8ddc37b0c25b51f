"""The network of a training: built, begun from other weights if asked for, and compiled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs

import poise
from poise import Skeleton
from poise.building.devices import gpus_of
from poise.messages import argument, join_names
from poise.reading import Reading
from poise_workflows.pipelines.networks import computing_in
from poise_workflows.training.geometries import Geometry
from poise_workflows.training.options import Options
from poise_workflows.training.starts import weights_of


@attrs.frozen(kw_only=True)
class Transfer:
    """What was taken from another model.

    Attributes:
        source: the weights.
        kept: names of the weights that were taken.
        left: names of the weights of the network that begin anew.
    """

    source: str
    kept: tuple[str, ...]
    left: tuple[str, ...]

    def note(self) -> str:
        """A sentence for the report."""
        total = len(self.kept) + len(self.left)
        anew = f"; anew: {_layers_of(self.left)}" if self.left else ""
        return f"{len(self.kept)} of {total} weights are those of {self.source}{anew}"


def _layers_of(names: tuple[str, ...]) -> str:
    """The layers of weights, each once."""
    return join_names(dict.fromkeys(name.rpartition("/")[0] or name for name in names), 6)


def build(
    reading: Reading,
    geometry: Geometry,
    skeleton: Skeleton,
    classes: tuple[str, ...] | None,
    options: Options,
) -> Any:
    """Build the network with the initial weights of the seed.

    Raises:
        BuildError: no such network can be built.
    """
    import keras

    keras.utils.set_random_seed(options.seed % 2**32)
    with computing_in(options.precision):
        return poise.build(
            reading.config,
            geometry.image,
            skeleton,
            classes,
            seed=options.seed,
            job=reading.job,
        )


def begin_from(model: Any, start: Path) -> Transfer:
    """Give a network the weights of another one, layer by layer, where name and shape agree.

    Raises:
        TrainingError: there is no such model.
        WeightsError: its weights cannot be read, or none of them fits.
    """
    report = poise.load_weights(model, weights_of(start), strict=False)
    if not report.matched:
        raise poise.WeightsError(
            f"{start}: must have weights of this network, got none whose layer and shape agree"
        )
    left = (*report.missing, *(mismatch.name for mismatch in report.mismatched))
    return Transfer(source=str(start), kept=tuple(report.matched), left=left)


def begin_published(model: Any) -> str | None:
    """Give a network the published weights that its configuration asks for.

    Returns:
        A sentence for the report; ``None`` if it asks for none.

    Raises:
        WeightsError: they are not on this machine and cannot be fetched, or do not match.
    """
    record = poise.record_of(model)
    assert record is not None
    resolution = record.resolution
    section = resolution.config.backbone.which_oneof()
    published = resolution.backbone.pretrained and resolution.backbone.pretrained(section)
    if not published:
        return None
    try:
        report = poise.load_pretrained(model)
    except poise.WeightsError as error:
        begin = argument("start", value="model")
        fix = f"fetch them (poise weights fetch), begin with a trained model ({begin}), or let "
        fix += f"model.backbone.{resolution.backbone.key} ask for none"
        raise poise.WeightsError(f"{error}\n  fix: {fix}") from None
    return f"{len(report.matched)} weights are published ones: {published.title}"


def compile_model(model: Any, reading: Reading, options: Options) -> None:
    """Compile a network with the optimizer and the losses of its job."""
    import keras

    arguments = poise.compile_args(model, optimization=reading.sections.optimization)
    if options.clip_norm is not None:
        optimizer = arguments["optimizer"]
        settings = {**optimizer.get_config(), "clipnorm": options.clip_norm}
        arguments["optimizer"] = type(optimizer).from_config(settings)
    # XLA takes long to compile on a CPU, where it gains nothing; JAX needs it.
    backend = keras.backend.backend()
    is_compiled = backend == "jax" or (options.device != "cpu" and bool(gpus_of(backend)))
    model.compile(**arguments, jit_compile="auto" if is_compiled else False)
