"""What ``poise list`` costs, against bare Python that scans the installed metadata once.

The script creates distributions in a temporary folder, one plugin each, and starts a fresh
interpreter for each run. Commands take turns, so other load on the machine affects all of them
alike. The script compares medians of one run.

    python tests/benchmarks/listing.py [--quick] [-o FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

LIMITS = {"list": 1.5, "json": 2.5}
"""Largest ratio of each command's time to that of the bare scan."""

COLD_LIMIT = 5.0
"""Seconds that a listing may take that judges every plugin, since nothing is remembered."""

SCAN = "import importlib_metadata; importlib_metadata.entry_points()"
LOOK_UP = """
import sys, poise
assert poise.backbones["backbone_{key}"].key == "backbone_{key}"
print(sum(name.startswith("made_up_") for name in sys.modules))
"""
PLUGIN = '''
import attrs
from poise import BackboneSpec, hookimpl


@attrs.frozen(kw_only=True)
class Config:
    """Made up."""

    output_stride: int = 4


@hookimpl
def poise_backbones():
    return [
        BackboneSpec(
            key="backbone_{number}",
            config=Config,
            build=lambda config, image: [{{4: image}}],
            max_stride=lambda config: 4,
            summary="Backbone {number}, made up to be listed",
        )
    ]
'''


def install(folder: Path, count: int) -> None:
    """Create distributions with one backbone each, as an installer leaves them."""
    for number in range(count):
        name = f"made_up_{number}"
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: 1.0\n"
            "Summary: A backbone that nobody needs\n\nA longer text.\n"
        )
        entry_point = f"[poise.backbones]\nbackbone_{number} = {name}\n"
        (info / "entry_points.txt").write_text(entry_point)
        (info / "RECORD").write_text("")
        (folder / f"{name}.py").write_text(PLUGIN.format(number=number))


def seconds(command: list[str], environ: dict[str, str], folder: Path) -> float:
    """How long a command takes, from its start to its end."""
    began = time.perf_counter()
    subprocess.run(command, env=environ, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def measure(count: int, repeats: int, root: Path) -> dict[str, Any]:
    """Times and ratios with ``count`` plugins installed."""
    site, work = root / "site", root / "work"
    work.mkdir()
    install(site, count)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("POISE_")}
    paths = [str(site), environ.get("PYTHONPATH", "")]
    environ["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    environ["POISE_CACHE_DIR"] = str(root / "cache")
    # -P: ignore whatever is in the working folder.
    python = [sys.executable, "-P"]
    commands = {
        "scan": [*python, "-c", SCAN],
        "list": [*python, "-m", "poise", "list"],
        "json": [*python, "-m", "poise", "list", "--json"],
    }
    first = seconds(commands["list"], environ, work)  # also compiles the plugins
    colds = []
    for _ in range(3):
        shutil.rmtree(root / "cache")
        colds.append(seconds(commands["list"], environ, work))
    cold = statistics.median(colds)
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(repeats):
        for name, command in commands.items():
            times[name].append(seconds(command, environ, work))
    medians = {name: statistics.median(values) for name, values in times.items()}
    look_up = subprocess.run(
        [*python, "-c", LOOK_UP.format(key=count // 2)],
        env=environ,
        cwd=work,
        check=True,
        capture_output=True,
        text=True,
    )
    return {
        "plugins": count,
        "milliseconds": {name: round(value * 1000, 1) for name, value in medians.items()},
        "first_list_milliseconds": round(first * 1000, 1),
        "cold_list_milliseconds": round(cold * 1000, 1),
        "cold_limit_milliseconds": COLD_LIMIT * 1000,
        "ratios": {name: round(medians[name] / medians["scan"], 3) for name in LIMITS},
        "limits": LIMITS,
        "within_limits": cold <= COLD_LIMIT
        and all(medians[name] <= limit * medians["scan"] for name, limit in LIMITS.items()),
        "modules_loaded_by_one_look_up": int(look_up.stdout),
    }


def main() -> int:
    """Measure, print JSON; 1 if a ratio is above its limit, unless the run is quick."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    parser.add_argument("-o", "--output", type=Path, help="also write the JSON there")
    options = parser.parse_args()
    results = []
    for count in (10, 1000):
        with tempfile.TemporaryDirectory() as folder:
            results.append(measure(count, 5 if options.quick else 21, Path(folder)))
    report = {
        "benchmark": "listing",
        "python": platform.python_version(),
        "baseline": SCAN,
        "results": results,
    }
    text = json.dumps(report, indent=2)
    print(text)
    if options.output:
        options.output.write_text(text + "\n", encoding="utf-8")
    fine = all(result["within_limits"] for result in results)
    single = all(result["modules_loaded_by_one_look_up"] == 1 for result in results)
    # A few repeats only show that it runs; the number of loaded modules does not vary.
    return 0 if (fine or options.quick) and single else 1


if __name__ == "__main__":
    sys.exit(main())
