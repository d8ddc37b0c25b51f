"""Options of a training: none is ignored, and all faults come at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest

from poise_workflows.training.errors import TrainingError
from poise_workflows.training.options import Options, options_of


def test_options_that_are_right_are_taken_as_they_are() -> None:
    options = options_of({"validation": 0.2, "test": "held.slp", "start": "runs/a", "seed": 3})

    assert options == Options(validation=0.2, test=Path("held.slp"), start=Path("runs/a"), seed=3)
    assert options_of({"validation": "held.slp"}).validation == Path("held.slp")
    assert options_of({}) == Options()


WRONG: list[tuple[str, Any]] = [
    *(("validation", value) for value in (0, 1, 1.5, -0.1, float("nan"), True, [])),
    *(("test", value) for value in (0.5, True, [])),
    *(("start", value) for value in (0.5, [])),
    *(("split", value) for value in ("frames", None, [])),
    *(("seed", value) for value in (-1, 0.5, "0", True)),
    *(("devices", value) for value in (0, 1.5, True)),
    *(("precision", value) for value in ("float8", None)),
    *(("clip_norm", value) for value in (0, -1, float("nan"), "1")),
    *(("cache", value) for value in ("ram", None)),
    *(("device", value) for value in (0, None)),
    *((name, value) for name in ("tensorboard", "sleap_files") for value in (1, None, "yes")),
    *(("map", value) for value in (1, "/mnt/a=/data/a", ["/mnt/a"])),
    *(("video_paths", value) for value in ([1], "folder", None)),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_value_out_of_its_domain_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(TrainingError) as error:
        options_of({name: value})

    (fault,) = error.value.faults
    assert fault.path == name
    assert ", got " in fault.what


def test_each_option_has_a_rule() -> None:
    assert {name for name, _ in WRONG} == set(attrs.fields_dict(Options))


def test_an_unknown_option_is_refused_and_the_nearest_named() -> None:
    with pytest.raises(TrainingError, match="must be an option, got 'sed'; did you mean 'seed'"):
        options_of({"sed": 1})


def test_all_faults_come_at_once() -> None:
    with pytest.raises(TrainingError) as error:
        options_of({"seed": -1, "split": "frames", "devices": 0})

    assert {fault.path for fault in error.value.faults} == {"seed", "split", "devices"}
