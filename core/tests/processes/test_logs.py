"""What the library does goes to the logger ``poise``, and nowhere else."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import poise
from poise.processes import logs


def test_a_step_is_told_by_the_module_that_takes_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "poise"):
        logs.info("poise.building.assembly", "built %s", "net")
        logs.debug("poise.registry", "loaded")
        logs.warning("poise.registry", "broken")

    assert [(record.name, record.levelname, record.getMessage()) for record in caplog.records] == [
        ("poise.building.assembly", "INFO", "built net"),
        ("poise.registry", "DEBUG", "loaded"),
        ("poise.registry", "WARNING", "broken"),
    ]
    assert {record.filename for record in caplog.records} == {Path(__file__).name}


def test_reading_a_path_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "model.json"
    file.write_text(json.dumps({"backbone": {}, "heads": {}, "edition": "2026"}))
    with caplog.at_level(logging.INFO, "poise"):
        poise.read(file)

    assert [record.getMessage() for record in caplog.records] == [f"read {file}: 0 notes"]


def test_a_broken_plugin_is_a_warning(installed: Any) -> None:
    installed.install(
        "poise-bad", {"poise_bad.py": "1 / 0"}, {"poise.backbones": {"bad": "poise_bad"}}
    )
    code = "import logging; logging.basicConfig(format='%(name)s %(levelname)s %(message)s')\n"
    code += "import poise; 'bad' in poise.backbones; poise.backbones.get('bad')"
    done = installed.python("-c", code)

    assert done.stderr.startswith("poise.registry.importing WARNING backbone bad of poise-bad 1.0")


@pytest.mark.parametrize("first", ["", "import logging; "])
def test_a_program_that_does_not_listen_hears_nothing(first: str) -> None:
    code = f"{first}from poise.processes import logs; logs.warning('poise.x', 'hello')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
