"""The manifest of an export, as it is read again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from poise import ConfigError
from poise_workflows.exporting.manifests import read_manifest

MANIFEST: dict[str, Any] = {
    "layout": 1,
    "format": "onnx",
    "points": False,
    "input": {"shape": [None, None, None, 1]},
    "outputs": [{"name": "confmaps", "shape": [None, 8, 8, 3]}],
    "models": [{"image": [None, None, 1], "skeleton": None, "classes": None}],
}


def write(folder: Path, **changes: Any) -> Path:
    data = {name: value for name, value in {**MANIFEST, **changes}.items() if value != "left out"}
    (folder / "manifest.json").write_text(json.dumps(data), "utf-8")
    return folder


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert read_manifest(write(tmp_path)) == MANIFEST


@pytest.mark.parametrize(
    "changes",
    [
        *({name: "left out"} for name in MANIFEST if name != "layout"),
        {"input": {"shape": [1, 2, 3]}},
        {"outputs": [{"name": 3, "shape": [None]}]},
        {"outputs": [{"name": "confmaps", "shape": ["many", "x"]}]},
        {"models": [{"image": [None, None]}]},
        {"models": [{"image": [None, None, 1], "skeleton": [], "classes": None}]},
        {"points": "no"},
    ],
)
def test_other_json_is_refused(changes: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="must be the manifest of an export, got other JSON"):
        read_manifest(write(tmp_path, **changes))


def test_a_later_layout_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="layout must be 1, got 2; upgrade poise to read it"):
        read_manifest(write(tmp_path, layout=2))
