"""What a run is: for its journal, which goes on with the same run only, and for its result."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import attrs

from poise.files import open_file
from poise_workflows.frames.selections import Selection
from poise_workflows.frames.sources import Source
from poise_workflows.pipelines.composing import Pipeline
from poise_workflows.prediction.options import Decoding
from poise_workflows.prediction.recordings import GOES_ON_FROM, Inherited
from poise_workflows.tracking.choosing import Tracking


def description_of(
    pipeline: Pipeline,
    selection: Selection,
    decoding: Decoding,
    tracking: Tracking | None = None,
    inherited: Inherited | None = None,
    **more: Any,
) -> dict[str, Any]:
    """What decides the result, as JSON: a run goes on from a journal of the same only.

    Files are known by their content, so that they may be moved meanwhile.

    Args:
        pipeline: the models.
        selection: the frames.
        decoding: how predictions become animals.
        tracking: how they become tracks, if they do.
        inherited: what the tracker goes on from; ``None`` if it begins.
        more: further options that decide what is in the file.
    """
    labels = {"labels": checksum_of(selection.path)} if pipeline.needs_labels else {}
    return {
        "models": [without_paths(member.facts()) for member in pipeline.roles.members],
        "options": {**decoding.facts(), **more},
        "sources": [_facts(source) for source in selection.sources],
        "frames": [[index, as_ranges(numbers)] for index, numbers in selection.runs],
        **labels,
        **({"tracking": tracking.facts()} if tracking else {}),
        **({GOES_ON_FROM: inherited.facts()} if inherited else {}),
    }


def as_ranges(numbers: Iterable[int]) -> str:
    """Numbers of frames as ``--frames`` takes them: ``0-99,200``."""
    if isinstance(numbers, range) and numbers.step == 1 and numbers:
        return f"{numbers[0]}-{numbers[-1]}"
    runs = groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])
    spans = [[number for _, number in run] for _, run in runs]
    return ",".join(f"{span[0]}-{span[-1]}" if len(span) > 1 else str(span[0]) for span in spans)


def readers_of(selection: Selection) -> list[dict[str, Any]]:
    """How the frames became arrays, once each."""
    provenances = dict.fromkeys(source.provenance for source in selection.sources)
    return [attrs.asdict(provenance) for provenance in provenances]


def _facts(source: Source) -> dict[str, Any]:
    return {
        "name": source.path.name,
        "bytes": sum(file.stat().st_size for file in _files(source) if file.is_file()),
        "shape": [source.count, source.height, source.width, source.channels],
        "color_matrix": source.provenance.color_matrix,
    }


def _files(source: Source) -> list[Path]:
    """The file of a source, or those of a folder of images."""
    if source.path.is_file():
        return [source.path]
    names = source.video().filename
    return [Path(name) for name in ([names] if isinstance(names, str) else names)]


def checksum_of(file: Path) -> str:
    """The SHA-256 of a file.

    Raises:
        OSError: it cannot be read.
    """
    with open_file(file) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def without_paths(facts: Any) -> Any:
    """What identifies a model, wherever its files are."""
    if isinstance(facts, Mapping):
        return {key: without_paths(value) for key, value in facts.items() if key != "path"}
    return facts
