"""Labels from a path, or from memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from poise.messages import argument, described
from poise_workflows.evaluation.errors import refused
from poise_workflows.frames.label_files import SUFFIXES, readable_labels
from poise_workflows.frames.slp_labels import load_other_labels
from poise_workflows.frames.sources import SourceError


@contextmanager
def opened(source: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The labels of a path, or the labels that a program has already.

    Args:
        source: a path, or a ``sleap_io.Labels``.
        name: of the argument, for messages.

    Yields:
        The path as text, empty for labels in memory; and the ``sleap_io.Labels``.

    Raises:
        SourceError: the file cannot be read.
        EvaluationError: it is neither a file nor labels.
    """
    import sleap_io

    if isinstance(source, sleap_io.Labels):
        yield "", source
    elif not isinstance(source, str | os.PathLike):
        what = f"must be a path or a sleap_io.Labels, got {type(source).__name__}"
        raise refused(what, name)
    else:
        path = Path(source)
        if not path.is_file():
            got = f"{path}, which is a folder" if path.is_dir() else f"{path}, which is not there"
            model = argument("models", value=repr(str(path)), option_value=str(path))
            fix = f"; a model is named by {model}" if path.is_dir() and name == "predicted" else ""
            raise refused(f"must be a file of labels, got {got}{fix}", name)
        if path.suffix in SUFFIXES:
            with readable_labels(path) as (_, labels):
                yield str(path), labels
        else:
            yield str(path), _others(path, name)


def _others(path: Path, name: str) -> Any:
    """The labels of another program."""
    try:
        return load_other_labels(path)
    except SourceError:
        raise
    except Exception as error:  # noqa: BLE001  # sleap-io raises errors of many classes
        what = f"must be a .slp file or labels that sleap-io reads, got {path.name}"
        raise refused(f"{what} ({described(error)})", name) from None
