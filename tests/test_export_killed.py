"""An export that is killed, at whatever moment, leaves no file under its final name."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

import exported_models as small

pytestmark = pytest.mark.usefixtures("keras")

PAUSED = """
import sys, time
from pathlib import Path
import poise_workflows.exporting.workflow as workflow
moment, model, out = sys.argv[1:]

def pausing(name):
    function = getattr(workflow, name)
    def paused(*arguments, **options):
        if moment == f"before {name}":
            print("now", flush=True)
            time.sleep(600)
        result = function(*arguments, **options)
        if moment == f"after {name}":
            print("now", flush=True)
            time.sleep(600)
        return result
    return paused

for name in ("write_models", "prove", "write_manifest"):
    setattr(workflow, name, pausing(name))
workflow.export(model, out, format="saved_model")
print("done", flush=True)
"""
MOMENTS = ("before write_models", "before prove", "before write_manifest", "after write_manifest")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "flies"
    return small.save_model(folder, small.of_head("single_instance"), (None, None, 1))


@pytest.mark.slow
def test_killed_between_any_two_steps_it_leaves_nothing_under_its_name(
    model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    for moment in MOMENTS:
        command = [sys.executable, "-c", PAUSED, moment, str(model), str(out)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "now\n", moment
            process.kill()
        assert not out.exists(), moment
        (left,) = tmp_path.iterdir()
        assert left.name.endswith(".draft")

    done = subprocess.run(
        [sys.executable, "-c", PAUSED, "never", str(model), str(out)],
        capture_output=True,
        text=True,
    )

    assert done.stdout == "done\n", done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.slow
def test_killed_at_any_second_it_leaves_nothing_or_a_whole_export(
    model: Path, tmp_path: Path
) -> None:
    words = ["export", str(model), "--format", "frozen_graph", "-o"]
    for tenths in range(20, 120, 15):
        out = tmp_path / f"after-{tenths}"
        with subprocess.Popen(
            [sys.executable, "-m", "poise", *words, str(out)], stderr=subprocess.DEVNULL
        ) as process:
            time.sleep(tenths / 10)
            process.kill()
        assert not out.exists() or (out / "manifest.json").is_file()
