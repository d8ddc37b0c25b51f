"""An exporter, and made-up models that checks export with it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import attrs

from poise import BackboneConfig, HeadsConfig, ModelConfig, Reading, build
from poise.messages import join_names
from poise.registry import Registry, using
from poise.testing.check import NotApplicable
from poise.testing.standins import DOT, POOLS, SKELETON, DotConfig, PoolsConfig, registry_of
from poise.testing.subjects import Subject as Base
from poise_workflows.exporting.building import Built, predicted
from poise_workflows.exporting.choosing import missing_libraries
from poise_workflows.exporting.contract import ExporterSpec, Subject
from poise_workflows.exporting.errors import ExportError

SIZE = (16, 24)
"""Height and width of the images of checks, in pixels."""


class ExporterSubject(Base):
    """An exporter's key."""

    spec: ExporterSpec  # pyright: ignore[reportIncompatibleMethodOverride] - it is never set

    @cached_property
    def standins(self) -> Registry:
        """The backbone and the head of the models."""
        return registry_of(POOLS, DOT)

    def need_its_runtime(self) -> None:
        """Skip the check where the exporter cannot write.

        Raises:
            NotApplicable: a library is missing, or Keras has another backend.
        """
        import keras

        missing = [library.module for library in self.spec.needs if _lacks(self.spec, library)]
        if missing:
            raise NotApplicable(f"{join_names(missing)} is not installed")
        backend = keras.backend.backend()
        if self.spec.backends and backend not in self.spec.backends:
            raise NotApplicable(f"it cannot be written from Keras on {backend}")

    def built(
        self, size: tuple[int | None, int | None] = SIZE, batch: int | None = 2, stacks: int = 1
    ) -> Built:
        """A made-up model, ready to be exported.

        Args:
            size: height and width of its images; ``None`` for any.
            batch: how many images a call takes; ``None`` for any number.
            stacks: how many outputs it has, each another map.
        """
        backbone = PoolsConfig(max_stride=4, stacks=stacks)
        image = (*size, 1)
        with using(self.standins):
            config = ModelConfig(
                backbone=BackboneConfig(**{POOLS.key: backbone}),
                heads=HeadsConfig(**{DOT.key: DotConfig(output_stride=2)}),
            )
            model = build(config, image, SKELETON, seed=1)
        reading = Reading(
            source=Path("config.json"),
            config=config,
            skeleton=SKELETON,
            image=image,
            registry=self.standins,
        )
        subject = Subject(
            model=model,
            outputs=tuple(model.output),
            image=image,
            batch=batch,
            readings=(reading,),
            source=Path("model"),
        )
        return Built(subject=subject, predict=lambda images: predicted(model, images))

    def write(self, built: Built, place: Path) -> Any:
        """Let the exporter write a model into a new folder.

        Raises:
            NotApplicable: the format cannot have the model, and says so.
        """
        place.mkdir()
        with using(self.standins):
            try:
                return self.spec.write(built.subject, place)
            except ExportError as error:
                raise NotApplicable(f"it refuses the made-up model: {error.one_line()}") from None


def _lacks(spec: ExporterSpec, library: Any) -> bool:
    return any(missing_libraries(attrs.evolve(spec, needs=(library,))))
