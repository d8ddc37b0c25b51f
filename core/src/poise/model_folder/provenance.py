"""The origin of a saved model: plugins, versions, build arguments, checksums."""

from __future__ import annotations

import hashlib
import os
import platform
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import attrs

import poise
from poise import fields, registry
from poise.building.record import Origin
from poise.building.sizes import checked_image
from poise.errors import BuildError, ConfigError, Fault
from poise.files import open_file
from poise.registry.discovery import BACKBONE, ENCODER, HEAD
from poise.skeleton import Skeleton

if TYPE_CHECKING:
    from poise.building.record import BuildRecord
    from poise.building.resolving import Resolution

FORMAT = 2
"""Version of the folder's layout; since version 2, the folder may have the model's job."""

FORMATS = (1, FORMAT)
"""The versions that Poise reads."""


@attrs.frozen(kw_only=True)
class PluginRecord:
    """A plugin that a saved model needs.

    Attributes:
        kind: ``backbone``, ``head`` or ``encoder``.
        key: its key.
        distribution: the distribution that provided it.
        version: that distribution's version.
        api: version of Poise's contract that it implements.
    """

    kind: Literal["backbone", "head", "encoder"]
    key: str
    distribution: str
    version: str
    api: int

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"


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
        """The record of a file in its current state."""
        with open_file(path) as stream:
            return cls.of_stream(path.name, stream)

    @classmethod
    def of_stream(cls, name: str, stream: BufferedReader) -> FileRecord:
        """The record of an open file, which is read to its end."""
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return cls(name=name, sha256=digest, size=os.fstat(stream.fileno()).st_size)


@attrs.frozen(kw_only=True)
class SkeletonRecord:
    """The skeleton used to build a model, as plain data."""

    parts: tuple[str, ...]
    edges: tuple[tuple[str, str], ...] = ()
    symmetries: tuple[tuple[str, str], ...] = ()
    name: str | None = None

    @classmethod
    def of(cls, skeleton: Skeleton | None) -> SkeletonRecord | None:
        """The record of a skeleton; ``None`` for ``None``."""
        return None if skeleton is None else cls(**attrs.asdict(skeleton))

    def skeleton(self) -> Skeleton:
        """The skeleton itself; raises ``ConfigError`` if it is inconsistent."""
        return Skeleton(**attrs.asdict(self))


def _image(instance: Any, attribute: Any, value: Any) -> None:
    try:
        checked_image(value)
    except BuildError as error:
        raise ConfigError(Fault(fault.what, attribute.name) for fault in error.faults) from None


@attrs.frozen(kw_only=True)
class Provenance:
    """The origin of a model folder; the content of ``poise.json``.

    Attributes:
        format: version of the folder's layout.
        image: height and width in pixels (``None`` for any) and channels.
        auto_pad: whether the model pads and crops images itself.
        skeleton: the skeleton passed to ``poise.build``, or ``None``.
        classes: the class names passed to ``poise.build``, or ``None``.
        config: checksum of ``config.json``.
        weights: checksum of the weights.
        job: checksum of ``job.json``; ``None`` if the model has no job.
        plugins: the plugins that built it.
        poise: version of Poise.
        keras: version of Keras.
        backend: Keras backend when it was saved (``tensorflow``, ``jax``, ``torch``).
        python: version of Python.
        saved_at: time of saving, in UTC, ISO 8601.
        license: license of the weights, as stated when they were saved: an SPDX identifier
            such as ``CC-BY-4.0``, or a sentence. Empty if not stated.
        authors: who trained the model.
        citation: what to cite when using it: a DOI, or a reference.
        origins: the weights that training started from, with their licenses.
    """

    format: int = FORMAT
    image: tuple[int | None, int | None, int] = attrs.field(validator=_image)
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
    license: str = ""
    authors: tuple[str, ...] = ()
    citation: str = ""
    origins: tuple[Origin, ...] = ()
    job: FileRecord | None = None

    def changes(self, now: Provenance) -> list[str]:
        """Versions that differ between saving and now, one sentence each."""
        lines = [
            f"saved with {name} {getattr(self, field)}, loaded with {getattr(now, field)}"
            for field, name in (("poise", "poise"), ("keras", "keras"))
            if getattr(self, field) != getattr(now, field)
        ]
        installed = {(plugin.kind, plugin.key): plugin for plugin in now.plugins}
        for then in self.plugins:
            here = installed.get((then.kind, then.key))
            if here is not None and here != then:
                apis = f" (api {then.api})", f" (api {here.api})"
                was, now_is = apis if then.api != here.api else ("", "")
                lines.append(
                    f"{then.kind} {then.key!r} was built by {then}{was}, here it is {here}{now_is}"
                )
        return lines


def plugins_of(resolution: Resolution) -> tuple[PluginRecord, ...]:
    """The records of the installed plugins that built a model."""
    needed = [(BACKBONE, resolution.backbone.key), (HEAD, resolution.head.key)]
    # A backbone may use encoders that a registry made of a few specs lacks.
    encoders = registry.default().encoders
    needed += [(ENCODER, key) for key in resolution.encoders if key in encoders]
    records = []
    for kind, key in needed:
        spec: Any = registry.default().spec(kind, key)
        claimant = registry.default().claimants(kind, key)[0]
        records.append(
            PluginRecord(
                kind=kind.name,  # type: ignore[arg-type]
                key=key,
                distribution=claimant.distribution,
                version=claimant.version,
                api=spec.api,
            )
        )
    return tuple(records)


def provenance_of(
    record: BuildRecord,
    config: FileRecord,
    weights: FileRecord,
    job: FileRecord | None = None,
    **published: Any,
) -> Provenance:
    """The provenance of a model that is being saved, or was just loaded.

    Args:
        record: the record of its build.
        config: the written configuration.
        weights: the written weights.
        job: the written job, if there is one.
        published: license, authors and citation.
    """
    import keras

    return Provenance(
        image=record.image,
        auto_pad=record.auto_pad,
        skeleton=SkeletonRecord.of(record.skeleton),
        classes=record.classes,
        config=config,
        weights=weights,
        job=job,
        plugins=plugins_of(record.resolution),
        poise=poise.__version__,
        keras=keras.__version__,
        backend=keras.backend.backend(),
        origins=record.origins,
        **published,
    )
