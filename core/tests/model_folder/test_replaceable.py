"""A model replaces another model when told to, and nothing that Poise did not write."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import poise
from poise import registry
from poise.model_folder import replaceable
from poise.testing.standins import DOT, POOLS, DotConfig, PoolsConfig, registry_of
from writers import ended, killed_at, names_in, started

pytestmark = pytest.mark.usefixtures("keras")
forking = pytest.mark.skipif(not hasattr(os, "fork"), reason="it copies this process")


@pytest.fixture(autouse=True)
def plugins() -> Iterator[None]:
    registry.reset(registry_of(POOLS, DOT))
    yield
    registry.reset()


def built(parts: int) -> Any:
    names = [f"part {index}" for index in range(parts)]
    config = poise.ModelConfig(backbone=PoolsConfig(max_stride=4), heads=DotConfig(output_stride=2))
    return poise.build(config, (16, 24, 1), poise.Skeleton(names))


@pytest.fixture
def new() -> Any:
    return built(3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return poise.save(built(2), tmp_path / "model")


def parts_of(folder: Path) -> int:
    """How many parts the model has that loads from a folder."""
    from poise.building.record import record_of

    record = record_of(poise.load(folder))
    assert record is not None
    assert record.skeleton is not None
    return len(record.skeleton.parts)


@pytest.mark.parametrize("name", ["labels.slp", ".hidden", "config.json.bak"])
def test_a_folder_with_something_that_poise_did_not_write_is_not_replaced(
    new: Any, folder: Path, name: str
) -> None:
    (folder / name).write_text("weeks of work")
    with pytest.raises(poise.BundleError, match=f"got also {name}, which Poise did not write"):
        poise.save(new, folder, overwrite=True)
    assert (folder / name).read_text() == "weeks of work"
    assert names_in(folder.parent) == ["model"]
    (folder / name).unlink()
    assert parts_of(folder) == 2


def test_a_folder_is_not_replaced_in_which_something_appears_meanwhile(
    new: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save_weights(path: Path, save: Any = new.save_weights) -> None:
        save(path)
        (folder / "notes.txt").write_text("weeks of work")

    monkeypatch.setattr(new, "save_weights", save_weights)
    with pytest.raises(poise.BundleError, match=r"got also notes\.txt"):
        poise.save(new, folder, overwrite=True)
    assert (folder / "notes.txt").read_text() == "weeks of work"
    assert parts_of(folder) == 2


@pytest.mark.parametrize("text", ['{"my": "settings"}', "[]", "no JSON", ""])
def test_a_poise_json_of_anybody_is_not_enough_to_be_replaced(
    new: Any, tmp_path: Path, text: str
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "poise.json").write_text(text)
    with pytest.raises(poise.BundleError, match="is not a model folder of Poise"):
        poise.save(new, project, overwrite=True)
    assert (project / "poise.json").read_text() == text
    assert names_in(tmp_path) == ["project"]


def test_a_link_or_a_folder_under_the_name_of_a_file_is_not_poises(
    new: Any, folder: Path, tmp_path: Path
) -> None:
    (folder / "job.json").mkdir()
    with pytest.raises(poise.BundleError, match=r"got also job\.json"):
        poise.save(new, folder, overwrite=True)


def test_the_working_folder_is_not_replaced(
    new: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    for name in (".", folder):
        with pytest.raises(poise.BundleError, match="must not be the working folder"):
            poise.save(new, name, overwrite=True)
    assert parts_of(folder) == 2
    assert names_in(folder.parent) == ["model"]


def test_an_empty_working_folder_is_filled_and_stays_the_working_folder(
    new: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model").mkdir()
    monkeypatch.chdir(tmp_path / "model")
    poise.save(new, ".")
    assert parts_of(Path()) == 3


@pytest.mark.parametrize("is_empty", [True, False])
def test_a_mount_point_is_refused_before_anything_is_touched(
    new: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, is_empty: bool
) -> None:
    place = folder
    if is_empty:
        place = folder.parent / "mounted"
        place.mkdir()
    monkeypatch.setattr(Path, "is_mount", lambda path: path == place)
    with pytest.raises(poise.BundleError, match="got a mount point; save to a folder inside"):
        poise.save(new, place, overwrite=True)
    assert parts_of(folder) == 2
    assert names_in(place) == ([] if is_empty else names_in(folder))


def test_the_keys_that_tell_a_poise_json_are_those_of_every_one(folder: Path) -> None:
    assert json.loads((folder / "poise.json").read_text()).keys() > replaceable.OF_POISE


@forking
def test_of_two_that_save_a_new_model_one_fails_and_says_why(tmp_path: Path) -> None:
    models, folder, start = (built(2), built(3)), tmp_path / "model", time.time() + 0.5

    def save(model: Any) -> None:
        time.sleep(max(0.0, start - time.time()))
        try:
            poise.save(model, folder)
        except poise.BundleError as error:
            assert "already holds a model" in str(error) or "meanwhile" in str(error)
            sys.stderr.flush()
            os._exit(4)

    savers = [started(lambda model=model: save(model)) for model in models]
    statuses = [ended(saver) for saver in savers]
    assert sorted(statuses) == [0, 4]
    assert parts_of(folder) == 2 + statuses.index(0)
    assert names_in(tmp_path) == ["model"]


STEPS = ("poise/writing/", "model_folder/saving", "model_folder/replaceable")


@forking
@pytest.mark.parametrize("stride", [23, pytest.param(1, marks=pytest.mark.slow)])
def test_killed_at_any_step_of_saving_the_former_or_the_new_model_loads(
    new: Any, folder: Path, stride: int
) -> None:
    former, seen = built(2), set()
    for step in count(1, stride):
        was_killed = killed_at(step, lambda: poise.save(new, folder, overwrite=True), *STEPS)
        seen.add(parts_of(folder))
        if not was_killed:
            break
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", poise.DraftWarning)
            poise.save(former, folder, overwrite=True)
        assert names_in(folder.parent) == ["model"]
    assert seen == {2, 3}


@forking
@pytest.mark.filterwarnings("ignore::poise.DraftWarning")
@pytest.mark.parametrize("moments", [8, pytest.param(200, marks=pytest.mark.slow)])
@pytest.mark.parametrize("savers", [1, 2])
def test_killed_at_random_moments_savers_leave_a_model_that_loads(
    new: Any, folder: Path, moments: int, savers: int
) -> None:
    def save_on(model: Any) -> None:
        while True:
            with suppress(poise.BundleError, OSError):
                poise.save(model, folder, overwrite=True)

    models, moment = (new, built(4)), random.Random(0)
    for _ in range(moments):
        processes = [started(lambda model=model: save_on(model)) for model in models[:savers]]
        for process in processes:
            time.sleep(moment.uniform(0.01, 0.1))
            os.kill(process, signal.SIGKILL)
            ended(process)
        assert parts_of(folder) in (2, 3, 4)
    poise.save(new, folder, overwrite=True)
    assert names_in(folder.parent) == ["model"]
