"""Exporters are plugins: Poise's enter by the door that is open to everyone."""

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
from poise_workflows.exporting import ExportError, ExporterSpec
from poise_workflows.exporting.choosing import spec_of
from poise_workflows.exporting.plugin import poise_exporters


@pytest.fixture(autouse=True)
def installed() -> Any:
    registry.reset()
    yield
    registry.reset()


OURS = [spec.key for spec in poise_exporters()]


@pytest.mark.usefixtures("keras")
@conformance(*OURS, kind="exporter")
def test_conformance(check: Any) -> None:
    check()


def test_every_exporter_of_ours_has_an_entry_point_and_no_other_door() -> None:
    entered = [
        claim.key
        for claim in scan()
        if (claim.kind, claim.distribution) == ("exporter", "poise-workflows")
    ]

    assert entered == sorted(OURS)
    assert [key for key in poise.plugins_of("exporter") if key in OURS] == sorted(OURS)


def test_an_exporter_is_found_by_its_name_whoever_provides_it() -> None:
    theirs = attrs.evolve(poise_exporters()[0], key="theirs")
    registry.reset(registry_of(theirs))

    assert spec_of("theirs") == theirs
    with pytest.raises(ExportError, match=r"must be a format, got 'their'; did you mean 'theirs'"):
        spec_of("their")


def test_an_exporter_of_another_version_of_the_contract_is_refused() -> None:
    later = attrs.evolve(poise_exporters()[0], key="later", api=99)

    with pytest.raises(PluginError, match="written for api 99, and this poise-workflows has api"):
        registry_of(later).plugins_of("exporter")["later"]


def test_looking_at_exporters_imports_no_runtime() -> None:
    code = (
        "import sys, poise\n"
        "import poise_workflows.exporting.kind\n"
        "from poise_workflows.exporting import ExportError, ExporterSpec, Library, Subject\n"
        "[spec.summary for spec in poise.plugins_of('exporter').values()]\n"
        "heavy = {'keras', 'tensorflow', 'onnx', 'onnxruntime', 'tf2onnx', 'h5py', 'sleap_io'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


def test_exporters_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "exporters", "--json"]) == 0

    rows = {row["key"]: row for row in json.loads(capsys.readouterr().out)}
    assert set(OURS) <= set(rows)
    assert {row["kind"] for row in rows.values()} == {"exporter"}
    assert rows["onnx"]["state"] == "ok"


def test_an_exporter_is_shown_with_its_summary(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "onnx", "--json"]) == 0

    page = json.loads(capsys.readouterr().out)
    (spec,) = [spec for spec in poise_exporters() if spec.key == "onnx"]
    assert page["summary"] == spec.summary


def test_a_broken_exporter_does_not_take_the_others_with_it() -> None:
    def fails() -> Any:
        raise RuntimeError("no license")

    good = poise_exporters()[0]
    broken = attrs.evolve(good, key="broken", run=lambda place, images: fails())
    registry.reset(registry_of(good, broken))

    assert spec_of("onnx") == good
    with pytest.raises(PluginError, match="run of exporter 'broken' failed: RuntimeError: no lice"):
        spec_of("broken").run(Path(), None)


@pytest.mark.usefixtures("keras")
def test_a_new_exporter_passes_its_tests_as_written(tmp_path: Path) -> None:
    distribution = plan("exporter", "my_format", into=tmp_path)
    distribution.write()
    file = distribution.folder / distribution.module
    module_spec = importlib.util.spec_from_file_location("poise_my_format", file)
    assert module_spec is not None
    assert module_spec.loader is not None
    module = importlib.util.module_from_spec(module_spec)
    module_spec.loader.exec_module(module)

    outcomes = [
        case.outcome()
        for case in cases("my_format", kind="exporter", registry=Registry(plugins=[module]))
    ]

    assert [outcome.message for outcome in outcomes if outcome.status == "broken"] == []
    assert sum(outcome.status == "kept" for outcome in outcomes) > 6


def test_a_new_exporter_declares_what_it_needs(tmp_path: Path) -> None:
    files = plan("exporter", "my_format", into=tmp_path).files

    assert 'dependencies = ["poise>=0.1", "poise-workflows>=0.1"]' in files["pyproject.toml"]
    assert '[project.entry-points."poise.exporters"]' in files["pyproject.toml"]


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize(
    ("changes", "promise", "found"),
    [
        (
            {"run": lambda place, images: {}},
            "what_it_writes_gives_the_numbers_of_the_model",
            "must return dot_0",
        ),
        (
            {"write": lambda subject, place: None},
            "what_it_writes_gives_the_numbers_of_the_model",
            "run of exporter",
        ),
    ],
)
def test_a_check_finds_an_exporter_that_breaks_its_promise(
    changes: dict[str, Any], promise: str, found: str
) -> None:
    (ours,) = [spec for spec in poise_exporters() if spec.key == "saved_model"]
    theirs: ExporterSpec = attrs.evolve(ours, key="theirs", **changes)
    outcomes = {
        case.check.name: case.outcome()
        for case in cases("theirs", kind="exporter", registry=registry_of(theirs))
    }

    assert outcomes[promise].status == "broken"
    assert found in outcomes[promise].message
