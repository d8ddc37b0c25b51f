"""The collector rests while a program imports its libraries."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest

from poise.processes.garbage import collector_at_rest


@pytest.fixture(autouse=True)
def _unfrozen() -> Iterator[None]:
    """Whatever a test sets apart belongs to all later tests again."""
    yield
    gc.unfreeze()
    gc.enable()


def test_nothing_is_collected_meanwhile() -> None:
    with collector_at_rest():
        assert not gc.isenabled()

    assert gc.isenabled()


def test_what_came_into_being_is_never_looked_at_again() -> None:
    with collector_at_rest():
        objects = [[] for _ in range(1000)]  # type: ignore[var-annotated]

    tracked = {id(thing) for thing in gc.get_objects()}
    assert not any(id(thing) in tracked for thing in objects)


def test_a_failure_sets_nothing_apart_and_leaves_the_collector_on() -> None:
    before = gc.get_freeze_count()

    with pytest.raises(ImportError), collector_at_rest():
        raise ImportError

    assert gc.isenabled()
    assert gc.get_freeze_count() == before


def test_a_collector_that_the_user_has_turned_off_stays_off() -> None:
    gc.disable()

    with collector_at_rest():
        pass

    assert not gc.isenabled()


def test_a_command_imports_keras_while_the_collector_rests() -> None:
    code = """
import gc, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "keras":
            print("collects", gc.isenabled())
            raise ImportError(name)

sys.meta_path.insert(0, Finder())
from poise.cli._shared import import_keras
from poise.errors import PoiseError

try:
    import_keras()
except PoiseError:
    print("collects", gc.isenabled())
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.splitlines() == ["collects False", "collects True"]
