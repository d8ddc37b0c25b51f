"""The sections about data and configuration."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from poise.messages import counted, join_names, shortened
from poise_workflows.reporting.markup import Child, bullets, element, paragraph, section
from poise_workflows.reporting.tables import NOTHING, table

SETS = ("train", "validation", "test")

MOST_VIDEOS = 30
"""Videos that have a row."""

MOST_LETTERS = 300
"""Letters of a value of the configuration."""


def data_section(report: Mapping[str, Any], split: Mapping[str, Any]) -> Element:
    """Notes on the data, and which frames are in which set."""
    frames, animals = report.get("frames", {}), report.get("animals", {})
    rows: list[list[Child]] = [
        [name, str(frames.get(name, 0)), str(animals.get(name, NOTHING))] for name in SETS
    ]
    height, width, channels = (*report.get("image", ()), "?", "?", "?")[:3]
    classes = report.get("classes")
    facts = [
        f"Labels: {join_names(report.get('labels', ()))}",
        f"The network sees {height} × {width} pixels, {_channels(channels)}",
        *([f"Classes: {join_names(classes)}"] if classes else []),
    ]
    notes = report.get("notes", [])
    return section(
        "data",
        "Data",
        bullets(facts, "notes"),
        element("h3", "Notes"),
        bullets(notes, "notes") if notes else paragraph("There is nothing to note.", kind="soft"),
        element("h3", "Split"),
        table("Labeled frames and animals of each set", ("set", "frames", "animals"), rows),
        *_videos(split),
    )


def _channels(channels: Any) -> str:
    return counted(channels, "channel") if isinstance(channels, int) else "channels unknown"


def _videos(split: Mapping[str, Any]) -> list[Element]:
    """How many frames of each video are in which set."""
    names, frames = split.get("videos", {}), split.get("frames", {})
    counts: Counter[tuple[str, str]] = Counter(
        (str(key[0]), of) for of in SETS for key in frames.get(of, ())
    )
    rows: list[list[Child]] = [
        [str(title), *(str(counts[video, of]) for of in SETS)]
        for video, title in list(names.items())[:MOST_VIDEOS]
    ]
    if not rows:
        return []
    parts = [table("Labeled frames of each video", ("video", *SETS), rows)]
    if len(names) > len(rows):
        more = counted(len(names) - len(rows), "more video")
        parts.append(paragraph(f"… and {more}; split.json has all.", kind="soft"))
    return [element("details", element("summary", counted(len(names), "video")), *parts)]


def config_section(config: Mapping[str, Any], request: Mapping[str, Any]) -> Element:
    """Every value of the configuration by its path, and what was asked for."""
    parts: list[Child] = [
        paragraph(
            "Every value of the run but those that are null, with what Poise found in the labels. "
            "Paths are those of --set PATH=VALUE."
        )
    ]
    asked = {key: value for key, value in request.items() if key != "job"}
    for name, values in [*config.items(), ("what was asked for", asked)]:
        pairs = list(_flat(values, "" if values is asked else name))
        if not pairs:
            continue
        rows: list[list[Child]] = [
            [element("code", path), element("td", element("code", text), class_="words")]
            for path, text in pairs
        ]
        summary = element("summary", f"{name} ({counted(len(pairs), 'value')})")
        body = table(str(name), ("path", "value"), rows, "wide")
        parts.append(element("details", summary, body, open=name == "model"))
    return section("configuration", "Configuration", *parts)


def _flat(values: Any, path: str) -> Iterator[tuple[str, str]]:
    """The paths of values that are not null, and the values."""
    if isinstance(values, Mapping) and values:
        for key, value in values.items():
            yield from _flat(value, f"{path}.{key}" if path else str(key))
        return
    if values is None:
        return
    yield path, shortened(json.dumps(values, ensure_ascii=False), MOST_LETTERS)
