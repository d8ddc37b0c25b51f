"""The models of a pipeline: read from their paths, and told apart by the stage of their heads."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast

import attrs

from poise import HeadSpec, Reading, read, registry
from poise.errors import Fault, FaultsError
from poise.files import open_file
from poise.messages import argument_path
from poise.registry.discovery import HEAD
from poise.sleap.locate import TRAINING
from poise.specs.heads import Stage
from poise_workflows.exporting.outputs import is_export


class ModelsError(FaultsError, ValueError):
    """Models cannot be read, or do not make a pipeline. The error lists what Poise found."""


@attrs.frozen(kw_only=True, eq=False)
class Member:
    """A model of a pipeline, before it is built.

    Attributes:
        path: as the user gave it.
        reading: what is there.
        spec: the head type.
        export: the folder of the network for another runtime than Keras.
    """

    path: Path
    reading: Reading
    spec: HeadSpec
    export: Path | None = None

    @property
    def stage(self) -> Stage:
        """What the head sees: the role of the model."""
        return self.spec.stage

    def __str__(self) -> str:
        return f"{self.path} ({self.spec.key}, stage {self.stage})"

    def facts(self) -> dict[str, Any]:
        """What identifies the model, as JSON: its files with their checksums."""
        files = {"config": self.reading.source, "weights": self.reading.weights}
        return {
            "head": self.spec.key,
            "edition": self.reading.config.edition,
            **{name: _identity(file) for name, file in files.items() if file is not None},
        }


@attrs.frozen(kw_only=True, eq=False)
class Cast:
    """Which model plays which role: an image model alone, or one or both stages of top-down."""

    image: Member | None = None
    centroid: Member | None = None
    crop: Member | None = None

    @property
    def members(self) -> tuple[Member, ...]:
        """The models in the order in which a frame passes them."""
        every = (self.image, self.centroid, self.crop)
        return tuple(member for member in every if member is not None)


def read_models(paths: Iterable[str | os.PathLike[str]]) -> Cast:
    """Read models and give them roles.

    Args:
        paths: SLEAP's folders, their archives or ``training_config.json``, and Poise's folders;
            a model for whole images, or one or both of the two stages of top-down, in any order.

    Raises:
        OSError: there is no such file or folder.
        ConfigError: a model's configuration has faults.
        ModelsError: the models do not make a pipeline.
    """
    return cast_of([read_member(Path(path)) for path in paths])


def cast_of(members: Sequence[Member]) -> Cast:
    """The roles of models.

    Raises:
        ModelsError: a role has several models, or models do not go together, or there is none.
    """
    if not members:
        what = "must be at least one model, got none; pass a model folder"
        raise ModelsError([Fault(what, argument_path("models"))])
    by_stage: dict[str, list[Member]] = {"image": [], "centroid": [], "crop": []}
    for member in members:
        by_stage[member.stage].append(member)
    several = [stage for stage, players in by_stage.items() if len(players) > 1]
    if several or (by_stage["image"] and len(members) > 1):
        raise _refusal(members, several)
    return Cast(**{stage: players[0] for stage, players in by_stage.items() if players})


def _refusal(members: Sequence[Member], several: Sequence[str]) -> ModelsError:
    found = "\n  ".join(map(str, members))
    count = sum(member.stage == several[0] for member in members) if several else len(members)
    got = f"{count} of stage {several[0]}" if several else f"{count} that do not go together"
    what = "must be one model of stage image, or one of stage centroid and one of stage crop"
    return ModelsError(
        [Fault(f"{what}, got {got}; leave models out:\n  {found}", argument_path("models"))]
    )


def read_member(path: Path) -> Member:
    """Read one model. Raises as ``read_models`` does."""
    _refuse_export(path)
    reading = read(path)
    key = reading.config.heads.which_oneof_attrib_name()
    if key is None:
        what = f"must have a head, got {path} without one; name a model that Poise or SLEAP saved"
        raise ModelsError([Fault(what, str(path))])
    if reading.weights is None:
        what = f"must be a trained model, got {path}, a configuration without weights"
        fix = (
            "name the folder of the model"
            if reading.looked_in is None
            else "copy its best_model.h5 beside it"
        )
        raise ModelsError([Fault(f"{what}; {fix}", str(path))])
    spec = cast(HeadSpec, registry.default().spec_of_section(HEAD, key))
    return Member(path=path, reading=reading, spec=spec)


def _refuse_export(path: Path) -> None:
    """Refuse an export: its configuration could be read, but it has no weights for Keras.

    One for SLEAP has, and is a folder as SLEAP's own.
    """
    if is_export(path) and not (path / TRAINING).is_file():
        what = f"must be a model, got {path}, an export for another runtime"
        fix = "poise predict --runtime auto runs exports"
        raise ModelsError([Fault(f"{what}; {fix}", argument_path("models"))])


def _identity(file: Path) -> dict[str, Any]:
    """The path of a file, and the checksum of its bytes; a member of an archive has none."""
    if not file.is_file():
        return {"path": str(file)}
    with open_file(file) as stream:
        return {"path": str(file), "sha256": hashlib.file_digest(stream, "sha256").hexdigest()}
