"""Forty broken distributions: every command serves the good ones and names the bad ones."""

from __future__ import annotations

import json
from typing import Any

import pytest
from core.tests.registry.test_isolated import ENDINGS, install_bad

RAISING = (
    *("1 / 0", "import nowhere", "1 +", "raise ImportError", "exit('bye')", "raise MemoryError"),
    *("from poise import Nothing", "raise RecursionError", "def f(): f()\nf()", "assert False"),
    *("poise_backbones = 1", "import os; os.abort()", "raise StopIteration", "raise Warning"),
    "import sys; sys.setrecursionlimit(5)",
    "import time; time.sleep(1000)",
    "while True: pass",
)
DAMAGED = {
    "METADATA": (b"", b"Name: poise-tiny\nVersion: 9\n\n", b"\xff", b"Version: 1\n\n"),
    "entry_points.txt": (
        b"\xef\xbb\xbf[poise.backbones]\nKEY = poise_KEY\n",
        b"[poise.backbones]\nKEY = poise_KEY\n# \xff\n",
        b"[poise.backbone]\nKEY = poise_KEY\n",
        b"[poise.backbones]\nKEY\n",
        b"[poise.backbones]\nKEY = not a module\n",
        b"[poise.backbones]\nKEY = poise_KEY:nothing\n",
    ),
}
MODEL = {"heads": {"dots": {"part_names": ["nose"]}}, "edition": "2026"}


@pytest.fixture
def forty(installed: Any) -> list[str]:
    """Install two good plugins and forty bad ones; the keys of the bad ones."""
    installed.install_backbone("tiny")
    installed.install_head("dots")
    keys: list[str] = []
    for code in (*ENDINGS, *RAISING):
        keys.append(f"bad{len(keys)}")
        install_bad(installed, keys[-1], code)
    for name, contents in DAMAGED.items():
        for content in contents:
            keys.append(f"bad{len(keys)}")
            info = installed.install_backbone(keys[-1])
            (info / name).write_bytes(content.replace(b"KEY", keys[-1].encode()))
    assert len(keys) == 40
    return keys


@pytest.mark.slow
def test_forty_broken_distributions_harm_nobody(installed: Any, forty: list[str]) -> None:
    for name, backbone in (("good", "tiny"), ("bad", "bad0")):
        model = {**MODEL, "backbone": {backbone: {}}}
        (installed.work / f"{name}.json").write_text(json.dumps(model))

    done = installed.poise("list", "--json")
    rows = {row["key"]: row for row in json.loads(done.stdout)}
    assert {key for key, row in rows.items() if row["state"] == "ok"} == {"tiny", "dots"}
    assert {key for key, row in rows.items() if row["cause"] and row["fix"]} == set(forty)
    assert done.returncode == 1

    done = installed.poise("list")
    assert all(f" {key} (poise" in done.stdout for key in forty)
    assert done.returncode == 1

    done = installed.poise("check", "bad.json", "good.json", "--json")
    assert [verdict["ok"] for verdict in json.loads(done.stdout)] == [False, True]
    assert "loading it ended the interpreter (exit status 0)" in done.stdout
    assert done.returncode == 1

    done = installed.poise("schema")
    assert "Channels of the only block" in json.dumps(json.loads(done.stdout))
    # Only the list and the doctor can say anything of a group that nothing opens.
    backbones = [key for key in forty if rows[key]["kind"] == "backbone"]
    assert all(f"backbone '{key}' cannot be used: " in done.stderr for key in backbones)
    assert done.returncode == 1

    done = installed.poise("weights", "list", "--json")
    assert json.loads(done.stdout) == []
    assert all(f"backbone '{key}' cannot be used: " in done.stderr for key in backbones)
    assert done.returncode == 1

    done = installed.poise("doctor", "--json", "--timeout", "10")
    problems = json.dumps(json.loads(done.stdout)["problems"])
    assert all(f" {key} " in problems for key in forty)
    assert done.returncode == 1
