"""Files of metrics: JSON for people, npz with all arrays. Neither can run code."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from poise.errors import Fault
from poise.files import open_file, read_text_of
from poise.messages import described, first_line
from poise.writing.whole_files import whole_file, write_text
from poise_workflows.evaluation.errors import EvaluationError, UnwritableMetricsError
from poise_workflows.evaluation.results import Evaluation

SUFFIXES = (".json", ".npz")

LARGEST = 2**30
"""Most bytes that the arrays of a file may have: those of ten million parts take a fifth."""

CONVERT = (
    "import sys, numpy; "
    "numpy.savez(sys.argv[2], **numpy.load(sys.argv[1], allow_pickle=True)['metrics'].item())"
)
"""Program that makes a plain npz of SLEAP's. It can run whatever the pickle inside says."""


def write_metrics(evaluation: Evaluation, path: Path) -> None:
    """Write metrics as the ending of the name says; the file appears when it is whole.

    Raises:
        UnwritableMetricsError: it cannot be written. An existing file stays unchanged.
    """
    try:
        if path.suffix == ".json":
            write_text(path, f"{json.dumps(evaluation.to_json(), indent=2)}\n")
        else:
            arrays: Any = {name: np.asarray(each) for name, each in evaluation.to_dict().items()}
            with whole_file(path) as stream:
                np.savez(stream, **arrays)
    except OSError as error:
        reason = error.strerror or first_line(error)
        what = f"cannot be written: {reason}\n  fix: make room or name another output"
        raise UnwritableMetricsError([Fault(what, str(path))]) from None


def read_metrics(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read metrics by SLEAP's names.

    Args:
        path: a ``.json`` file, which has single figures, or a plain ``.npz`` file, which has
            arrays, too. ``poise evaluate`` writes both.

    Returns:
        Name → figure, NaN where there was nothing to measure, or NumPy array.

    Raises:
        EvaluationError: the file is not there, is damaged, or has a pickle inside, as those
            of SLEAP: reading it could run code. The message says how to convert it on a
            machine that trusts it.
    """
    place = Path(path)
    if place.suffix not in SUFFIXES:
        raise _refused(place, f"must end in .json or .npz, got {place.name}")
    if not place.is_file():
        got = "a folder" if place.is_dir() else "nothing of this name"
        raise _refused(place, f"must be a file of metrics, got {got}")
    return _read_json(place) if place.suffix == ".json" else _read_npz(place)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        metrics = json.loads(read_text_of(path))["metrics"]
        return {name: _figure(each["value"]) for name, each in metrics.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        what = f"must be metrics that `poise evaluate` wrote, got {path.name} ({described(error)})"
        raise _refused(path, what) from None


def _figure(value: Any) -> float | int:
    if value is None:
        return float("nan")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise TypeError(f"a figure must be a number, got {type(value).__name__}")


def _read_npz(path: Path) -> dict[str, Any]:
    try:
        with open_file(path) as stream:
            with zipfile.ZipFile(stream) as archive:
                size = sum(member.file_size for member in archive.infolist())
            if size > LARGEST:
                raise _refused(path, f"must have at most {LARGEST} bytes of arrays, got {size}")
            stream.seek(0)
            with np.load(stream, allow_pickle=False) as archive:
                return {name: _array(archive, name, path) for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, NotImplementedError) as error:
        if isinstance(error, EvaluationError):
            raise
        what = f"must be a plain npz of metrics, got {path.name} ({described(error)})"
        raise _refused(path, what) from None


def _array(archive: Any, name: str, path: Path) -> Any:
    try:
        array = archive[name]
    except ValueError as error:
        if "allow_pickle" not in str(error):
            raise
        raise _refused(path, _pickled(name, path)) from None
    return array.item() if isinstance(array, np.ndarray) and array.ndim == 0 else array


def _pickled(name: str, path: Path) -> str:
    plain = path.with_suffix(".plain.npz")
    return (
        f"must be a plain npz of metrics, got {path.name}, whose {name!r} is a pickle, as SLEAP "
        "writes it; reading a pickle runs what is in it\n"
        "  fix: on a machine that trusts the file, type\n"
        f'  python -c "{CONVERT}" {path} {plain}'
    )


def _refused(path: Path, what: str) -> EvaluationError:
    return EvaluationError([Fault(what, str(path))])
