"""A made-up backbone whose fields have other names than those of Poise's own, and labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from poise import BackboneSpec, BuildError, HeadSpec, Output, fields, registry
from poise.errors import Fault
from poise.specs import PublishedWeights
from poise.testing.standins import registry_of
from poise_workflows.recommending.animals import animals_of
from poise_workflows.recommending.asking import Budget
from poise_workflows.recommending.candidates import Candidate, Cost
from poise_workflows.recommending.estimates import Machine, Needs, Work, needs_of
from poise_workflows.recommending.ranking import Judge
from poise_workflows.recommending.searching import Search, search
from poise_workflows.training.jobs import read_job
from poise_workflows.training.named_labels import with_named_labels
from poise_workflows.training.options import Options
from poise_workflows.training.plans import Plan, plan_of
from small_labels import SHORT, write_job, write_labels

SIZE = 128, 192


@attrs.frozen(kw_only=True)
class Stage:
    """A section of its own.

    Attributes:
        repeats: layers of each level.
    """

    repeats: int = attrs.field(default=2, validator=fields.integer(at_least=1, at_most=4))


@attrs.frozen(kw_only=True)
class LadderConfig:
    """Made up.

    Attributes:
        width: channels.
        rungs: levels, each of half the resolution.
        kind: what the layers are.
        name: what people call it.
        momentum: of nothing.
        start: its first weights.
        stage: of each level.
    """

    width: int = attrs.field(default=16, validator=fields.integer(at_least=1))
    rungs: int = attrs.field(default=4, validator=fields.integer(at_least=2, at_most=6))
    kind: str = attrs.field(default="plain", validator=fields.one_of(("plain", "heavy")))
    name: str = attrs.field(default="ladder", validator=fields.string())
    momentum: float = attrs.field(default=0.5, validator=fields.between(0, 1))
    start: str = attrs.field(default="random", validator=fields.one_of(("random", "published")))
    stage: Stage = attrs.field(factory=Stage, validator=fields.instance_of(Stage))


@attrs.frozen(kw_only=True)
class DotsConfig:
    """Made up.

    Attributes:
        part_names: which parts it finds.
        stride: of the maps.
        sigma: of the dots.
    """

    part_names: tuple[str, ...] | None = None
    stride: int = attrs.field(default=4, validator=fields.power_of_two())
    sigma: float = attrs.field(default=2.0, validator=fields.positive())


def _outputs(config: DotsConfig, skeleton: Any, classes: Any) -> tuple[Output, ...]:
    parts = config.part_names or (None if skeleton is None else skeleton.parts)
    if parts is None:
        raise BuildError([Fault("must name parts, got none", "part_names")])
    return (
        Output(
            name="dots",
            layer_name="DotsHead",
            stride=config.stride,
            channels=len(parts),
            build=lambda features, suffix: features,
            targets=lambda labels, size: np.zeros(1),
        ),
    )


WEIGHTS = PublishedWeights(
    name="ladder", title="Weights of a ladder", file="ladder.h5", url="https://a.test", checksum=""
)


@pytest.fixture
def ladder() -> Iterator[None]:
    """The registry has the backbone ``ladder`` and the head type ``dots``, and nothing else."""
    backbone = BackboneSpec(
        key="ladder",
        config=LadderConfig,
        build=lambda config, image: [{1: image}],
        max_stride=lambda config: 2**config.rungs,
        output_stride=lambda config: 1,
        pretrained=lambda config: WEIGHTS if config.start == "published" else None,
    )
    head = HeadSpec(key="dots", config=DotsConfig, outputs=_outputs)
    with registry.using(registry_of(backbone, head)):
        yield


def cost_of(plan: Plan, candidate: Candidate) -> Cost:
    """What a ladder would cost, without building it."""
    config: Any = candidate.resolution.config.backbone.which_oneof()
    stride = candidate.resolution.outputs[0].stride
    height, width, _ = candidate.geometry.image
    layers = config.rungs * config.stage.repeats * (4 if config.kind == "heavy" else 1)
    memory = height * width * config.width * layers * 8 // stride
    return Cost(
        parameters=9 * config.width**2 * layers,
        operations=18 * config.width**2 * layers * height * width // stride,
        weight_bytes=36 * config.width**2 * layers,
        training_bytes=memory,
        inference_bytes=memory // 4,
        receptive_field=3 * 2**config.rungs,
    )


MACHINE = Machine(
    backend="tensorflow", training=5e8, predicting=4e8, operations=5e10, traffic=1e10, call=1e-3
)
WORK = Work(training_batch=2, prediction_batch=4, images_per_frame=1, held=0)


def needs(cost: Cost) -> Needs:
    """What the made-up machine needs for a network."""
    return needs_of(cost, MACHINE, WORK)


@attrs.frozen
class Ladders:
    """Labels and a job; ``look`` searches near it."""

    plan: Plan
    profile: Any

    def look(self, memory: float | None = None, fps: float | None = None, **options: Any) -> Search:
        animals = animals_of(list(self.plan.sets.examples.values()))
        budget = Budget(memory=None if memory is None else int(memory), fps=fps)
        judge = Judge(budget=budget, animals=animals, stage="image")
        asked = {"limit": 30, "seed": 0, **options}
        return search(self.plan, self.profile, needs, judge, **asked)


@pytest.fixture
def ladders(
    ladder: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Ladders]:
    """``ladders(**backbone)``: a job of a ladder with these values, whose costs are made up."""
    monkeypatch.setattr("poise_workflows.recommending.searching.cost_of", cost_of)
    labels = write_labels(tmp_path / "flies.slp", size=SIZE)

    def write(**backbone: Any) -> Ladders:
        model = {"backbone": {"ladder": backbone}, "heads": {"dots": {}}, "edition": "2026"}
        job = write_job(tmp_path / "job.json", {"model": model, "optimization": SHORT})
        reading = read_job(job)
        named, path, options = with_named_labels(reading, labels, Options(device="cpu"))
        return Ladders(plan_of(named, path, options), reading)

    return write
