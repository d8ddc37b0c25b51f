"""From similarities to candidates to similarities to tracks."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

from poise_workflows.tracking.contract import Floats, Integers


@attrs.frozen(eq=False)
class Columns:
    """The tracks of candidates, in the order in which they first appear.

    Attributes:
        tracks: ``(K,)``.
        order: ``(C,)``: the candidates, track by track.
        starts: ``(K,)``: where each track's candidates begin in ``order``.
    """

    tracks: Integers
    order: npt.NDArray[np.intp]
    starts: npt.NDArray[np.intp]


def columns_of(tracks: Integers) -> Columns:
    """The columns of candidates of these tracks, ``(C,)``."""
    listed = tracks.tolist()
    columns = {track: column for column, track in enumerate(dict.fromkeys(listed))}
    column = np.array([columns[track] for track in listed], np.intp)
    counts = np.bincount(column, minlength=len(columns))
    order = np.argsort(column, kind="stable")
    return Columns(np.array(list(columns), np.int64), order, np.cumsum(counts) - counts)


def greatest(values: Floats, columns: Columns, *, leave_out_nan: bool) -> Floats:
    """The greatest value of each track, ``(I, K)``, of values ``(I, C)``."""
    function = np.fmax if leave_out_nan else np.maximum
    result: Floats = function.reduceat(values[:, columns.order], columns.starts, axis=1)
    return result


def quantile(values: Floats, columns: Columns, part: float, *, leave_out_nan: bool) -> Floats:
    """A quantile of the values of each track, ``(I, K)``, with linear interpolation."""
    pieces = np.split(values[:, columns.order], columns.starts[1:], axis=1)
    return np.stack([_quantile(piece, part, leave_out_nan) for piece in pieces], axis=1)


def _quantile(values: Floats, part: float, leave_out_nan: bool) -> Floats:
    if leave_out_nan and np.isnan(values).any():
        rows = (row[~np.isnan(row)] for row in values)
        return np.array([np.quantile(row, part) if len(row) else np.nan for row in rows])
    result: Floats = np.quantile(values, part, axis=1)
    return result
