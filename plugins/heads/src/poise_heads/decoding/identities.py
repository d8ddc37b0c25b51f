"""Identities: the class of each peak or crop."""

from __future__ import annotations

import numpy as np

from poise_heads.confmaps.peaks import Floats, Integers
from poise_heads.pafs.matching import assignment
from poise_heads.pafs.scoring import nearest_cells


def classes_of_groups(probabilities: Floats, group: Integers) -> tuple[Integers, Integers]:
    """Give each class to at most one member of each group, with the best total probability.

    A member whose most probable class went to another member gets no class, rather than its
    second choice.

    Args:
        probabilities: ``(K, C)``.
        group: ``(K,)``: the group of each, in any order.

    Returns:
        Indices of members that have a class, by group and then in their order; their classes.
    """
    order = np.argsort(group, kind="stable")
    members, classes = [], []
    for chosen in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        row, column = assignment(-probabilities[chosen])
        members.append(chosen[row])
        classes.append(column)
    member, of_class = np.concatenate(members), np.concatenate(classes).astype(np.int64)
    own = probabilities[member, of_class]
    first_choice = own == probabilities[member].max(axis=-1, initial=-np.inf)
    return member[first_choice], of_class[first_choice]


def probabilities_of_peaks(class_maps: Floats, image: Integers, cells: Floats) -> Floats:
    """The values of class maps at peaks.

    Args:
        class_maps: ``(N, H, W, C)``.
        image: ``(K,)``.
        cells: ``(K, 2)``, x then y in cells of the class maps.

    Returns:
        ``(K, C)``.
    """
    rows, columns, counts = nearest_cells(class_maps.shape, cells)
    return np.where(counts[:, None], class_maps[image, rows, columns], 0)


def by_maps(
    points: Floats,
    values: Floats,
    probabilities: Floats,
    image: Integers,
    part: Integers,
    *,
    images: int,
    parts: int,
) -> tuple[Floats, Floats, Floats]:
    """Sort peaks into classes, separately for each part of each image.

    Args:
        points: ``(K, 2)``.
        values: ``(K,)``.
        probabilities: ``(K, C)``.
        image: ``(K,)``.
        part: ``(K,)``.
        images: the number of images, ``N``.
        parts: the number of parts, ``P``.

    Returns:
        Points ``(N, C, P, 2)``, their values and probabilities ``(N, C, P)``; NaN where a
        part of a class is missing.
    """
    member, of_class = classes_of_groups(probabilities, image * parts + part)
    shape = (images, probabilities.shape[-1], parts)
    place = (image[member], of_class, part[member])
    of_points = np.full((*shape, 2), np.nan, dtype=np.float32)
    of_values, of_probabilities = np.full((2, *shape), np.nan, dtype=np.float32)
    of_points[place] = points[member]
    of_values[place] = values[member]
    of_probabilities[place] = probabilities[member, of_class]
    return of_points, of_values, of_probabilities


def by_vectors(
    points: Floats,
    values: Floats,
    probabilities: Floats,
    image: Integers,
    *,
    images: int,
) -> tuple[Floats, Floats, Floats]:
    """Sort crops into classes, separately for each image.

    Args:
        points: ``(K, P, 2)``.
        values: ``(K, P)``.
        probabilities: ``(K, C)``.
        image: ``(K,)``: the image that each crop was cut from.
        images: the number of images, ``N``.

    Returns:
        Points ``(N, C, P, 2)``, their values ``(N, C, P)``, probabilities ``(N, C)``; NaN
        where a class is missing.
    """
    member, of_class = classes_of_groups(probabilities, image)
    shape = (images, probabilities.shape[-1])
    place = (image[member], of_class)
    of_points = np.full((*shape, *points.shape[1:]), np.nan, dtype=np.float32)
    of_values = np.full((*shape, *values.shape[1:]), np.nan, dtype=np.float32)
    of_probabilities = np.full(shape, np.nan, dtype=np.float32)
    of_points[place] = points[member]
    of_values[place] = values[member]
    of_probabilities[place] = probabilities[member, of_class]
    return of_points, of_values, of_probabilities
