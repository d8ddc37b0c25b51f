"""Run what was written in its own runtime, and compare it with Poise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from poise.errors import PluginError
from poise.messages import join_names
from poise_workflows.exporting.contract import PIXELS, Array, ExporterSpec, Subject
from poise_workflows.exporting.pictures import Pictures

COUNTS = 0.03
"""Largest difference of numbers of things, as a part of the largest number. In made-up images a
model finds many peaks about as high as the threshold, and rounding decides which of them count."""

SCORES = 0.01
"""Largest difference of scores beside points, as a part of the largest score. A crop's values are
truncated, so that rounding decides about a level of gray now and then."""


@attrs.frozen(kw_only=True)
class Comparison:
    """How far the runtime is from Poise in one output.

    Attributes:
        output: its name.
        largest: largest magnitude that Poise predicts.
        difference: largest difference; infinite if one of the two has no number there.
        tolerance: largest difference that is allowed, in the same unit.
        where: image and index in the output of the largest difference.
        values: what the runtime has there, and what Poise has.
        is_count: whether it counts something, of which there may be none.
    """

    output: str
    largest: float
    difference: float
    tolerance: float
    where: tuple[int, ...] = ()
    values: tuple[float, float] = (0.0, 0.0)
    is_count: bool = False

    @property
    def part(self) -> float:
        """The difference as a part of the largest magnitude."""
        return self.difference / self.largest if self.largest else float(self.difference > 0)

    @property
    def fault(self) -> str:
        """Why this is no proof, a sentence; empty if it is one."""
        if not self.largest and not self.is_count:
            return (
                f"{self.output} must have numbers to be compared, got 0 everywhere; name frames "
                "with animals"
            )
        if self.difference <= self.tolerance:
            return ""
        here, there = self.values
        return (
            f"{self.output} must differ by at most {self.tolerance:.3g}, got {self.difference:.3g} "
            f"({self.part:.2g} of the largest, {self.largest:.4g}): {here:.6g} instead of "
            f"{there:.6g} in frame {self.where[0]} at {list(self.where[1:])}"
        )


@attrs.frozen(kw_only=True, eq=False)
class Proof:
    """What the comparison has found.

    Attributes:
        comparisons: one for each output.
        pictures: the frames.
    """

    comparisons: tuple[Comparison, ...]
    pictures: Pictures

    @property
    def faults(self) -> list[str]:
        """Why the export is not what Poise predicts, a sentence each; none if it is."""
        return [each.fault for each in self.comparisons if each.fault]

    @property
    def worst(self) -> Comparison:
        """The output that comes nearest to its tolerance, or exceeds it most."""
        return max(self.comparisons, key=lambda each: each.difference / (each.tolerance or 1))

    @property
    def count(self) -> int:
        """How many frames were compared."""
        return sum(len(stack) for stack in self.pictures.stacks)


def prove(
    place: Path,
    spec: ExporterSpec,
    subject: Subject,
    pictures: Pictures,
    expected: Sequence[Mapping[str, Array]],
) -> Proof:
    """Compare what is in a folder with what Poise predicts.

    Args:
        place: the folder.
        spec: the exporter.
        subject: what it has written.
        pictures: the frames.
        expected: what Poise predicts for each stack of them.

    Raises:
        PluginError: the exporter did not return the outputs that it must.
    """
    pairs = [
        (_run(place, spec, subject, stack), there)
        for stack, there in zip(pictures.stacks, expected, strict=True)
    ]
    return Proof(
        comparisons=tuple(
            compare(
                name,
                [(here[name], there[name]) for here, there in pairs],
                PIXELS if name in subject.pixels else None,
                SCORES if subject.has_points else spec.tolerance,
            )
            for name in subject.outputs
        ),
        pictures=pictures,
    )


def compare(
    output: str, pairs: list[tuple[Array, Array]], pixels: float | None, tolerance: float
) -> Comparison:
    """Compare an output of the runtime with Poise's.

    Args:
        output: its name.
        pairs: of each stack of frames: what the runtime gives, and what Poise predicts.
        pixels: largest difference of places in pixels; ``None`` for other outputs.
        tolerance: largest difference of other outputs, as a part of the largest magnitude.

    Raises:
        PluginError: the shapes differ.
    """
    largest = max(float(np.abs(np.nan_to_num(there)).max(initial=0)) for _, there in pairs)
    is_count = all(np.issubdtype(there.dtype, np.integer) for _, there in pairs)
    worst = Comparison(
        output=output, largest=largest, difference=-1, tolerance=0, is_count=is_count
    )
    first = 0
    allowed = tolerance * largest if pixels is None else pixels
    if is_count:  # rounding decides about the few peaks that are as high as a limit
        allowed = COUNTS * largest
    for here, there in pairs:
        if here.shape != there.shape:
            what = f"must have the shape {there.shape} in its runtime, got {here.shape}"
            raise PluginError(f"output {output!r} {what}")
        both = np.isnan(here) & np.isnan(there)
        away = np.where(both, 0, np.abs(here.astype(np.float64) - there))
        away = np.where(np.isnan(away), np.inf, away)
        index = np.unravel_index(int(away.argmax()), away.shape) if away.size else ()
        if index and float(away[index]) > worst.difference:
            worst = attrs.evolve(
                worst,
                difference=float(away[index]),
                where=(first + int(index[0]), *map(int, index[1:])),
                values=(float(here[index]), float(there[index])),
            )
        first += len(there)
    return attrs.evolve(worst, tolerance=allowed)


def _run(place: Path, spec: ExporterSpec, subject: Subject, images: Array) -> Mapping[str, Array]:
    """The outputs of images, in calls of the batch that the export takes."""
    options: dict[str, Any] = {"provider": subject.provider} if spec.providers else {}
    count, parts = subject.batch or len(images), []
    for start in range(0, len(images), count):
        batch = images[start : start + count]
        missing = count - len(batch)
        padded = np.pad(batch, ((0, missing), (0, 0), (0, 0), (0, 0)), mode="edge")
        outputs = spec.run(place, padded, **options)
        lacking = [name for name in subject.outputs if name not in outputs]
        if lacking:
            got = join_names(outputs) or "none"
            what = f"run of exporter {spec.key!r} must return {join_names(lacking)}, got {got}"
            raise PluginError(what)
        parts.append({name: np.asarray(outputs[name])[: len(batch)] for name in subject.outputs})
    return {name: np.concatenate([part[name] for part in parts]) for name in subject.outputs}
