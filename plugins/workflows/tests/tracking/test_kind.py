"""Trackers are plugins: Poise's enter by the door that is open to everyone."""

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
from poise import PluginError, Registry, UnknownKeyError, hookimpl, registry
from poise.cli import main
from poise.cli.new.distribution import plan
from poise.registry.discovery import scan
from poise.testing import cases, conformance, registry_of
from poise_workflows.prediction.options import OptionsError
from poise_workflows.tracking import TrackerSpec
from poise_workflows.tracking.plugin import poise_trackers
from poise_workflows.tracking.tracker_names import spec_of


@pytest.fixture(autouse=True)
def installed() -> Any:
    registry.reset()
    yield
    registry.reset()


OURS = [spec.key for spec in poise_trackers()]


@conformance(*OURS, kind="tracker")
def test_conformance(check: Any, request: pytest.FixtureRequest) -> None:
    if "[flow" in request.node.name:
        pytest.importorskip("cv2", reason="optical flow needs OpenCV, of poise-workflows[flow]")
    check()


def test_every_tracker_of_ours_has_an_entry_point_and_no_other_door() -> None:
    entered = [
        claim.key
        for claim in scan()
        if (claim.kind, claim.distribution) == ("tracker", "poise-workflows")
    ]

    assert entered == sorted(OURS)
    assert [key for key in poise.plugins_of("tracker") if key in OURS] == sorted(OURS)


def test_a_tracker_is_found_by_its_name_whoever_provides_it() -> None:
    theirs = attrs.evolve(poise_trackers()[0], key="theirs")
    registry.reset(registry_of(theirs))

    assert spec_of("theirs") == theirs
    with pytest.raises(
        OptionsError, match=r"must be a tracker, got 'their'; did you mean 'theirs'\?"
    ):
        spec_of("their")
    with pytest.raises(UnknownKeyError, match="no tracker 'simple'"):
        poise.plugins_of("tracker")["simple"]


def test_a_plugin_object_may_have_a_tracker_beside_a_backbone() -> None:
    class Plugin:
        @staticmethod
        @hookimpl
        def poise_trackers() -> list[TrackerSpec]:
            return [attrs.evolve(poise_trackers()[0], key="beside")]

        @staticmethod
        @hookimpl
        def poise_backbones() -> list[Any]:
            return []

    assert list(Registry(plugins=[Plugin()]).plugins_of("tracker")) == ["beside"]


def test_a_tracker_of_another_version_of_the_contract_is_refused() -> None:
    later = attrs.evolve(poise_trackers()[0], key="later", api=99)

    with pytest.raises(PluginError, match="written for api 99, and this poise-workflows has api"):
        registry_of(later).plugins_of("tracker")["later"]


def test_looking_at_trackers_imports_no_keras() -> None:
    code = (
        "import sys, poise\n"
        "import poise_workflows.tracking.kind\n"
        "from poise_workflows.tracking import (\n"
        "    Setting, Sight, Sightings, Tracked, Tracker, TrackerSpec)\n"
        "[spec.config() for spec in poise.plugins_of('tracker').values()]\n"
        "print(sorted({'keras', 'h5py', 'sleap_io', 'cv2', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


def test_trackers_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "trackers", "--json"]) == 0

    rows = {row["key"]: row for row in json.loads(capsys.readouterr().out)}
    assert set(OURS) <= set(rows)
    assert {row["kind"] for row in rows.values()} == {"tracker"}
    assert rows["simple"]["state"] == "ok"


def test_a_tracker_is_shown_with_options_and_differences(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["show", "simple", "--json"]) == 0

    page = json.loads(capsys.readouterr().out)
    (spec,) = [spec for spec in poise_trackers() if spec.key == "simple"]
    assert page["summary"] == spec.summary
    assert [field["name"] for field in page["sections"][0]["fields"]] == [
        field.name for field in attrs.fields(spec.config)
    ]
    assert [each["name"] for each in page["differences"]] == [
        difference.name for difference in spec.differences
    ]
    assert page["examples"] == sorted(spec.examples)


def test_a_new_tracker_passes_its_tests_as_written(tmp_path: Path) -> None:
    distribution = plan("tracker", "my_tracker", into=tmp_path)
    distribution.write()
    file = distribution.folder / distribution.module
    module_spec = importlib.util.spec_from_file_location("poise_my_tracker", file)
    assert module_spec is not None
    assert module_spec.loader is not None
    module = importlib.util.module_from_spec(module_spec)
    module_spec.loader.exec_module(module)

    outcomes = [
        case.outcome()
        for case in cases("my_tracker", kind="tracker", registry=Registry(plugins=[module]))
    ]

    assert [outcome.message for outcome in outcomes if outcome.status == "broken"] == []
    assert sum(outcome.status == "kept" for outcome in outcomes) > 20


def test_a_new_tracker_declares_what_it_needs(tmp_path: Path) -> None:
    files = plan("tracker", "my_tracker", into=tmp_path).files

    assert 'dependencies = ["poise>=0.1", "poise-workflows>=0.1"]' in files["pyproject.toml"]
    assert '[project.entry-points."poise.trackers"]' in files["pyproject.toml"]
    assert "KERAS_BACKEND" not in files["tox.ini"]
