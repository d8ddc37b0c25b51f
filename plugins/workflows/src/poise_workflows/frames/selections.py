"""A selection: the frames that a workflow reads of one path, in order."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import Any

import attrs

from poise_workflows.frames.sources import Frame, Source

Run = tuple[int, Sequence[int]]
"""The index of a source, and numbers of frames that are read from it one after the other."""


@attrs.frozen(eq=False, kw_only=True)
class Selection:
    """Frames of the sources that one path leads to; they become one result.

    A video, an image or a folder of images has one source. A label file has one for each of its
    videos that has a frame in the selection.

    Attributes:
        path: as the user gave it; of a folder of videos or of a list, the path in it.
        sources: where the frames are.
        runs: which frames, in the order in which they are read.
        sizes: height and width of the sources, and of further videos of a label file.
        labels: the ``sleap_io.Labels`` of a label file; else ``None``.
        output: where the result goes, if a list says so.
        notes: what Poise skipped on the way to this path, a sentence each.
    """

    path: Path
    sources: tuple[Source, ...]
    runs: tuple[Run, ...]
    sizes: tuple[tuple[int, int], ...]
    labels: Any = None
    output: Path | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        """How many frames are read."""
        return sum(len(numbers) for _, numbers in self.runs)

    @property
    def largest(self) -> tuple[int, int]:
        """The largest height and the largest width; SLEAP pads all frames to these."""
        heights, widths = zip(*self.sizes, strict=True)
        return max(heights), max(widths)

    def read(self, start: int = 0) -> Generator[tuple[int, Frame], None, None]:
        """Read the frames in order, with the index of the source of each.

        Closing the generator closes the file.

        Args:
            start: how many frames to leave out, for a run that goes on.
        """
        for index, numbers in self._runs_from(start):
            with closing(self.sources[index].read(numbers)) as frames:
                for frame in frames:
                    yield index, frame

    def _runs_from(self, start: int) -> Iterator[Run]:
        for index, numbers in self.runs:
            if start < len(numbers):
                yield index, numbers[start:]
            start = max(0, start - len(numbers))


def select_all(source: Source, numbers: Sequence[int], **fields: Any) -> Selection:
    """A selection of one source."""
    return Selection(
        path=source.path,
        sources=(source,),
        runs=((0, numbers),),
        sizes=((source.height, source.width),),
        **fields,
    )


def runs_of(entries: Iterable[tuple[int, int]]) -> tuple[Run, ...]:
    """Frames, as pairs of source and number, as runs that are read from one source each."""
    grouped = groupby(entries, key=lambda entry: entry[0])
    return tuple((index, [number for _, number in run]) for index, run in grouped)
