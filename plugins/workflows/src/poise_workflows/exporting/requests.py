"""What is asked for, checked before Keras is imported: every fault at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from poise import Reading
from poise.errors import BundleError, Fault, FaultsError
from poise.messages import argument, argument_path, counted, join_names, short_repr
from poise_workflows.exporting.choosing import missing_libraries, spec_of
from poise_workflows.exporting.contract import ExporterSpec
from poise_workflows.exporting.errors import ExportError
from poise_workflows.exporting.outputs import fault_of_place
from poise_workflows.exporting.shapes import batch_of, fault_of_size, size_of
from poise_workflows.pipelines.members import Member, cast_of, read_member

Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]
Size = tuple[int | None, int | None]


@attrs.frozen(kw_only=True, eq=False)
class Request:
    """An export that can begin.

    Attributes:
        spec: the exporter.
        members: the models, in the order in which a frame passes them.
        output: the folder.
        size: height and width that the user chose; ``None`` if the models decide.
        batch: how many images a call takes; ``None`` for any number.
        has_points: whether points are exported instead of maps.
        provider: what the runtime computes with; empty for its default.
        frames: where the frames of the proof are; ``None`` for made-up ones.
        decoding: options of decoding that the user set, by name; only with points.
        renew: whether an export that is there is kept under a numbered name.
    """

    spec: ExporterSpec
    members: tuple[Member, ...]
    output: Path
    size: Size | None
    batch: int | None
    has_points: bool
    provider: str
    frames: Path | None
    decoding: Mapping[str, Any] = attrs.field(factory=dict)
    renew: bool = False

    @property
    def readings(self) -> tuple[Reading, ...]:
        """What Poise read of each model."""
        return tuple(member.reading for member in self.members)


class _Faults(list[Fault]):
    """Faults that are collected, so that one of them hides no other."""

    def of(self, function: Any, *arguments: Any) -> Any:
        """What a function returns; ``None`` if it raises faults."""
        try:
            return function(*arguments)
        except FaultsError as error:
            self.extend(error.faults)
        except BundleError as error:
            self.append(Fault(str(error), argument_path("models")))
        return None


def request_of(models: Paths, output: str | os.PathLike[str], options: dict[str, Any]) -> Request:
    """Check everything that can be known without Keras.

    Args:
        models: paths of the models.
        output: the folder.
        options: those of ``poise_workflows.export`` by name.

    Raises:
        ExportError: lists every fault.
    """
    faults = _Faults()
    spec = faults.of(spec_of, options["format"])
    members = _members(models, faults)
    size = faults.of(size_of, options["image"])
    batch = faults.of(batch_of, options["batch"])
    frames = Path(options["frames"]) if options["frames"] else None
    free = {name: bool(options.get(name)) for name in ("overwrite", "renew")}
    faults += fault_of_place(Path(output), **free)
    if frames is not None and not frames.exists():
        what = f"must be a video or labels, got {frames}, which is not there"
        faults.append(Fault(what, argument_path("frames")))
    if spec is not None:
        faults += _faults_of_format(spec, options, size, batch)
    if members:
        faults += _faults_of_models(spec, members, options, size)
    if faults:
        heading = f"cannot export: {counted(len(faults), 'fault')}" if len(faults) > 1 else ""
        raise ExportError(dict.fromkeys(faults), heading)
    assert spec is not None  # else there is a fault
    return Request(
        spec=spec,
        members=members,
        output=Path(output),
        size=size,
        batch=batch,
        has_points=bool(options["points"]),
        provider=options["provider"] or "",
        frames=frames,
        decoding=_decoding(options),
        renew=free["renew"],
    )


DECODING = ("max_instances", "peak_threshold")
"""Options that are for points alone."""


def _decoding(options: dict[str, Any]) -> dict[str, Any]:
    return {name: options[name] for name in DECODING if options.get(name) is not None}


def _members(models: Paths, faults: _Faults) -> tuple[Member, ...]:
    paths = [models] if isinstance(models, str | os.PathLike) else list(models)
    if not paths:
        what = "must be a model, or both stages of top-down, got none; pass a model folder"
        faults.append(Fault(what, argument_path("models")))
    members = [faults.of(_member, Path(path)) for path in paths]
    if not paths or None in members:
        return ()
    cast = faults.of(cast_of, members)
    return cast.members if cast else ()


def _member(path: Path) -> Member:
    try:
        return read_member(path)
    except OSError as error:
        what = f"must be a model folder, got {path}: {error.strerror or error}"
        raise ExportError([Fault(what, argument_path("models"))]) from None


def _faults_of_format(
    spec: ExporterSpec, options: dict[str, Any], size: Size | None, batch: int | None
) -> Iterator[Fault]:
    yield from missing_libraries(spec)
    if options["points"] and not spec.takes_points:
        what = f"must be left out for {spec.key}, which holds a network alone"
        yield Fault(f"{what}, got {options['points']}", argument_path("points"))
    for name, value in _decoding(options).items():
        if not options["points"]:
            what = f"must be left out for maps, which are not decoded, got {short_repr(value)}"
            yield Fault(f"{what}; set {argument('points', value='True')}", argument_path(name))
    shapes = {"image": options["image"], "batch": options["batch"]}
    for name, value in shapes.items():
        if value not in (None, "any") and not spec.takes_shapes:
            what = f"must be left out for {spec.key}, which is written as it was trained"
            yield Fault(f"{what}, got {short_repr(value)}", argument_path(name))
    provider = options["provider"]
    if provider and provider not in spec.providers:
        names = join_names(spec.providers)
        fix = f"must be one of {names}" if names else f"must be left out for {spec.key}"
        yield Fault(f"{fix}, got {short_repr(provider)}", argument_path("provider"))


def _faults_of_models(
    spec: ExporterSpec | None,
    members: tuple[Member, ...],
    options: dict[str, Any],
    size: Size | None,
) -> Iterator[Fault]:
    if len(members) > 1 and not options["points"]:
        what = f"must be one model for maps, got {join_names(str(each.path) for each in members)}"
        fix = f"export each by itself, or both as one graph with {argument('points', value='True')}"
        yield Fault(f"{what}; {fix}", argument_path("models"))
    if size is not None and not options["points"]:
        for member in members:
            yield from fault_of_size(member.reading, size)
    if spec is not None and spec.check is not None:
        yield from spec.check(tuple(member.reading for member in members))
