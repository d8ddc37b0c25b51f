"""All that a run needs to go on: weights, optimizer, counters, log; in one file, written whole."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import attrs
import numpy as np

from poise.errors import Fault
from poise.files import open_file
from poise.messages import counted, described
from poise.writing.whole_files import whole_file
from poise_workflows.training.errors import RunError

_FACTS = "facts"


@attrs.frozen(kw_only=True)
class State:
    """A run after an epoch.

    Attributes:
        epochs: how many are done.
        counters: of the callbacks, by name.
        log: what was logged of each epoch.
        ended: why no further epoch follows; empty if one does.
    """

    epochs: int
    counters: Mapping[str, Mapping[str, Any]]
    log: tuple[Mapping[str, float], ...]
    ended: str = ""


def write_state(path: Path, model: Any, state: State) -> None:
    """Write a state with the weights and the optimizer of a model.

    Raises:
        OSError: the disk does not take it; the former state stands.
    """
    facts = json.dumps(attrs.asdict(state)).encode()
    arrays = {name: _numpy(variable) for name, variable in _variables(model)}
    path.parent.mkdir(exist_ok=True)
    arrays[_FACTS] = np.frombuffer(facts, np.uint8)
    with whole_file(path) as stream:
        np.savez(stream, allow_pickle=False, **arrays)


def read_facts(path: Path) -> State:
    """The state of a file, without its weights.

    Raises:
        RunError: the file is damaged.
    """
    with _opened(path) as arrays:
        facts = json.loads(arrays[_FACTS].tobytes())
        return State(**{**facts, "log": tuple(facts["log"])})


def fill_from(path: Path, model: Any) -> None:
    """Give a model the weights and the optimizer of a state.

    Raises:
        RunError: the file is damaged, or of another network.
    """
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    with _opened(path) as arrays:
        variables = dict(_variables(model))
        stored = set(arrays.files) - {_FACTS}
        if stored != set(variables):
            what = f"must be of this network, got {counted(len(stored), 'variable')} instead of "
            raise RunError([Fault(f"{what}{len(variables)}; train into another folder", str(path))])
        for name, variable in variables.items():
            variable.assign(arrays[name])


def _variables(model: Any) -> Iterator[tuple[str, Any]]:
    for index, variable in enumerate(model.variables):
        yield f"model_{index:05}", variable
    for index, variable in enumerate(model.optimizer.variables):
        yield f"optimizer_{index:05}", variable


def _numpy(variable: Any) -> Any:
    import keras

    return keras.ops.convert_to_numpy(variable)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The arrays of a file; whatever is wrong with it is one kind of error."""
    try:
        with open_file(path) as stream, np.load(stream, allow_pickle=False) as arrays:
            yield arrays
    except RunError:
        raise
    except (OSError, ValueError, KeyError, EOFError, BadZipFile, TypeError) as error:
        what = f"must be the state of a run, got {described(error)}"
        raise RunError([Fault(f"{what}; train into another folder", str(path))]) from None
