"""Decoding: what each head type makes of its outputs.

The functions here are the ``decode`` of the six head types; ``poise.decode`` calls them with
the configuration's edition in force. NumPy, SciPy and Keras are imported when one is called.

Options that several share:

- ``threshold``: cells of confidence maps that are lower are no parts.
- ``refinement``: how parts are found within their cells: ``"auto"`` (by offsets if the model
  predicts them, else integral), ``"offsets"``, ``"integral"``, ``"local"`` (a quarter of a
  cell towards the higher neighbour), ``"none"`` or ``None``.
- ``patch``: side of the square of cells that integral refinement weighs, odd. It should hold
  most of a peak, and nothing of others.
- ``max_instances``: keep only so many animals of an image, those with the best scores.
  ``None`` keeps all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt

    from poise.instances import Instances

THRESHOLD = 0.2
PATCH = 5


def single_instance(
    config: Any,
    predictions: Mapping[str, Any],
    *,
    threshold: float = THRESHOLD,
    refinement: str | None = "auto",
    patch: int = PATCH,
) -> Instances:
    """The highest cell of each map is the part.

    Args:
        config: a ``SingleInstanceConfmapsHeadConfig`` with ``part_names``.
        predictions: ``confmaps`` ``(N, H, W, P)`` and, if refined, ``offsets``
            ``(N, H, W, 2 · P)``.
        threshold: as all that follow: see :mod:`poise_heads.decoding`.
        refinement: see there.
        patch: see there.

    Returns:
        One animal an image, or none where no part reaches the threshold. Its score is the
        sum of its parts' scores.
    """
    from poise_heads.decoding import one_animal

    return one_animal.single_instance(config, predictions, threshold, refinement, patch)


def centered_instance(
    config: Any,
    predictions: Mapping[str, Any],
    *,
    threshold: float = THRESHOLD,
    refinement: str | None = "auto",
    patch: int = PATCH,
    images: npt.ArrayLike | None = None,
    n_images: int | None = None,
    origins: npt.ArrayLike | None = None,
    max_instances: int | None = None,
) -> Instances:
    """The highest cell of each map of a crop is the part.

    Args:
        config: a ``CenteredInstanceConfmapsHeadConfig`` with ``part_names``.
        predictions: of ``K`` crops: ``confmaps`` ``(K, H, W, P)`` and, if refined,
            ``offsets`` ``(K, H, W, 2 · P)``.
        threshold: see :mod:`poise_heads.decoding`.
        refinement: see there.
        patch: see there.
        images: ``(K,)``: the index of the image that each crop was cut from. ``None``: each
            crop is an image by itself.
        n_images: the number of images, where the last ones may have no crops.
        origins: ``(K, 2)``: x and y of each crop's top left pixel in its image, which are
            added to the points. ``None`` leaves them in pixels of the crop.
        max_instances: see there.

    Returns:
        The animals of each image, in the order of the crops; none for a crop in which no
        part reaches the threshold. An animal's score is the sum of its parts' scores.
    """
    from poise_heads.decoding import one_animal

    crops = one_animal.Crops(images, n_images, origins)
    return one_animal.centered_instance(
        config, predictions, threshold, refinement, patch, crops, max_instances
    )


def centroid(
    config: Any,
    predictions: Mapping[str, Any],
    *,
    threshold: float = THRESHOLD,
    refinement: str | None = "auto",
    patch: int = PATCH,
    max_instances: int | None = None,
) -> Instances:
    """Every peak of the map is an animal, of one part: ``anchor_part``, or ``"centroid"``.

    Args:
        config: a ``CentroidsHeadConfig``.
        predictions: ``confmaps`` ``(N, H, W, 1)`` and, if refined, ``offsets``
            ``(N, H, W, 2)``.
        threshold: see :mod:`poise_heads.decoding`.
        refinement: see there.
        patch: see there.
        max_instances: see there.

    Returns:
        The animals from top to bottom; their scores are the peaks' values.
    """
    from poise_heads.decoding import one_part

    return one_part.centroid(config, predictions, threshold, refinement, patch, max_instances)


def multi_instance(
    config: Any,
    predictions: Mapping[str, Any],
    *,
    threshold: float = THRESHOLD,
    refinement: str | None = "auto",
    patch: int = PATCH,
    max_instances: int | None = None,
    n_points: int = 10,
    max_edge_length_ratio: float = 0.25,
    dist_penalty_weight: float = 1.0,
    min_line_scores: float = 0.25,
    min_instance_peaks: float = 0,
) -> Instances:
    """Every peak is a part; the fields between two say whether they are of one animal.

    Args:
        config: a ``MultiInstanceConfig`` with ``part_names`` and ``edges``.
        predictions: ``confmaps`` ``(N, H, W, P)``, ``pafs`` ``(N, H', W', 2 · E)`` and, if
            refined, ``offsets`` ``(N, H, W, 2 · P)``.
        threshold: see :mod:`poise_heads.decoding`.
        refinement: see there.
        patch: see there.
        max_instances: see there.
        n_points: at how many points between two parts the field is read.
        max_edge_length_ratio: longer edges than this part of the image's longer side score
            lower.
        dist_penalty_weight: by how much, at most.
        min_line_scores: pairs of parts that score less are not of one animal.
        min_instance_peaks: animals with fewer parts are dropped: an integer, or a float as
            a ratio of the number of parts.

    Returns:
        Animals of two parts or more, each part joined to another by an edge. An animal's
        score is the sum of its edges' scores.
    """
    from poise_heads.decoding import bottom_up

    fields = bottom_up.Fields(
        n_points=n_points,
        max_edge_length_ratio=max_edge_length_ratio,
        dist_penalty_weight=dist_penalty_weight,
        min_line_scores=min_line_scores,
        min_instance_peaks=min_instance_peaks,
    )
    return bottom_up.multi_instance(
        config, predictions, threshold, refinement, patch, fields, max_instances
    )


def multi_class_bottomup(
    config: Any,
    predictions: Mapping[str, Any],
    *,
    threshold: float = THRESHOLD,
    refinement: str | None = "auto",
    patch: int = PATCH,
    max_instances: int | None = None,
) -> Instances:
    """Every peak is a part; the class maps at its place say of which animal.

    Args:
        config: a ``MultiClassBottomUpConfig`` with ``part_names`` and ``classes``.
        predictions: ``confmaps`` ``(N, H, W, P)``, ``class_maps`` ``(N, H', W', C)`` and, if
            refined, ``offsets`` ``(N, H, W, 2 · P)``.
        threshold: see :mod:`poise_heads.decoding`.
        refinement: see there.
        patch: see there.
        max_instances: see there.

    Returns:
        At most one animal of each class, in the order of the classes. An animal's score is
        the mean of its parts' scores, its class' score the mean of their probabilities.
    """
    from poise_heads.decoding import identified

    return identified.multi_class_bottomup(
        config, predictions, threshold, refinement, patch, max_instances
    )


def multi_class_topdown(
    config: Any,
    predictions: Mapping[str, Any],
    *,
    threshold: float = THRESHOLD,
    refinement: str | None = "auto",
    patch: int = PATCH,
    images: npt.ArrayLike | None = None,
    n_images: int | None = None,
    origins: npt.ArrayLike | None = None,
    max_instances: int | None = None,
) -> Instances:
    """The highest cell of each map of a crop is the part; its vector tells the class.

    Args:
        config: a ``MultiClassTopDownConfig`` with ``part_names`` and ``classes``.
        predictions: of ``K`` crops: ``confmaps`` ``(K, H, W, P)``, ``class_vectors``
            ``(K, C)`` and, if refined, ``offsets`` ``(K, H, W, 2 · P)``.
        threshold: see :mod:`poise_heads.decoding`.
        refinement: see there.
        patch: see there.
        images: ``(K,)``: the index of the image that each crop was cut from. ``None``: each
            crop is an image by itself, and has its most probable class.
        n_images: the number of images, where the last ones may have no crops.
        origins: ``(K, 2)``: x and y of each crop's top left pixel in its image, which are
            added to the points. ``None`` leaves them in pixels of the crop.
        max_instances: see there.

    Returns:
        At most one animal of each class, in the order of the classes; a crop whose most
        probable class another crop of its image has with more right is left out. An animal's
        score is the sum of its parts' scores.
    """
    from poise_heads.decoding import identified, one_animal

    crops = one_animal.Crops(images, n_images, origins)
    return identified.multi_class_topdown(
        config, predictions, threshold, refinement, patch, crops, max_instances
    )
