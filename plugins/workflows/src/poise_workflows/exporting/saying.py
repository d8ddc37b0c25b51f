"""What ``poise export`` says of an export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from poise.messages import counted
from poise_workflows.exporting.results import Export


def show(export: Export) -> Iterator[str]:
    """Lines about an export."""
    manifest = export.manifest
    yield f"exported  {export.folder}"
    if export.former is not None:
        yield f"  former    {export.folder} was there, and is {export.former.name} now"
    facts = [f"opset {manifest['opset']}"] if "opset" in manifest else []
    libraries = [f"{name} {version}" for name, version in manifest["libraries"].items()]
    yield f"  format    {', '.join([manifest['format'], *facts, *libraries])}"
    taken = manifest["input"]
    low, high = taken["range"]
    shape = _shape(taken["shape"])
    yield f"  input     {taken['name']} {shape}, {taken['dtype']} from {low} to {high}"
    for output in manifest["outputs"]:
        yield f"  output    {output['name']} {_shape(output['shape'])}"
    yield f"  proof     {_proof(manifest['proof'])}"
    for note in manifest.get("notes", ()):
        yield f"  note      {note}"


def _proof(proof: Mapping[str, Any]) -> str:
    worst = max(proof["outputs"].values(), key=lambda each: float(each["part"]))
    made_up = proof["frames"] == "made up"
    frames = counted(proof["count"], "made-up frame" if made_up else "frame")
    where = frames if made_up else f"{frames} of {proof['frames']}"
    return f"differs by {worst['part']:.1e} of the largest output at most, on {where}"


def _shape(shape: Sequence[int | None]) -> str:
    return f"({', '.join('any' if side is None else str(side) for side in shape)})"
