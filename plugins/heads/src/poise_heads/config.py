"""The configurations of the six head types, as SLEAP 1.4 documents them."""

from __future__ import annotations

from typing import Any

import attrs

from poise.fields import (
    boolean,
    edges,
    integer,
    names,
    not_negative,
    optional,
    positive,
    power_of_two,
    string,
    to_edges,
    to_tuple,
)

Names = tuple[str, ...]
Edges = tuple[tuple[str, str], ...]


def _names() -> Any:
    return attrs.field(default=None, converter=to_tuple, validator=optional(names()))


def _anchor_part() -> Any:
    return attrs.field(default=None, validator=optional(string()))


def _sigma(default: float = 5.0) -> Any:
    return attrs.field(default=default, validator=positive())


def _output_stride() -> Any:
    # SLEAP 1.4 floors the strides of backbones, but has no features for a head at stride 3.
    return attrs.field(default=1, validator=power_of_two(floored=False))


def _loss_weight() -> Any:
    return attrs.field(default=1.0, validator=not_negative())


def _offset_refinement() -> Any:
    return attrs.field(default=False, validator=boolean())


@attrs.frozen(kw_only=True)
class SingleInstanceConfmapsHeadConfig:
    """Confidence maps of the parts of the one animal in the image.

    Attributes:
        part_names: names of the parts, one channel each, in this order. ``None``: all parts
            of the skeleton, in its order.
        sigma: spread of the Gaussian around each part: in input pixels in edition 2026, in
            grid cells (``output_stride`` input pixels each) in edition sleap-1.4. Small
            values locate parts more sharply but are harder to learn; large ones train
            easily and blur what lies close together.
        output_stride: input pixels per cell of the maps, a power of two that the backbone
            offers. 1 is finest; each doubling takes a quarter of the memory and gives
            coarser peaks.
        loss_weight: factor of the maps' loss in the total. 0 switches their training off.
        offset_refinement: also predict the offset from each cell to the part, in cells (two
            channels per part): sub-cell precision at coarse strides, learned instead of
            fitted to the peak. Its loss always has weight 1.

    Raises:
        ConfigError: a value outside its domain.
    """

    part_names: Names | None = _names()
    sigma: float = _sigma()
    output_stride: int = _output_stride()
    loss_weight: float = _loss_weight()
    offset_refinement: bool = _offset_refinement()


@attrs.frozen(kw_only=True)
class CentroidsHeadConfig:
    """One confidence map of where animals are: the first stage of top-down inference.

    Attributes:
        anchor_part: the part that marks an animal's place; where it is not visible, the
            middle of the animal's bounding box does. ``None``: always that middle. In
            edition sleap-1.4 the name is kept but not used: there the preprocessing's
            ``center_on_part`` decides.
        sigma: spread of the Gaussian around each centroid: in input pixels in edition 2026,
            in grid cells (``output_stride`` input pixels each) in edition sleap-1.4. Small
            values keep close animals apart; large ones train more easily.
        output_stride: input pixels per cell of the map, a power of two that the backbone
            offers. Centroids only have to be near enough to cut out an animal: 2 or 4
            usually suffice and save memory.
        loss_weight: factor of the map's loss in the total. 0 switches its training off.
        offset_refinement: also predict the offset from each cell to the centroid, in cells
            (two channels): sub-cell precision at coarse strides. Its loss always has
            weight 1.

    Raises:
        ConfigError: a value outside its domain.
    """

    anchor_part: str | None = _anchor_part()
    sigma: float = _sigma()
    output_stride: int = _output_stride()
    loss_weight: float = _loss_weight()
    offset_refinement: bool = _offset_refinement()


@attrs.frozen(kw_only=True)
class CenteredInstanceConfmapsHeadConfig:
    """Confidence maps of the parts of the animal in the middle of a crop.

    Attributes:
        anchor_part: the part that crops are centered on; where it is not visible, the middle
            of the animal's bounding box is. ``None``: always that middle. In edition
            sleap-1.4 the name is kept but not used: there the preprocessing's
            ``center_on_part`` decides.
        part_names: names of the parts, one channel each, in this order. ``None``: all parts
            of the skeleton, in its order.
        sigma: spread of the Gaussian around each part: in input pixels in edition 2026, in
            grid cells (``output_stride`` input pixels each) in edition sleap-1.4. Small
            values locate parts more sharply but are harder to learn; large ones train
            easily and blur what lies close together.
        output_stride: input pixels per cell of the maps, a power of two that the backbone
            offers. Crops are small: fine strides cost little here.
        loss_weight: factor of the maps' loss in the total. 0 switches their training off.
        offset_refinement: also predict the offset from each cell to the part, in cells (two
            channels per part): sub-cell precision at coarse strides. Its loss always has
            weight 1.

    Raises:
        ConfigError: a value outside its domain.
    """

    anchor_part: str | None = _anchor_part()
    part_names: Names | None = _names()
    sigma: float = _sigma()
    output_stride: int = _output_stride()
    loss_weight: float = _loss_weight()
    offset_refinement: bool = _offset_refinement()


@attrs.frozen(kw_only=True)
class MultiInstanceConfmapsHeadConfig:
    """Confidence maps of the parts of all animals in the image.

    Attributes:
        part_names: names of the parts, one channel each, in this order. ``None``: all parts
            of the skeleton, in its order.
        sigma: spread of the Gaussian around each part: in input pixels in edition 2026, in
            grid cells (``output_stride`` input pixels each) in edition sleap-1.4. Small
            values keep the parts of close animals apart; large ones train more easily.
        output_stride: input pixels per cell of the maps, a power of two that the backbone
            offers. 1 is finest; each doubling takes a quarter of the memory and gives
            coarser peaks.
        loss_weight: factor of the maps' loss in the total, against that of the other
            output. 0 switches their training off.
        offset_refinement: also predict the offset from each cell to the part, in cells (two
            channels per part): sub-cell precision at coarse strides. Its loss always has
            weight 1.

    Raises:
        ConfigError: a value outside its domain.
    """

    part_names: Names | None = _names()
    sigma: float = _sigma()
    output_stride: int = _output_stride()
    loss_weight: float = _loss_weight()
    offset_refinement: bool = _offset_refinement()


@attrs.frozen(kw_only=True)
class PartAffinityFieldsHeadConfig:
    """Part affinity fields: unit vectors along the edges, which join parts to animals.

    Attributes:
        edges: pairs ``(source, destination)`` of part names, two channels (x and y) each,
            in this order. ``None``: all edges of the skeleton, in its order.
        sigma: spread of the field beside an edge, at every stride. In edition 2026 in input
            pixels: at a distance of d pixels the field has the length exp(-d² / (2·sigma²)).
            In edition sleap-1.4 in square pixels: exp(-d⁴ / (2·sigma²)), flat up to about
            √sigma pixels and then falling off fast. Large values are easy to learn; small
            ones keep crossing animals apart.
        output_stride: input pixels per cell of the fields, a power of two that the backbone
            offers. Fields are smooth: they may be coarser than the maps, which saves
            memory.
        loss_weight: factor of the fields' loss in the total, against that of the maps. 0
            switches their training off.

    Raises:
        ConfigError: a value outside its domain.
    """

    edges: Edges | None = attrs.field(default=None, converter=to_edges, validator=optional(edges()))
    sigma: float = _sigma(15.0)
    output_stride: int = _output_stride()
    loss_weight: float = _loss_weight()


@attrs.frozen(kw_only=True)
class ClassMapsHeadConfig:
    """Class maps: which class (known individual, sex, …) the animal at each cell has.

    Attributes:
        classes: names of the classes, one channel each, in this order. ``None``: the
            classes that the model is built with, in their order.
        sigma: spread around each part within which the map tells the class: in input pixels
            in edition 2026, in grid cells (``output_stride`` input pixels each) in edition
            sleap-1.4. Large values find a class at more cells; small ones keep touching
            animals apart.
        output_stride: input pixels per cell of the maps, a power of two that the backbone
            offers. Coarser maps save memory, and often suffice to tell classes.
        loss_weight: factor of these maps' loss in the total, against that of the
            confidence maps. 0 switches their training off.

    Raises:
        ConfigError: a value outside its domain.
    """

    classes: Names | None = _names()
    sigma: float = _sigma()
    output_stride: int = _output_stride()
    loss_weight: float = _loss_weight()


@attrs.frozen(kw_only=True)
class ClassVectorsHeadConfig:
    """The class of the animal in the middle of a crop, as one vector of probabilities.

    Attributes:
        classes: names of the classes, one probability each, in this order. ``None``: the
            classes that the model is built with, in their order.
        num_fc_layers: hidden dense layers before the classification. 0 classifies the
            features linearly; more can tell more, and overfit sooner.
        num_fc_units: units of each hidden dense layer.
        global_pool: take the maximum of each channel over the crop before the dense layers:
            few parameters, and any image size. Without it the place of a feature counts
            too, but the first dense layer is large and the image size is fixed.
        output_stride: stride, in input pixels, of the features that are classified: a power
            of two that the backbone offers. Coarse features (the backbone's
            ``max_stride``) see the whole animal and are usually best; the default of 1 is
            rarely intended.
        loss_weight: factor of the classification's loss (categorical cross-entropy) in the
            total, against that of the maps. 0 switches its training off.

    Raises:
        ConfigError: a value outside its domain.
    """

    classes: Names | None = _names()
    num_fc_layers: int = attrs.field(default=1, validator=integer(at_least=0))
    num_fc_units: int = attrs.field(default=64, validator=integer(at_least=1))
    global_pool: bool = attrs.field(default=True, validator=boolean())
    output_stride: int = _output_stride()
    loss_weight: float = _loss_weight()
