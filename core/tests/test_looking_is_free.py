"""Looking at plugins and configurations imports neither Keras, nor a backend, nor HDF5."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

MODEL = {
    "backbone": {"tiny": {"filters": 8}},
    "heads": {"dots": {"part_names": ["nose"]}},
    "edition": "2026",
}
HEAVY = {"tensorflow", "keras", "jax", "torch", "h5py"}


@pytest.fixture
def site(installed: Any) -> Any:
    installed.install_backbone("tiny")
    installed.install_head("dots")
    for name in ("model.json", "model.yaml"):  # JSON is YAML
        (installed.work / name).write_text(json.dumps(MODEL))
    job = json.dumps({"data": {}, "model": MODEL})
    (installed.work / "job.json").write_text(job)
    folder = installed.work / "flies"
    folder.mkdir()
    (folder / "training_config.json").write_text(job)
    (folder / "best_model.h5").touch()
    shutil.make_archive(str(folder), "zip", installed.work, "flies")
    saved_model(installed.work / "saved")
    shutil.make_archive(str(installed.work / "saved"), "zip", installed.work / "saved")
    return installed


def saved_model(folder: Path) -> None:
    """A model folder as ``poise.save`` leaves it, which cannot be made without Keras."""
    folder.mkdir()
    records = {}
    for key, name, text in (
        ("config", "config.json", json.dumps(MODEL)),
        ("weights", "model.weights.h5", b"\x89HDF\r\n\x1a\n".decode("latin-1")),
    ):
        content = text.encode("latin-1")
        (folder / name).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        records[key] = {"name": name, "sha256": digest, "size": len(content)}
    provenance = {"image": [8, 8, 1], "auto_pad": False, "skeleton": None, "classes": None}
    provenance |= {"plugins": [], "poise": "0", "keras": "3", "backend": "jax", **records}
    (folder / "poise.json").write_text(json.dumps(provenance))


@pytest.mark.parametrize(
    "code",
    [
        "import poise",
        "import poise; dir(poise); [getattr(poise, name) for name in ('ModelConfig', 'build')]",
        "import poise; list(poise.backbones.values()), list(poise.heads.items())",
        "import poise; poise.ModelConfig.load('model.json').save('copy.yaml'); "
        "poise.ModelConfig.load('copy.yaml').to_json()",
        "import poise; poise.resolve(poise.read_sleap('job.json').config)",
        "from poise import load_weights, LoadReport",
        *(
            f"import poise; poise.resolve(poise.read({path!r}).config)"
            for path in (
                "flies",
                "flies/training_config.json",
                "flies.zip",
                "job.json",
                "model.json",
                "model.yaml",
                "saved",
                "saved.zip",
            )
        ),
    ],
)
def test_no_heavy_module_is_imported_by(site: Any, code: str) -> None:
    assert site.modules_after(code) & HEAVY == set()


@pytest.mark.parametrize(
    "arguments",
    [
        "list",
        "list --fresh --json -l",
        "show tiny",
        "show dots --json",
        "schema",
        "schema dots",
        "check model.json job.json flies.zip",
        "--version",
        "--help",
        "build --help",
    ],
)
def test_no_heavy_module_is_imported_by_the_command(site: Any, arguments: str) -> None:
    assert site.modules_after_poise(*arguments.split()) & HEAVY == set()


def test_the_measure_itself_notices_a_heavy_module(site: Any) -> None:
    site.write("jax.py", "")
    assert site.modules_after("import jax") & HEAVY == {"jax"}


def test_a_plugin_that_imports_keras_at_the_top_is_what_would_be_noticed(site: Any) -> None:
    file = site.folder / "poise_tiny.py"
    site.write("keras.py", "")
    file.write_text("import keras\n" + file.read_text())

    assert site.modules_after_poise("check", "model.json") & HEAVY == {"keras"}


def test_a_listing_imports_no_plugin_into_its_own_process(site: Any) -> None:
    assert "poise_tiny" not in site.modules_after_poise("list", "--fresh")
