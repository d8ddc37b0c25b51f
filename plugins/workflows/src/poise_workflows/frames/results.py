"""The video that a result refers to, as sleap-io writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from poise_workflows.frames.sources import Source


def result_video(
    source: Source, backend: str, stored: Mapping[str, Any], filename: Any = None
) -> Any:
    """A ``sleap_io.Video`` of a source, without opening its file.

    Args:
        source: the source.
        backend: the class of sleap-io that reads it.
        stored: what sleap-io stores of this kind of video besides its shape.
        filename: the file, or a list of files; by default, the source's path as the user gave it.
    """
    import sleap_io

    shape = source.count, source.height, source.width, source.channels
    metadata = {"type": backend, "shape": shape, "grayscale": source.channels == 1, **stored}
    return sleap_io.Video(
        filename=filename or str(source.path),
        backend=None,
        backend_metadata=metadata,
        open_backend=False,
    )
