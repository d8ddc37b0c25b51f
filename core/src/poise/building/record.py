"""How a model was built and what its weights started from: kept with it, and saved with it.

Weights have owners. Who publishes a model that was trained from the weights of others needs to
know whose, and under which licence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import attrs

from poise.building.resolving import Resolution
from poise.config import ModelConfig
from poise.skeleton import Skeleton
from poise.specs import Image

PUBLISHED: Final = "published weights"
MODEL: Final = "model folder"
FILE: Final = "weights file"


@attrs.frozen(kw_only=True)
class Origin:
    """Weights that were loaded into a model.

    Attributes:
        kind: ``published weights`` (``load_pretrained``), ``model folder`` (``load``) or
            ``weights file`` (``load_weights``).
        name: the name of published weights, or of the file or folder.
        sha256: checksum of the file's bytes, in hexadecimal.
        title: what published weights are, in words.
        url: where they are published.
        licence: under which, as far as their publisher says; empty where that is not known.
        verified: whether the file had the checksum that its publisher states. ``None``
            where nobody states one.
    """

    kind: Literal["published weights", "model folder", "weights file"]
    name: str
    sha256: str
    title: str = ""
    url: str = ""
    licence: str = ""
    verified: bool | None = None


ATTRIBUTE: Final = "_poise_record"
"""Where a Keras model keeps its record; cloning a model loses it."""


@attrs.frozen(kw_only=True)
class BuildRecord:
    """How a model was built; kept with the model, and in the folder that it is saved to.

    Attributes:
        config: the configuration that was given.
        resolution: what it came to.
        image: height, width and channels that were given.
        skeleton: the skeleton that was given, or ``None``.
        classes: the class names that were given, or ``None``.
        auto_pad: whether the model pads and crops by itself.
        origins: the weights that were loaded into it, none for one that started at random.
        names: name of each output → its names in the model, a name a stack.
    """

    config: ModelConfig
    # Follows from the rest, and its outputs are functions, which are never equal.
    resolution: Resolution = attrs.field(repr=False, eq=False)
    image: Image
    skeleton: Skeleton | None = None
    classes: tuple[str, ...] | None = None
    auto_pad: bool = False
    # Of the weights, which come and go, and not of how the model was built.
    origins: tuple[Origin, ...] = attrs.field(default=(), eq=False)
    names: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict, repr=False, eq=False)


def record_of(model: Any) -> BuildRecord | None:
    """How ``model`` was built, or ``None`` if ``poise.build`` did not build it."""
    return getattr(model, ATTRIBUTE, None)


def keep_record(model: Any, record: BuildRecord) -> None:
    """Keep with a model how it was built."""
    setattr(model, ATTRIBUTE, record)


def record_origins(model: Any, *origins: Origin, anew: bool = True) -> None:
    """Keep with a model what its weights come from, if ``poise.build`` built it.

    Args:
        model: whose weights were loaded.
        origins: from these, what came last at the end.
        anew: whether nothing is left of the weights that the model had before.
    """
    record = record_of(model)
    if record is None:
        return
    kept = () if anew else tuple(one for one in record.origins if one not in origins)
    keep_record(model, attrs.evolve(record, origins=(*kept, *origins)))


def sha256_of(path: Path) -> str:
    """The checksum of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
