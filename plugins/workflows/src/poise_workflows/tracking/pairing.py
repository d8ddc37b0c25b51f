"""Pair the instances of a frame with the tracks of earlier ones."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from poise_workflows.tracking.columns import Columns, columns_of, greatest, quantile
from poise_workflows.tracking.contract import Floats, Integers, Setting
from poise_workflows.tracking.described import Described
from poise_workflows.tracking.matching import Pairs, match
from poise_workflows.tracking.memory import Memory
from poise_workflows.tracking.rules import Rules
from poise_workflows.tracking.similarities import (
    Similarity,
    similarity_of,
    size_without_extent,
    sizes_of_pairs,
)

LEAST_CLOSENESS = 1e-8
"""Least similarity ``instance`` of a match: parts a size and a half of the animal away."""

FURTHEST = 2
"""Sizes of the animal that the centroids of a match may be apart."""


@attrs.frozen(kw_only=True, eq=False)
class Paired:
    """The matches of a frame.

    Attributes:
        tracks: ``(K,)``: the tracks that were there to be matched.
        similarities: ``(I, K)``: of instances to tracks.
        pairs: row and column of each match, in the order of the matching.
    """

    tracks: Integers
    similarities: Floats
    pairs: Pairs


@attrs.frozen(kw_only=True, eq=False)
class Pairing:
    """How instances and tracks are paired; it has no state.

    Attributes:
        config: the options.
        rules: the rules of the edition.
        similarity: of an instance and a candidate.
        without: size in pixels of an animal of one visible part.
    """

    config: Any
    rules: Rules
    similarity: Similarity
    without: float

    def pair(self, instances: Described, candidates: Memory, call: int) -> Paired:
        """Pair the instances of a call with the tracks of candidates.

        Raises:
            MatchingError: there is no complete matching.
        """
        if not len(instances) or not len(candidates.tracks):
            none = np.zeros(0, np.int64)
            return Paired(tracks=none, similarities=np.zeros((len(instances), 0)), pairs=[])
        columns = columns_of(candidates.tracks)
        similarities = self._to_tracks(
            self.similarity.between(instances, candidates.described), columns
        )
        least = self._least(instances, candidates, columns)
        allowed = similarities >= least
        if self.rules.nan_matches:
            allowed |= np.isnan(similarities)
        else:
            # An animal that was away for long may be anywhere.
            last = np.maximum.reduceat(candidates.calls[columns.order], columns.starts)
            is_old = last < call - self.config.track_window
            allowed |= is_old & ~np.isnan(similarities)
        cost = np.where(np.isnan(similarities), np.inf, -similarities)
        pairs = match(self.config.match, cost, allowed, -least, sorts_ties=self.rules.sorts_ties)
        return Paired(tracks=columns.tracks, similarities=-cost, pairs=pairs)

    def _to_tracks(self, similarities: Floats, columns: Columns) -> Floats:
        leave_out_nan = not self.rules.nan_matches
        if 0 < self.config.robust < 1:
            return quantile(similarities, columns, self.config.robust, leave_out_nan=leave_out_nan)
        return greatest(similarities, columns, leave_out_nan=leave_out_nan)

    def _least(self, instances: Described, candidates: Memory, columns: Columns) -> Floats:
        """The least similarity ``(I, K)`` of a match."""
        if self.rules.any_pair_matches:
            return np.full((len(instances), len(columns.tracks)), -np.inf)
        of_tracks = np.maximum.reduceat(candidates.described.sizes[columns.order], columns.starts)
        sizes = sizes_of_pairs(instances.sizes, of_tracks, self.without)
        if self.config.min_similarity is not None:
            return np.full(sizes.shape, float(self.config.min_similarity))
        match self.config.similarity:
            case "instance":
                return np.full(sizes.shape, LEAST_CLOSENESS)
            case "centroid":
                return -FURTHEST * sizes
        return np.full(sizes.shape, np.nextafter(0, 1))


def pairing_of(config: Any, setting: Setting, rules: Rules) -> Pairing:
    """The pairing that options ask for, in the running edition.

    Raises:
        ConfigError: options need what the setting does not have.
    """
    return Pairing(
        config=config,
        rules=rules,
        similarity=similarity_of(config, setting),
        without=size_without_extent(setting),
    )
