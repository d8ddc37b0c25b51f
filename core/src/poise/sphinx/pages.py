"""The page of a key: nodes from its spec and its network."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from typing import Any

import attrs
from docutils import nodes

from poise import registry
from poise.fields.descriptions import REQUIRED, sections_of
from poise.registry.discovery import BACKBONE, ENCODER, HEAD, Kind
from poise.specs import EncoderSpec, HeadSpec, Normalization
from poise.sphinx import writing
from poise.sphinx.diagram import diagram
from poise.sphinx.facts import Facts, default_of
from poise.sphinx.options import REQUIRED as REQUIRED_OPTION
from poise.sphinx.options import options_of
from poise.testing.standins import CLASSES, SKELETON
from poise.wire.structure import unstructure

STAGES = {
    "image": "sees whole images",
    "centroid": "first of two: sees whole images, and finds where to crop",
    "crop": "second of two: sees a crop with one animal",
}

SECTIONS = {BACKBONE: "backbone", HEAD: "heads"}
"""The part of a configuration that holds the section of a key."""

LONG = 14
"""Longer tables are folded."""


def name_of(kind: Kind, key: str) -> str:
    """The label of a key's page: ``{ref}`poise-backbone-unet```."""
    return re.sub(r"[^a-z0-9]+", "-", f"poise-{kind.name}-{key}".lower())


def page(kind: Kind, key: str, facts: Facts | None) -> list[Any]:
    """The whole page of a key."""
    spec: Any = registry.default().spec(kind, key)
    name = name_of(kind, key)
    content = [writing.paragraph(f"{spec.summary}.")] if spec.summary else []
    content.append(writing.facts(_about(kind, key, spec, facts)))
    if kind is ENCODER:
        return [*content, *(_drawing(facts, key) if facts else [])]
    data = {SECTIONS[kind]: {key: unstructure(default_of(spec))}}
    content.append(
        writing.section(
            "Example", f"{name}-example", writing.code(json.dumps(data, indent=2), "json")
        )
    )
    if facts is not None:
        content.append(writing.section("Network", f"{name}-network", *_network(facts, key)))
    if kind is HEAD:
        content.append(writing.section("Outputs", f"{name}-outputs", *_outputs(spec)))
    if kind is HEAD and spec.decode is not None:
        content.append(writing.section("Decoding", f"{name}-decoding", *_decoding(spec, name)))
    content.append(writing.section("Fields", f"{name}-fields", *_fields(spec.config, name)))
    if spec.differences:
        title = "Where SLEAP 1.4 and its documentation differ"
        content.append(writing.section(title, f"{name}-editions", *_differences(spec, name)))
    return content


def _about(kind: Kind, key: str, spec: Any, facts: Facts | None) -> Iterator[tuple[str, list[Any]]]:
    candidate = registry.default().claimants(kind, key)[0]
    yield "Distribution", [f"`{candidate.distribution}` {candidate.version}"]
    if isinstance(spec, EncoderSpec):
        if facts is not None:
            yield "Parameters", [f"{facts.parameters:,}"]
        yield (
            "Image",
            [
                f"multiples of {spec.max_stride} pixels"
                + (f", at least {spec.minimum_size}" if spec.minimum_size > spec.max_stride else "")
            ],
        )
        yield "Normalization", [_normalization(spec.normalization)]
        if spec.pretrained is not None and (weights := spec.pretrained()) is not None:
            license_name = f"; license: {weights.license}" if weights.license else ""
            yield "Weights", [f"`{weights.file}`{license_name}"]
    else:
        yield "Class", [f"`{_public_name(spec.config)}`"]
    if isinstance(spec, HeadSpec):
        yield "Stage", [f"`{spec.stage}`: {STAGES[spec.stage]}"]
    if spec.paper:
        yield "Paper", [spec.paper]


def _public_name(cls: type) -> str:
    """The import path of a class: its package if that exports it, else its module."""
    package = cls.__module__.partition(".")[0]
    exported = getattr(sys.modules.get(package), cls.__qualname__, None)
    return f"{package if exported is cls else cls.__module__}.{cls.__qualname__}"


def _normalization(normalization: Normalization | None) -> str:
    if normalization is None or attrs.evolve(normalization, scale=1.0) == Normalization():
        return f"none, of values in 0…{1 if normalization is None else normalization.scale:g}"
    mean, std = (", ".join(f"{x:g}" for x in of) for of in (normalization.mean, normalization.std))
    order = "blue, green, red" if normalization.reverse else "red, green, blue"
    return f"of values in 0…{normalization.scale:g}, mean {mean}, std {std} ({order})"


def _drawing(facts: Facts, key: str) -> list[Any]:
    title = f"The network of {key}: strides from top to bottom, computation from left to right"
    frame = f'<div class="poise-network-frame">\n{diagram(facts, title)}\n</div>'
    return [nodes.raw("", frame, format="html")]


def _network(facts: Facts, key: str) -> list[Any]:
    several = f", {facts.stacks} stacks" if facts.stacks > 1 else ""
    strides = sorted({segment.stride for segment in facts.segments if segment.offered})
    listed = ", ".join(map(str, strides))
    image = "gray images" if facts.channels == 1 else f"images of {facts.channels} channels"
    about = (
        f"The example above: {facts.parameters:,} parameters for {image}{several}. Each box is a "
        "run of layers of one stride, with its number of channels; dashed lines are skip "
        f"connections. Heads can be attached to the filled boxes: strides {listed}."
    )
    rows = [
        [
            str(index),
            str(segment.stride),
            str(segment.channels),
            str(segment.layers),
            f"{segment.parameters:,}",
            f"{100 * segment.parameters / facts.parameters:.1f}\N{NO-BREAK SPACE}%",
        ]
        for index, segment in enumerate(facts.segments)
        if index and segment.parameters
    ]
    header = ["box", "stride", "channels", "layers with weights", "parameters", "share"]
    counted = writing.table(header, rows, numbers=True)
    folded = writing.folded(f"Parameters of all {len(rows)} boxes", counted)
    table = folded if len(rows) > LONG else [counted]
    return [writing.paragraph(about), *_drawing(facts, key), *table]


def _outputs(spec: Any) -> list[Any]:
    config = default_of(spec)
    outputs = spec.outputs(config, SKELETON, CLASSES)
    rows = [
        [
            f"`{output.name}`",
            f"`{output.layer_name}`",
            f"{output.stride}" if output.spatial else f"{output.stride} → vector",
            f"{output.channels}",
            output.loss.replace("_", " "),
            f"{output.loss_weight:g}",
        ]
        for output in outputs
    ]
    edges = ", ".join(f"{source}–{destination}" for source, destination in SKELETON.edges)
    about = (
        f"The example above, for the parts {', '.join(SKELETON.parts)}, the edges {edges} and "
        f"the classes {', '.join(CLASSES)}:"
    )
    return [
        writing.paragraph(about),
        writing.table(["output", "layer", "stride", "channels", "loss", "weight"], rows),
    ]


def _decoding(spec: Any, name: str) -> list[Any]:
    options = options_of(spec.decode)
    if not options:
        return [writing.paragraph("`poise.decode` takes no options for it.")]
    entries = []
    for option in options:
        default = (
            "required" if option.default is REQUIRED_OPTION else f"default `{option.default!r}`"
        )
        meaning = f"{option.meaning[:1].upper()}{option.meaning[1:]}"
        body = [writing.paragraph(meaning)] if meaning else []
        ident = f"{name}-decoding-{option.name}".replace("_", "-").lower()
        entries.append(([f"`{option.name}`"], [default], body, ident))
    about = f"`poise.decode(model, predictions, {options[0].name}=…)` takes:"
    return [writing.paragraph(about), writing.definitions(entries, ["poise-fields"])]


def _fields(cls: type, name: str) -> list[Any]:
    outer, *inner = sections_of(cls, marked=True)
    content: list[Any] = [_section_fields(outer, name)]
    for section in inner:
        path = re.sub(r"[^a-z0-9]+", "-", section.path.lower())
        body = [writing.paragraph(section.summary)] if section.summary else []
        where = f"{name}-{path}"
        content.append(
            writing.section(
                f"`{section.path}`: `{section.name}`", where, *body, _section_fields(section, where)
            )
        )
    return content


def _section_fields(page: Any, name: str) -> Any:
    entries = []
    for field in page.fields:
        nested = isinstance(field.default, dict)
        default = (
            "required"
            if field.default is REQUIRED
            else "see below"
            if nested
            else f"default `{json.dumps(field.default)}`"
        )
        body = []
        if field.meaning:
            body.append(writing.paragraph(f"{field.meaning[0].upper()}{field.meaning[1:]}"))
        limits = [*field.domain]
        if field.aliases:
            limits.append(f"in SLEAP's files also {', '.join(field.aliases)}")
        if limits:
            limits[0] = f"{limits[0][0].upper()}{limits[0][1:]}"
            body.append(writing.paragraph("; ".join(limits) + ".", classes=["poise-domain"]))
        ident = f"{name}-{field.name}".replace("_", "-").lower()
        entries.append(([f"`{field.name}`"], [field.type, default], body, ident))
    return writing.definitions(entries, ["poise-fields"])


def _differences(spec: Any, name: str) -> list[Any]:
    entries = []
    for difference in spec.differences:
        about = [f"`{difference.path}`"] if difference.path else []
        body = [
            writing.paragraph(f"`sleap-1.4`: {difference.sleap}."),
            writing.paragraph(f"`2026`: {difference.documented}."),
        ]
        entries.append(([difference.name.replace("_", " ")], about, body, ""))
    return [writing.definitions(entries)]


def summary(kind: Kind, facts: dict[str, Facts], link: Any) -> Any:
    """A table of the keys of a kind.

    Args:
        kind: the kind.
        facts: facts by ``kind:key``.
        link: ``link(kind, key)``: a node that links to the page of a key.
    """
    measured = kind is not HEAD
    rows = []
    for key in registry.default().keys(kind):
        spec = registry.default().spec(kind, key)
        network = facts.get(f"{kind.name}:{key}")
        number = [f"{network.parameters:,}" if network else ""] if measured else []
        rows.append([link(kind, key), *number, spec.summary])
    header = ["key", *(["parameters"] if measured else []), "what it is"]
    return writing.table(header, rows)
