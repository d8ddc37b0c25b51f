"""An exporter for each way to break a promise of exporters, each caught by exactly one check.

Each of them is the sound exporter at the top with one thing wrong. Promises that exporters share
with other plugins are also broken in the core's tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import attrs
import numpy as np
import pytest

from poise.testing import cases, every_check, registry_of
from poise_workflows.exporting import ExporterSpec, Library, Subject

FILE = "model.keras"


def write(subject: Subject, place: Path) -> Mapping[str, Any]:
    """Write the model as a file of Keras."""
    subject.model.save(place / FILE)
    return {"file": FILE}


def run(place: Path, images: Any) -> dict[str, Any]:
    """Run the file."""
    import keras

    model: Any = keras.saving.load_model(place / FILE, compile=False)
    return {name: np.asarray(array) for name, array in model.predict_on_batch(images).items()}


class Session:
    """A file that is loaded once."""

    def __init__(self, place: Path, factor: float = 1.0) -> None:
        import keras

        self._model: Any = keras.saving.load_model(place / FILE, compile=False)
        self._factor = factor

    def run(self, images: Any) -> dict[str, Any]:
        outputs = self._model.predict_on_batch(images)
        return {name: np.asarray(array) * self._factor for name, array in outputs.items()}


SOUND = ExporterSpec(
    key="sound",
    summary="A file of Keras",
    needs=(Library("keras", "pip install keras"),),
    write=write,
    run=run,
    runtime=Library("keras", "pip install keras"),
    open=lambda place, device: Session(place),
)


def changed(**changes: Any) -> ExporterSpec:
    return attrs.evolve(SOUND, **changes)


def other_numbers(place: Path, images: Any) -> dict[str, Any]:
    return {name: array * 1.001 for name, array in run(place, images).items()}


def other_names(place: Path, images: Any) -> dict[str, Any]:
    return {f"output_{index}": array for index, array in enumerate(run(place, images).values())}


def no_numbers(place: Path, images: Any) -> dict[str, Any]:
    return {name: np.full_like(array, np.nan) for name, array in run(place, images).items()}


def one_size(place: Path, images: Any) -> dict[str, Any]:
    if images.shape[1:3] != (16, 24):
        raise ValueError("images must have 16 × 24 pixels")
    return run(place, images)


def with_a_path(subject: Subject, place: Path) -> Mapping[str, Any]:
    (place / "where").write_text(str(place))
    return write(subject, place)


def from_that_path(place: Path, images: Any) -> dict[str, Any]:
    return run(Path((place / "where").read_text()), images)


def with_a_file_beside(subject: Subject, place: Path) -> Mapping[str, Any]:
    place.with_name("notes.txt").write_text("beside")
    return write(subject, place)


def with_a_file_here(subject: Subject, place: Path) -> Mapping[str, Any]:
    Path("notes.txt").write_text("in the working folder")
    return write(subject, place)


def elsewhere(subject: Subject, place: Path) -> Mapping[str, Any]:
    folder = Path(mkdtemp())
    PLACES[place] = folder
    return write(subject, folder)


PLACES: dict[Path, Path] = {}


def from_elsewhere(place: Path, images: Any) -> dict[str, Any]:
    return run(next(reversed(PLACES.values())), images)


def with_facts(facts: Any) -> Any:
    def write_with_facts(subject: Subject, place: Path) -> Any:
        write(subject, place)
        return facts

    return write_with_facts


EVERY: list[tuple[str, ExporterSpec, str]] = [
    (
        "its_libraries_are_named_with_what_installs_them",
        changed(needs=(Library("keras-nightly", "pip install keras-nightly"),)),
        "needs must name modules, got 'keras-nightly'",
    ),
    (
        "its_libraries_are_named_with_what_installs_them",
        changed(needs=(Library("keras", " "),)),
        "keras must say what installs it",
    ),
    (
        "what_it_writes_gives_the_numbers_of_the_model",
        changed(run=other_numbers),
        "(0.001 of the largest",
    ),
    (
        "what_it_writes_gives_the_numbers_of_the_model",
        changed(run=other_names),
        "must return dot_0, dot_1, dot_2, got output_0, output_1, output_2",
    ),
    (
        "what_it_writes_gives_the_numbers_of_the_model",
        changed(run=no_numbers),
        "got inf",
    ),
    (
        "what_it_opens_gives_the_numbers_of_the_model",
        changed(open=lambda place, device: Session(place, 1.001)),
        "(0.001 of the largest",
    ),
    (
        "what_it_opens_gives_the_numbers_of_the_model",
        changed(runtime=None),
        "must have a runtime, the library that open needs",
    ),
    (
        "it_takes_images_of_any_size_and_number",
        changed(run=one_size),
        "images must have 16 × 24 pixels",
    ),
    (
        "what_it_writes_runs_where_it_is_moved_to",
        changed(write=with_a_path, run=from_that_path),
        "run of exporter 'sound' failed",
    ),
    (
        "it_writes_into_its_folder_alone",
        changed(write=with_a_file_beside),
        "beside its folder it wrote ['notes.txt']",
    ),
    (
        "it_writes_into_its_folder_alone",
        changed(write=with_a_file_here),
        "into the working folder it wrote ['notes.txt']",
    ),
    (
        "it_writes_into_its_folder_alone",
        changed(write=elsewhere, run=from_elsewhere, open=None, runtime=None),
        "it wrote no file",
    ),
    (
        "its_facts_are_json",
        changed(write=with_facts({"opset": np.int64(18)})),
        "write returned what JSON cannot have",
    ),
    (
        "its_facts_are_json",
        changed(write=with_facts({"shape": (1, 2)})),
        "which is no JSON",
    ),
]


def broken_promises(spec: ExporterSpec) -> dict[str, str]:
    outcomes = {
        case.check.name: case.outcome()
        for case in cases(spec.key, kind="exporter", registry=registry_of(spec))
    }
    return {
        name: outcome.message for name, outcome in outcomes.items() if outcome.status == "broken"
    }


@pytest.mark.usefixtures("keras")
def test_a_sound_exporter_keeps_every_promise() -> None:
    assert broken_promises(SOUND) == {}


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize(
    ("promise", "spec", "found"), EVERY, ids=[f"{name}-{text[:20]}" for name, _, text in EVERY]
)
def test_it_is_caught_by_exactly_one_check(
    promise: str,
    spec: ExporterSpec,
    found: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)  # one of them writes there
    broken = broken_promises(spec)

    assert set(broken) == {promise}
    assert found in broken[promise]


def test_every_check_of_exporters_has_a_broken_one() -> None:
    own = {check.name for check in every_check("exporter") if check.kinds == ("exporter",)}

    assert {promise for promise, _, _ in EVERY} == own
