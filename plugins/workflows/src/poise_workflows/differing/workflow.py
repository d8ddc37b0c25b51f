"""``poise_workflows.diff``: what differs between two models, or what describes them."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence

import attrs

from poise import BuildError, ConfigError
from poise.errors import Fault
from poise.messages import argument_path, short_repr
from poise_workflows.differing.arrays import ComparedArrays, compare_arrays
from poise_workflows.differing.layers import ComparedLayers, compare_layers
from poise_workflows.differing.pairs import Pair, read_pair
from poise_workflows.differing.results import Diff


def diff(
    a: str | os.PathLike[str],
    b: str | os.PathLike[str],
    *,
    tolerance: float = 0.0,
    ignore: Sequence[str] | None = None,
) -> Diff:
    """Say what differs between two configurations, model folders or profiles.

    Fields are compared with their defaults and with everything that Poise decides, such as the
    stride of a backbone's outputs. Arrays are read from their files. Keras builds the networks
    only if fields differ on which layers depend.

    Args:
        a: anything that ``poise.read`` reads, or the name of a profile.
        b: the same of the other.
        tolerance: the absolute difference of two numbers of an array that still counts as
            equal. NaN equals NaN.
        ignore: dotted paths of fields that do not count, with everything below them, as
            ``["outputs", "data.labels"]``.

    Raises:
        OSError: there is no such file.
        ConfigError: one of them cannot be read.
        BundleError: a model folder of Poise was changed.
        WeightsError: the arrays of one of them cannot be read.
    """
    check_tolerance(tolerance)
    return compare(read_pair(a, b, ignore=ignore), tolerance)


def check_tolerance(tolerance: float) -> None:
    """Refuse a tolerance that is no distance.

    Raises:
        ConfigError: it is negative, infinite or NaN.
    """
    if not (math.isfinite(tolerance) and tolerance >= 0):
        what = f"must be a number from 0, got {short_repr(tolerance)}"
        raise ConfigError([Fault(what, argument_path("tolerance"))])


def compare(pair: Pair, tolerance: float) -> Diff:
    """Compare layers and arrays, after the fields."""
    notes = list(pair.fields.notes)
    layers, arrays = ComparedLayers((), 0), ComparedArrays((), 0)
    if pair.must_build:
        try:
            layers = compare_layers(pair)
        except BuildError as error:
            notes.append(f"layers are not compared: {error.one_line()}")
    with_weights = [each for each in (pair.a, pair.b) if each.reading.weights is not None]
    if len(with_weights) == 1:
        notes.append(f"arrays are not compared: {with_weights[0].source} alone has weights")
    elif with_weights:
        arrays = compare_arrays(pair.a, pair.b, tolerance)
    return attrs.evolve(
        pair.fields,
        layers=layers.differences,
        compared_layers=layers.count,
        arrays=arrays.differences,
        compared_arrays=arrays.count,
        renamed=arrays.renamed,
        tolerance=tolerance,
        notes=(*notes, *arrays.notes),
    )
