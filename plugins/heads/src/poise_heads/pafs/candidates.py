"""Candidates: every pair of peaks that an edge could join."""

from __future__ import annotations

import attrs
import numpy as np

from poise.errors import DecodeError, Fault
from poise_heads.confmaps.peaks import Integers

MOST_CANDIDATES = 20_000_000
"""More pairs than this are refused: they come from noise, and would not fit into memory."""


@attrs.frozen(eq=False)
class Groups:
    """Peaks by image and part.

    Attributes:
        order: ``(K,)``: indices that sort peaks by image and part, otherwise keeping their
            order.
        counts: ``(N, P)``: the number of peaks of each part in each image.
        starts: ``(N, P)``: where they begin in ``order``.
    """

    order: Integers
    counts: Integers
    starts: Integers


def group_peaks(image: Integers, part: Integers, images: int, parts: int) -> Groups:
    """Sort peaks by image and part.

    Args:
        image: ``(K,)``.
        part: ``(K,)``.
        images: the number of images, ``N``.
        parts: the number of parts, ``P``.
    """
    key = image * parts + part
    counts = np.bincount(key, minlength=images * parts).astype(np.int64)
    starts = np.cumsum(counts) - counts
    return Groups(
        np.argsort(key, kind="stable"),
        counts.reshape(images, parts),
        starts.reshape(images, parts),
    )


@attrs.frozen(eq=False)
class Candidates:
    """Pairs of peaks, by image, then edge, then source, then destination: ``M`` of them.

    Attributes:
        image: ``(M,)``.
        edge: ``(M,)``.
        source: ``(M,)``, indices of peaks.
        destination: ``(M,)``, indices of peaks.
        sources: ``(N, E)``: the number of sources of each edge in each image.
        destinations: ``(N, E)``, likewise.
    """

    image: Integers
    edge: Integers
    source: Integers
    destination: Integers
    sources: Integers
    destinations: Integers

    def __len__(self) -> int:
        return len(self.edge)


def candidates(groups: Groups, edges: Integers) -> Candidates:
    """Pair each peak of an edge's source with each of its destination, in each image.

    Args:
        groups: peaks by image and part.
        edges: ``(E, 2)``: indices of the parts of source and destination.

    Raises:
        DecodeError: there are more pairs than ``MOST_CANDIDATES``.
    """
    sources, destinations = groups.counts[:, edges[:, 0]], groups.counts[:, edges[:, 1]]
    pairs = (sources * destinations).ravel()
    total = int(pairs.sum())
    if total > MOST_CANDIDATES:
        most = int(groups.counts.max())
        what = (
            f"up to {most:,} peaks of one part in an image make {total:,} pairs to be joined, "
            f"more than {MOST_CANDIDATES:,}; raise the threshold, or train the model"
        )
        raise DecodeError([Fault(what, "threshold")])
    group = np.repeat(np.arange(len(pairs)), pairs)
    within = np.arange(total) - np.repeat(np.cumsum(pairs) - pairs, pairs)
    many = destinations.ravel()[group]
    source = groups.starts[:, edges[:, 0]].ravel()[group] + within // np.maximum(many, 1)
    destination = groups.starts[:, edges[:, 1]].ravel()[group] + within % np.maximum(many, 1)
    return Candidates(
        group // len(edges),
        group % len(edges),
        groups.order[source],
        groups.order[destination],
        sources,
        destinations,
    )
