"""Which runtime predicts, if the user leaves that to Poise.

The runtimes are made up: their network gives the channels of its image, as the one of Keras does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import poise
import poise_workflows
from poise import registry
from poise.cli import main
from poise.testing import registry_of
from poise_workflows.exporting import ExportError, ExporterSpec, Library
from poise_workflows.journal.reading import journal_of, read_journal
from poise_workflows.pipelines import cached_exports
from poise_workflows.pipelines.networks import Network
from poise_workflows.prediction.fastest import GAIN, Trial, _fastest
from poise_workflows.progress import showing

SLOW = 0.02
"""Seconds that Keras takes longer than the made-up runtimes, which take none."""


class Session:
    """The network in NumPy."""

    def __init__(self, seconds: float = 0.0, error: float = 0.0) -> None:
        self._seconds, self._error = seconds, error

    def run(self, images: Any) -> dict[str, Any]:
        time.sleep(self._seconds)
        return {"cells": np.repeat(images, 2, axis=-1) * (1 + self._error)}


def write(subject: Any, place: Path) -> None:
    (place / "network").write_text("the image, twice")


def runtime(key: str = "twin", library: str = "numpy", **of_session: float) -> ExporterSpec:
    def open_export(place: Path, device: str) -> Session:
        if device.startswith("gpu"):
            raise ExportError([poise.Fault(f"must be the processor, got {device}", "device")])
        return Session(**of_session)

    return ExporterSpec(
        key=key,
        write=write,
        run=lambda place, images: Session().run(images),
        runtime=Library(library, f"pip install {library}"),
        open=open_export,
    )


@pytest.fixture
def with_runtimes(
    made_up: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., None]]:
    """``with_runtimes(*specs)`` installs runtimes, for which exports are made in this process."""
    networks = [poise.backbones["plain"], poise.heads["cells"]]

    def export_of(spec: ExporterSpec, member: Any, *, again: bool = True) -> Path:
        place = tmp_path / f"{member.path.name}.{spec.key}"
        if not place.exists():
            poise_workflows.export(member.path, place, format=spec.key)
        return place

    monkeypatch.setattr("poise_workflows.pipelines.exports.export_of", export_of)
    yield lambda *specs: registry.reset(registry_of(*networks, *specs))
    registry.reset()


@pytest.fixture
def slow_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    call = Network.__call__

    def slow(self: Network, images: Any) -> Any:
        time.sleep(SLOW)
        return call(self, images)

    monkeypatch.setattr(Network, "__call__", slow)


def trials_of(result: Any) -> Mapping[str, Any]:
    return {trial["runtime"]: trial for trial in result.report["runtime"]["trials"]}


def predict(source: Path, model: Path, **options: Any) -> Any:
    options = {"runtime": "auto", "batch_size": 2, **options}
    (result,) = poise_workflows.predict(source, model, progress="none", **options)
    return result


@pytest.mark.usefixtures("slow_keras")
def test_the_fastest_runtime_is_taken_and_recorded(
    with_runtimes: Any, frames: Any, model: Path, poses: Any
) -> None:
    with_runtimes(runtime())
    folder = frames()
    expected = predict(folder, model, runtime="keras", output=folder.with_name("keras.slp"))

    result = predict(folder, model)

    assert result.report["runtime"]["runtime"] == "twin"
    trials = trials_of(result)
    assert trials["twin"]["seconds"] < trials["keras"]["seconds"]
    assert trials["twin"]["difference"] < 1e-6
    assert "numpy" in trials["twin"]["title"]
    options = read_journal(journal_of(result.output)).description["options"]
    assert options["runtime"] == "twin"
    assert poses(result.output)["points"] == poses(expected.output)["points"]


def test_a_slower_runtime_than_keras_is_not_taken(
    with_runtimes: Any, frames: Any, model: Path
) -> None:
    with_runtimes(runtime(seconds=0.2))

    result = predict(frames(), model)

    assert result.report["runtime"]["runtime"] == "keras"
    assert trials_of(result)["twin"]["refused"] == ""
    # As in journals of versions that had one runtime.
    assert "runtime" not in read_journal(journal_of(result.output)).description["options"]


@pytest.mark.usefixtures("slow_keras")
def test_a_runtime_that_does_not_agree_is_left_out_with_its_difference(
    with_runtimes: Any, frames: Any, model: Path
) -> None:
    with_runtimes(runtime(error=0.01), runtime("other", seconds=0.001))

    result = predict(frames(), model)

    assert result.report["runtime"]["runtime"] == "other"
    refused = trials_of(result)["twin"]
    assert refused["refused"] == "differs from Keras by 0.01 of the largest cells"
    assert refused["seconds"] is None


def test_a_runtime_that_is_not_installed_is_named_with_what_installs_it(
    with_runtimes: Any, frames: Any, model: Path
) -> None:
    with_runtimes(runtime(library="nonsuch"))

    result = predict(frames(), model)

    assert result.report["runtime"]["runtime"] == "keras"
    assert trials_of(result)["twin"]["refused"] == "is not installed (pip install nonsuch)"
    with pytest.raises(poise_workflows.ModelsError, match="must have nonsuch to run exports"):
        poise_workflows.load(model, runtime="twin")


def test_a_runtime_without_the_device_says_so(with_runtimes: Any, frames: Any, model: Path) -> None:
    with_runtimes(runtime())

    with pytest.raises(poise_workflows.OptionsError, match="must be the processor, got gpu:0"):
        predict(frames(), model, runtime="twin", device="gpu:0")


def test_the_command_says_which_runtime_it_takes_and_why(
    with_runtimes: Any,
    slow_keras: None,
    frames: Any,
    model: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with_runtimes(runtime(), runtime("absent", library="nonsuch"))
    words = ["predict", str(frames()), "-m", str(model), "--runtime", "auto"]

    assert main([*words, "--progress", "none"]) == 0

    (line,) = [line for line in capsys.readouterr().out.splitlines() if "runtime" in line]
    assert line.startswith("note    runtime: twin; 4 frames took keras ")
    assert line.endswith("absent is not installed (pip install nonsuch)")


class Interrupting(showing.Throttled):
    """Interrupts the run after its second step, as Ctrl-C does."""

    def __init__(self) -> None:
        super().__init__(lambda event: None, 0)
        self.left = 2

    def __call__(self, event: Any) -> None:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


@pytest.mark.usefixtures("slow_keras")
def test_a_run_that_goes_on_keeps_the_runtime_with_which_it_began(
    with_runtimes: Any, frames: Any, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_runtimes(runtime())
    folder = frames()
    with monkeypatch.context() as patch:
        patch.setattr("poise_workflows.prediction.calls.shown", lambda kind: Interrupting())
        with pytest.raises(KeyboardInterrupt):
            predict(folder, model)
    with_runtimes(runtime(seconds=0.2))

    result = predict(folder, model)

    assert not result.was_finished
    assert result.report["frames"] == 7
    assert result.report["runtime"] == {"runtime": "twin", "trials": [], "batch": 0}
    assert predict(folder, model).was_finished


@pytest.mark.usefixtures("slow_keras")
def test_a_run_that_begins_anew_may_take_another_runtime(
    with_runtimes: Any, frames: Any, model: Path
) -> None:
    with_runtimes(runtime())
    folder = frames()
    assert predict(folder, model).report["runtime"]["runtime"] == "twin"
    with_runtimes(runtime(seconds=0.2))

    result = predict(folder, model, overwrite=True)

    assert result.report["runtime"]["runtime"] == "keras"


def test_exports_need_no_keras_and_the_fastest_runtime_that_takes_them_is_chosen(
    with_runtimes: Any, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = attrs.evolve(runtime("reader"), reads=("twin",))
    with_runtimes(runtime(seconds=SLOW), reader, runtime("stranger"))
    export = poise_workflows.export(model, tmp_path / "export", format="twin").folder
    monkeypatch.setattr("poise_workflows.prediction.fastest.read_models", None)

    predictor = poise_workflows.load(export, runtime="auto")

    assert predictor.options.runtime == "reader"
    assert predictor.choice is not None
    by_name = {trial.runtime: trial for trial in predictor.choice.trials}
    assert by_name["twin"].seconds is not None
    assert "must be an export of the format stranger" in by_name["stranger"].refused


def test_what_no_runtime_is_called_is_refused_with_those_that_there_are(
    with_runtimes: Any, model: Path
) -> None:
    with_runtimes(runtime())

    with pytest.raises(
        poise_workflows.OptionsError, match="must be one of keras, auto, twin, got 'onx' @ runtime"
    ):
        poise_workflows.load(model, runtime="onx")


@given(
    seconds=st.dictionaries(st.sampled_from("abcdef"), st.floats(1e-4, 10.0)),
    keras=st.floats(1e-4, 10.0),
)
def test_no_runtime_is_taken_that_is_not_worth_it(seconds: dict[str, float], keras: float) -> None:
    times = {"keras": keras, **seconds}
    trials = {name: Trial(runtime=name, seconds=value) for name, value in times.items()}

    chosen = _fastest(trials, "keras")

    if chosen == "keras":
        assert all(value > GAIN * keras for value in seconds.values())
    else:
        assert times[chosen] == min(times.values()) <= GAIN * keras


def test_an_export_that_could_not_be_made_is_not_tried_again_by_auto(
    made_up: None, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other process does not have the made-up network, so that it refuses the model."""
    from poise_workflows.pipelines.members import read_member

    networks = [poise.backbones["plain"], poise.heads["cells"]]
    spec = attrs.evolve(runtime("onnx"), needs=())
    registry.reset(registry_of(*networks, spec))
    member = read_member(model)
    with pytest.raises(poise_workflows.ModelsError) as first:
        cached_exports.export_of(spec, member, tmp_path)
    monkeypatch.setattr(cached_exports.subprocess, "run", None)

    with pytest.raises(poise_workflows.ModelsError) as second:
        cached_exports.export_of(spec, member, tmp_path, again=False)

    assert str(second.value) == str(first.value)
    assert f"must be a model that can be exported as onnx, got {model}" in str(first.value)
