"""The benchmark of the queue starts, and is in no other benchmark's way."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_a_quick_run_tells_its_figures(workspace: Path) -> None:
    command = [sys.executable, str(workspace / "tests" / "benchmarks" / "queue.py"), "--quick"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    report = json.loads(output)
    assert report["entries"] == sum(report["status"]["counts"].values()) == 10_000
    assert report["per_video"]["processor_median_milliseconds"] > 0


def test_who_imports_a_queue_beside_it_gets_that_of_python(workspace: Path, tmp_path: Path) -> None:
    script = workspace / "tests" / "benchmarks" / "queue.py"
    beside = tmp_path / "beside.py"
    (tmp_path / "queue.py").write_bytes(script.read_bytes())
    beside.write_text("import queue\nfrom queue import SimpleQueue\nprint(queue.Queue().empty())\n")

    output = subprocess.run([sys.executable, beside], capture_output=True, text=True, check=True)

    assert output.stdout == "True\n"
