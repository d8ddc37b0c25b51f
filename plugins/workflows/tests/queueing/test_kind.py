"""Engines are plugins: Poise's enter by the door that is open to everyone."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest

import poise
from poise import PluginError, Registry, registry
from poise.cli import main
from poise.cli.new.distribution import plan
from poise.registry.discovery import scan
from poise.testing import cases, conformance, registry_of
from poise_workflows.queueing.options import PROCESSES
from poise_workflows.queueing.plugin import poise_engines


@pytest.fixture(autouse=True)
def installed() -> Any:
    registry.reset()
    yield
    registry.reset()


OURS = [spec.key for spec in poise_engines()]


@conformance(PROCESSES, kind="engine")  # test_dask_engine has the other one, if Dask is there
def test_conformance(check: Any) -> None:
    check()


def test_every_engine_of_ours_has_an_entry_point_and_one_is_the_default() -> None:
    entered = [
        claim.key
        for claim in scan()
        if (claim.kind, claim.distribution) == ("engine", "poise-workflows")
    ]

    assert entered == sorted(OURS)
    assert PROCESSES in OURS


def test_an_engine_of_another_version_of_the_contract_is_refused() -> None:
    later = attrs.evolve(poise_engines()[0], key="later", api=99)

    with pytest.raises(PluginError, match="written for api 99, and this poise-workflows has api"):
        registry_of(later).plugins_of("engine")["later"]


def test_looking_at_engines_imports_nothing_heavy() -> None:
    code = (
        "import sys, poise\n"
        "from poise_workflows.queueing import Work, EngineSpec\n"
        "list(poise.plugins_of('engine').values())\n"
        "print(sorted({'keras', 'h5py', 'sleap_io', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


def test_engines_are_listed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "engines", "--json"]) == 0
    rows = {row["key"]: row for row in json.loads(capsys.readouterr().out)}
    assert main(["show", "processes", "--json"]) == 0
    page = json.loads(capsys.readouterr().out)

    assert set(OURS) <= set(rows)
    assert {row["kind"] for row in rows.values()} == {"engine"}
    assert rows["processes"]["state"] == "ok"
    assert page["summary"] == poise.plugins_of("engine")["processes"].summary


def test_a_new_engine_passes_its_tests_as_written(tmp_path: Path) -> None:
    distribution = plan("engine", "my_engine", into=tmp_path)
    distribution.write()
    file = distribution.folder / distribution.module
    module_spec = importlib.util.spec_from_file_location("poise_my_engine", file)
    assert module_spec is not None
    assert module_spec.loader is not None
    module = importlib.util.module_from_spec(module_spec)
    module_spec.loader.exec_module(module)

    outcomes = [
        case.outcome()
        for case in cases("my_engine", kind="engine", registry=Registry(plugins=[module]))
    ]

    assert [outcome.message for outcome in outcomes if outcome.status == "broken"] == []
    assert sum(outcome.status == "kept" for outcome in outcomes) >= 6
    assert '[project.entry-points."poise.engines"]' in distribution.files["pyproject.toml"]
