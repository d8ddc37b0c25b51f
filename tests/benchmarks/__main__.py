"""Run every benchmark in this folder with the same arguments, such as ``--quick``.

A benchmark is a script that prints one JSON object: medians and ratios within its own run.
Each runs in a fresh interpreter, so they do not warm each other up or slow each other down.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

here = Path(__file__).resolve().parent
failed = []
for script in sorted(here.glob("*.py")):
    if script.name.startswith("_"):
        continue
    print(f"# {script.stem}", flush=True)
    if subprocess.run([sys.executable, script, *sys.argv[1:]], check=False).returncode:
        failed.append(script.name)
if failed:
    sys.exit(f"failed: {', '.join(failed)}")
