"""Look a plugin up in a fresh interpreter, and record what that changes there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from poise.registry.importing import HEAVY_MODULES

_PROGRAM = """
import json, logging, os, random, signal, sys, threading, warnings
import numpy
import poise.fields, poise.hookspecs, poise.registry, poise.specs, poise.wire.structure
from poise import registry

# Only changes count: this process inherited environment variables.
variables = set()
sys.addaudithook(
    lambda event, arguments: variables.add(os.fsdecode(arguments[0]))
    if event in ("os.putenv", "os.unsetenv") else None
)

def state():
    root = logging.getLogger()
    return {
        "environment variables": set(variables),
        "the working folder": os.getcwd(),
        "sys.path": list(sys.path),
        "what is logged, and where": (root.level, list(root.handlers), root.manager.disable),
        "which warnings are shown": list(warnings.filters),
        "threads": {thread.name for thread in threading.enumerate()},
        "the state of random": random.getstate(),
        "the state of numpy.random": repr(numpy.random.get_state()),
        "hooks and streams of sys": (
            sys.excepthook, sys.displayhook, sys.stdin, sys.stdout, sys.stderr, sys.gettrace(),
            sys.getprofile(), sys.getrecursionlimit(), list(sys.meta_path), list(sys.path_hooks),
        ),
        "signal handlers": [signal.getsignal(number) for number in signal.valid_signals()],
    }

kind = registry.default().kind(sys.argv[1])
registry.default().keys(kind)
registry.default().opened(kind)
before = state()
registry.default().spec(kind, sys.argv[2])
after = state()
changed = [name for name in before if before[name] != after[name]]
print()
print(json.dumps([sorted(set(sys.argv[3:]) & set(sys.modules)), changed, sorted(variables)]))
"""


class Lookup(NamedTuple):
    """What a lookup of a plugin did.

    Attributes:
        error: why it failed, in one line; empty if it did not.
        heavy: the modules of Keras and its backends that it imported.
        changed: what it changed in the process and on disk, in words.
    """

    error: str
    heavy: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


def look_up(kind: str, key: str) -> Lookup:
    """Look up an installed plugin in a fresh interpreter, in an empty folder.

    Args:
        kind: name of its kind.
        key: its key.
    """
    with tempfile.TemporaryDirectory() as folder:
        watched = Path(folder, "watched")
        homes = {
            name: str(watched / name.lower())
            for name in ("HOME", "USERPROFILE", "TMPDIR", "XDG_CACHE_HOME", "KERAS_HOME")
        }
        for home in homes.values():
            Path(home).mkdir(parents=True)
        done = subprocess.run(  # noqa: S603  # this interpreter, and names from the registry
            [sys.executable, "-c", _PROGRAM, kind, key, *HEAVY_MODULES],
            cwd=watched,
            env={
                **os.environ,
                **homes,
                "POISE_CACHE_DIR": str(Path(folder, "cache")),
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONPATH": os.pathsep.join(
                    str(Path(entry).resolve()) for entry in sys.path if entry
                ),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        files = sorted(str(path.relative_to(watched)) for path in watched.rglob("*"))
    written = [file for file in files if file not in map(str.lower, homes)]
    if done.returncode:
        return Lookup(error=(done.stderr.strip() or "no message").splitlines()[-1])
    *printed, last = done.stdout.rstrip().splitlines()
    heavy, changed, variables = json.loads(last)
    changes = [
        f"{change} ({', '.join(variables)})" if change == "environment variables" else change
        for change in changed
    ]
    if any(printed):
        changes.append(f"the output (it printed {next(filter(None, printed))!r})")
    if written:
        changes.append(f"files (it wrote {', '.join(written[:3])})")
    return Lookup(error="", heavy=tuple(heavy), changed=tuple(changes))
