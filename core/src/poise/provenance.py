"""Where a saved model comes from: plugins, versions, how it was built, what it weighs."""

from __future__ import annotations

import hashlib
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs

import poise
from poise import fields, registry
from poise.discovery import BACKBONE, HEAD
from poise.skeleton import Skeleton

FORMAT = 1
"""Version of the folder's layout."""


@attrs.frozen(kw_only=True)
class PluginRecord:
    """A plugin that a saved model needs.

    Attributes:
        kind: ``backbone`` or ``head``.
        key: its key.
        distribution: the distribution that provided it.
        version: that distribution's version.
        api: version of Poise's contract that it was written for.
    """

    kind: str
    key: str
    distribution: str
    version: str
    api: int


@attrs.frozen(kw_only=True)
class FileRecord:
    """A file of a saved model.

    Attributes:
        name: its name inside the folder.
        sha256: checksum of its bytes, in hexadecimal.
        size: its length in bytes.
    """

    name: str = attrs.field(validator=fields.string())
    sha256: str = attrs.field(validator=fields.string())
    size: int = attrs.field(validator=fields.integer(at_least=0))

    @classmethod
    def of(cls, path: Path) -> FileRecord:
        """The record of a file as it is now."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return cls(name=path.name, sha256=digest, size=path.stat().st_size)


@attrs.frozen(kw_only=True)
class SkeletonRecord:
    """The skeleton that a model was built with, as plain data."""

    parts: tuple[str, ...]
    edges: tuple[tuple[str, str], ...] = ()
    symmetries: tuple[tuple[str, str], ...] = ()
    name: str | None = None

    @classmethod
    def of(cls, skeleton: Skeleton | None) -> SkeletonRecord | None:
        """The record of a skeleton, or ``None`` of none."""
        return None if skeleton is None else cls(**attrs.asdict(skeleton))

    def skeleton(self) -> Skeleton:
        """The skeleton itself; raises ``ConfigError`` if it contradicts itself."""
        return Skeleton(**attrs.asdict(self))


@attrs.frozen(kw_only=True)
class Provenance:
    """All that a model folder says of its origin; the content of ``poise.json``.

    Attributes:
        format: version of the folder's layout.
        image: height and width in pixels (``None`` for any) and channels.
        auto_pad: whether the model pads and crops by itself.
        skeleton: the skeleton given to ``poise.build``, or ``None``.
        classes: the class names given to it, or ``None``.
        config: checksum of ``config.json``.
        weights: checksum of the weights.
        plugins: the plugins that built it.
        poise: version of Poise.
        keras: version of Keras.
        backend: Keras backend that it was saved under (``tensorflow``, ``jax``, ``torch``).
        python: version of Python.
        saved_at: when, in UTC, ISO 8601.
    """

    format: int = FORMAT
    image: tuple[int | None, int | None, int]
    auto_pad: bool
    skeleton: SkeletonRecord | None
    classes: tuple[str, ...] | None
    config: FileRecord
    weights: FileRecord
    plugins: tuple[PluginRecord, ...]
    poise: str
    keras: str
    backend: str
    python: str = attrs.field(factory=platform.python_version)
    saved_at: str = attrs.field(factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    def changes(self, now: Provenance) -> list[str]:
        """What is another version now than it was then, one sentence each."""
        lines = [
            f"saved with {name} {getattr(self, field)}, loaded with {getattr(now, field)}"
            for field, name in (("poise", "poise"), ("keras", "keras"))
            if getattr(self, field) != getattr(now, field)
        ]
        installed = {(one.kind, one.key): one for one in now.plugins}
        for then in self.plugins:
            here = installed.get((then.kind, then.key))
            if here is not None and here != then:
                lines.append(
                    f"{then.kind} {then.key!r} was built by {then.distribution} {then.version}, "
                    f"here it is {here.distribution} {here.version}"
                )
        return lines


def plugins_of(backbone: str, head: str) -> tuple[PluginRecord, ...]:
    """The records of the installed plugins of two keys."""
    found = []
    for kind, key in ((BACKBONE, backbone), (HEAD, head)):
        spec: Any = registry.default().spec(kind, key)
        claimant = registry.default().claimants(kind, key)[0]
        found.append(
            PluginRecord(
                kind=kind.name,
                key=key,
                distribution=claimant.distribution,
                version=claimant.version,
                api=spec.api,
            )
        )
    return tuple(found)


def provenance_of(model: Any, record: Any, config: Path, weights: Path) -> Provenance:
    """The provenance of a model that is being saved, or was just loaded.

    Args:
        model: the ``keras.Model``.
        record: its ``BuildRecord``.
        config: the written configuration.
        weights: the written weights.
    """
    import keras

    resolution = record.resolution
    return Provenance(
        image=record.image,
        auto_pad=record.auto_pad,
        skeleton=SkeletonRecord.of(record.skeleton),
        classes=record.classes,
        config=FileRecord.of(config),
        weights=FileRecord.of(weights),
        plugins=plugins_of(resolution.backbone.key, resolution.head.key),
        poise=poise.__version__,
        keras=keras.__version__,
        backend=keras.backend.backend(),
    )
