"""What is asked of a network, read and checked before Keras is imported, which takes seconds."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from poise import BuildError, Skeleton
from poise.editions import Edition
from poise.errors import Fault
from poise.messages import argument_path, short_repr
from poise.reading import Reading
from poise.reading.standing_in import Resolved, resolve_leniently
from poise.writing.whole_files import refuse_taken
from poise_workflows.inspecting.animals import LabeledAnimals, read_animals
from poise_workflows.inspecting.sizes import Chosen, PartialImage, choose_image
from poise_workflows.training.jobs import read_job


@attrs.frozen(kw_only=True, eq=False)
class Request:
    """A network to be inspected.

    Attributes:
        source: what was named.
        reading: what was read there.
        resolved: what its configuration comes to.
        chosen: the image that the network is built for.
        labeled: the animals of the labels; ``None`` without labels.
        batch_size: images in a batch.
        diagram: the file to draw it in; ``None`` for none.
    """

    source: str
    reading: Reading
    resolved: Resolved
    chosen: Chosen
    labeled: LabeledAnimals | None
    batch_size: int
    diagram: Path | None


def read_request(
    source: str | os.PathLike[str],
    *,
    image: PartialImage | None = None,
    labels: str | os.PathLike[str] | None = None,
    batch_size: int | None = None,
    diagram: str | os.PathLike[str] | None = None,
    skeleton: Skeleton | None = None,
    classes: Sequence[str] | None = None,
    edition: Edition | None = None,
    values: Mapping[str, Any] | None = None,
    overwrite: bool = False,
) -> Request:
    """Read what is to be inspected; arguments and errors as of ``inspect``."""
    if batch_size is not None and batch_size < 1:
        what = f"must be at least 1, got {short_repr(batch_size)}"
        raise BuildError([Fault(what, argument_path("batch_size"))])
    if diagram is not None:
        refuse_taken(Path(diagram), overwrite, "the diagram", "diagram")
    reading = read_job(os.fspath(source), values, edition, named="source")
    labeled = read_animals(Path(labels)) if labels is not None else None
    resolved = resolve_leniently(reading, skeleton, classes)
    if resolved.missing and labeled is not None:
        named = skeleton or reading.skeleton or labeled.skeleton
        resolved = resolve_leniently(
            reading, named, classes or reading.classes or labeled.classes or None
        )
    return Request(
        source=os.fspath(source),
        reading=reading,
        resolved=resolved,
        chosen=choose_image(reading, resolved.resolution, image, labeled),
        labeled=labeled,
        batch_size=batch_size or reading.sections.optimization.batch_size,
        diagram=None if diagram is None else Path(diagram),
    )
