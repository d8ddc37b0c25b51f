"""The options of the trackers, by SLEAP's names and with the defaults of its command line."""

from __future__ import annotations

import attrs

from poise.editions import means_sleap
from poise.fields import boolean, integer, one_of, optional, positive, to_tuple
from poise_workflows.tracking.differences import TEXT_OF_MAX_TRACKING
from poise_workflows.tracking.domains import fraction, indices, number, positive_numbers

SIMILARITIES = "instance", "centroid", "iou", "normalized_instance", "object_keypoint"
MATCHINGS = "greedy", "hungarian"
NORMALIZATIONS = "all", "ref", "union"


def max_tracking_of(text: str) -> bool | str:
    """``max_tracking`` as a command line has it, in the running edition.

    Returns:
        The flag; in edition 2026 the text itself if it means neither.
    """
    if means_sleap(TEXT_OF_MAX_TRACKING):
        return bool(text)
    return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)


@attrs.frozen(kw_only=True)
class TrackingOptions:
    """What all trackers of Poise let you choose.

    Attributes:
        similarity: how alike an instance and an earlier one are. ``instance``: how close their
            parts are, one by one; ``centroid``: how close the medians of their parts are;
            ``iou``: how much their bounding boxes overlap; ``object_keypoint``: as ``instance``,
            by the expected error of each part; ``normalized_instance``: as ``instance``, in
            widths and heights of the image, which hardly tells animals apart.
        match: how instances and tracks are paired. ``greedy`` takes the most similar pair, then
            the most similar of the rest; ``hungarian`` takes the pairs of the greatest sum.
        track_window: how many earlier frames an instance is compared with. In trackers that keep
            a queue for each track, how many instances of each track. More bridges longer gaps, and
            costs time in proportion.
        robust: between 0 and 1, the quantile of the similarities to a track's instances that
            counts; at 1, as at 0, the greatest.
        min_new_track_points: an instance with fewer visible parts begins no track.
        min_match_points: an instance with fewer visible parts is not compared with later ones.
        min_similarity: a pair with a smaller similarity is no match. Its unit is that of
            ``similarity``: from 0 to 1, or minus the distance in pixels for ``centroid``. By
            default a pair must overlap (``iou``), be no further apart than twice the animal's size
            (``centroid``), have at least 1e-8 (``instance``), or more than 0 (the others). A track
            that is not among the last ``track_window`` frames may be taken up again anywhere.
            Edition sleap-1.4 has no such limit.
        max_tracking: keep a queue of instances for each track, and make at most ``max_tracks``
            tracks.
        max_tracks: how many tracks there may be; ``None`` or 0 for any number. Instances beyond
            the limit get no track.
        target_instance_count: how many animals a frame has; 0 if you do not know. Other options
            use it.
        pre_cull_to_target: leave out instances of frames that have more than
            ``target_instance_count``, those of the lowest scores, before they are tracked.
        pre_cull_iou_threshold: with ``pre_cull_to_target``, first leave out instances of which
            more than this part overlaps with a better one; 0 for none.
        post_connect_single_breaks: after the last frame, connect a track that ends with one that
            begins, wherever they are the only ones of a frame. Needs ``target_instance_count`` or
            ``max_tracks``.
        clean_instance_count: after the last frame, leave out instances of frames that have more
            than this, those of the lowest scores, and connect single breaks; 0 for neither.
        clean_iou_threshold: with ``clean_instance_count``, as ``pre_cull_iou_threshold``.
        oks_errors: for ``object_keypoint``, the expected error of each part in pixels, or one
            value for all.
        oks_score_weighting: for ``object_keypoint``, weight parts by their scores.
        oks_normalization: for ``object_keypoint``, what the sum over parts is divided by: the
            number of ``all`` parts, of those visible in the later instance (``ref``), or of those
            visible in both (``union``).

    Raises:
        ConfigError: a value outside its domain.
    """

    similarity: str = attrs.field(default="instance", validator=one_of(SIMILARITIES))
    match: str = attrs.field(default="greedy", validator=one_of(MATCHINGS))
    track_window: int = attrs.field(default=5, validator=integer(at_least=1))
    robust: float = attrs.field(default=1.0, validator=number())
    min_new_track_points: int = attrs.field(default=0, validator=integer(at_least=0))
    min_match_points: int = attrs.field(default=0, validator=integer(at_least=0))
    min_similarity: float | None = attrs.field(default=None, validator=optional(number()))
    max_tracking: bool = attrs.field(default=False, validator=boolean())
    max_tracks: int | None = attrs.field(default=None, validator=optional(integer(at_least=0)))
    target_instance_count: int = attrs.field(default=0, validator=integer(at_least=0))
    pre_cull_to_target: bool = attrs.field(default=False, validator=boolean())
    pre_cull_iou_threshold: float = attrs.field(default=0.0, validator=fraction())
    post_connect_single_breaks: bool = attrs.field(default=False, validator=boolean())
    clean_instance_count: int = attrs.field(default=0, validator=integer(at_least=0))
    clean_iou_threshold: float = attrs.field(default=0.0, validator=fraction())
    oks_errors: tuple[float, ...] = attrs.field(
        default=(1.0,), converter=to_tuple, validator=positive_numbers()
    )
    oks_score_weighting: bool = attrs.field(default=False, validator=boolean())
    oks_normalization: str = attrs.field(default="all", validator=one_of(NORMALIZATIONS))


@attrs.frozen(kw_only=True)
class SimpleConfig(TrackingOptions):
    """Compare the instances of a frame with those of the frames before it.

    With ``max_tracking`` and ``max_tracks``, it is ``simplemaxtracks``.
    """


@attrs.frozen(kw_only=True)
class SimpleMaxTracksConfig(TrackingOptions):
    """Compare the instances of a frame with the last ones of each track, however old."""


@attrs.frozen(kw_only=True)
class FlowConfig(TrackingOptions):
    """Compare the instances of a frame with earlier ones, moved to it by optical flow.

    Optical flow follows each part by what the image shows around it. With ``max_tracking`` and
    ``max_tracks``, it is ``flowmaxtracks``.

    Attributes:
        img_scale: images are resized by this factor for optical flow. Below 1 it is faster, and
            follows faster motion less exactly.
        of_window_size: side of the window around a part that optical flow looks for, in pixels of
            the resized image.
        of_max_levels: how often the image is halved, to look for fast motion first.
        save_shifted_instances: go on from where an instance was last moved to, instead of from
            where it was.

    Raises:
        ConfigError: a value outside its domain.
    """

    img_scale: float = attrs.field(default=1.0, validator=positive())
    # OpenCV takes no smaller window.
    of_window_size: int = attrs.field(default=21, validator=integer(at_least=3))
    of_max_levels: int = attrs.field(default=3, validator=integer(at_least=0))
    save_shifted_instances: bool = attrs.field(default=False, validator=boolean())


@attrs.frozen(kw_only=True)
class FlowMaxTracksConfig(FlowConfig):
    """Compare with the last instances of each track, however old, moved by optical flow."""


@attrs.frozen(kw_only=True)
class KalmanConfig(TrackingOptions):
    """Follow each animal with a filter that predicts where it will be.

    ``simple``, or ``simplemaxtracks`` with ``max_tracking`` and ``max_tracks``, tracks the first
    frames. Filters that have learned from them then track the others. You have to say how many
    animals there are: ``target_instance_count`` or ``max_tracks``. Frames are culled to it.

    Attributes:
        kf_init_frame_count: filters learn from this many frames in a row in which all animals are
            there and nobody can be taken for another one.
        kf_node_indices: indices of the parts that filters follow; ``None`` for all. A frame can be
            learned from only if all of them are visible, so choose few that mostly are.

    Raises:
        ConfigError: a value outside its domain.
    """

    kf_init_frame_count: int = attrs.field(default=10, validator=integer(at_least=1))
    kf_node_indices: tuple[int, ...] | None = attrs.field(
        default=None, converter=to_tuple, validator=optional(indices())
    )
