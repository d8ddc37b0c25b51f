"""Where the trackers of SLEAP 1.4 do what nobody would ask for, and edition 2026 mends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from poise.editions import Difference


def _uses(similarities: Sequence[str]) -> Any:
    return lambda config: getattr(config, "similarity", None) in similarities


def _sets(name: str) -> Any:
    return lambda config: bool(getattr(config, name, None))


def _always(config: Any) -> bool:
    return True


NO_THRESHOLD = Difference(
    name="matches_without_threshold",
    sleap="an instance takes the track of an animal at any distance, however unlike, if nobody "
    "else claims it",
    documented="a pair below min_similarity is no match: the instance begins a track of its own, "
    "and the track waits",
    path="min_similarity",
    touches=_always,
)
NOT_A_NUMBER = Difference(
    name="similarities_that_are_no_numbers",
    sleap="an instance without visible parts has no similarity to anything; greedy matching "
    "matches it last, with the score -inf, and Hungarian matching ends the run",
    documented="a pair without a similarity is no match, and an instance without visible parts "
    "begins no track",
    path="match",
    touches=_always,
)
PIXELS = Difference(
    name="instance_similarity_in_pixels",
    sleap="distances count in pixels, whatever the size of the animal: a part that moves more than "
    "three pixels counts nothing, and ties decide; the sum over parts is divided by the number of "
    "those visible in the later instance, so that a fragment is as alike as the whole animal",
    documented="distances count in quarters of the animal's size, the diagonal of its bounding "
    "box, and the sum is divided by the number of parts visible in either instance",
    path="similarity",
    touches=_uses(["instance"]),
)
LOST_INSTANCES = Difference(
    name="instances_without_track_lost",
    sleap="instances that get no track are missing from the result; where a tracker keeps them, "
    "they count as one track when single breaks are connected",
    documented="instances that get no track stay in the result, untracked, and have no part in "
    "connecting",
    path="min_new_track_points",
    touches=_always,
)
SURPLUS_TRACKS = Difference(
    name="surplus_tracks_of_one_frame",
    sleap="tracks are counted once a frame is over: one with more instances than there may be new "
    "tracks makes tracks of all; the surplus ones live for a frame",
    documented="max_tracks is a limit in every frame",
    path="max_tracks",
    touches=_sets("max_tracks"),
)
LIMIT_WITHOUT_SWITCH = Difference(
    name="max_tracks_without_max_tracking",
    sleap="max_tracks limits tracks only if max_tracking is on",
    documented="max_tracks limits tracks, with or without max_tracking",
    path="max_tracks",
    touches=_sets("max_tracks"),
)
TIES = Difference(
    name="order_of_tied_matches",
    sleap="greedy matching takes pairs of the same similarity in the order in which a sorting "
    "algorithm leaves them, which is that of the instances only among few",
    documented="greedy matching takes pairs of the same similarity in the order of the instances, "
    "then of the tracks",
    path="match",
    touches=lambda config: getattr(config, "match", None) == "greedy",
)
SUPPRESSED = Difference(
    name="suppressed_instances_come_back",
    sleap="where overlap has removed so many instances that fewer than the target are left, a "
    "count of the wrong sign decides how many come back",
    documented="as many of the removed instances come back as the target lacks, the best first",
    path="pre_cull_iou_threshold",
    touches=lambda config: any(
        _sets(name)(config) for name in ("pre_cull_iou_threshold", "clean_iou_threshold")
    ),
)
STATE_OF_VIDEOS = Difference(
    name="tracker_state_over_videos",
    sleap="one tracker serves all videos of a run: the first frame of a video is matched with the "
    "last ones of the video before it",
    documented="each video begins with a new tracker; the names of tracks go on",
    path="",
    touches=_always,
)
RETRACKING = Difference(
    name="retracking_mixes_videos",
    sleap="tracking a file again mixes the frames of its videos by their numbers, which the "
    "tracker does not see; predictions that were corrected are tracked beside their corrections, "
    "and the new file has labeled frames only: no suggestions and no sessions",
    documented="tracking a file again goes through each video in order, tracks corrections "
    "instead of what they correct, and keeps everything else of the file",
    path="",
    touches=_always,
)
TEXT_OF_MAX_TRACKING = Difference(
    name="text_of_max_tracking",
    sleap="every text but the empty one switches max_tracking on, False and 0 included",
    documented="max_tracking is true or false",
    path="max_tracking",
    touches=_sets("max_tracking"),
)
ERRORS_OF_PARTS = Difference(
    name="oks_errors_fitted",
    sleap="a list of oks_errors that does not have a value for each part is cut, or filled up "
    "with its last value",
    documented="oks_errors has one value, or one for each part",
    path="oks_errors",
    touches=_uses(["object_keypoint"]),
)
WITHOUT_EFFECT = Difference(
    name="tracking_options_without_effect",
    sleap="an option that has no effect without another one is ignored",
    documented="an option that has no effect without another one is refused",
    path="",
    touches=_always,
)
SIMPLE: tuple[Difference, ...] = (
    NO_THRESHOLD,
    NOT_A_NUMBER,
    PIXELS,
    LOST_INSTANCES,
    SURPLUS_TRACKS,
    LIMIT_WITHOUT_SWITCH,
    TIES,
    SUPPRESSED,
    STATE_OF_VIDEOS,
    RETRACKING,
    TEXT_OF_MAX_TRACKING,
    ERRORS_OF_PARTS,
    WITHOUT_EFFECT,
)
"""The differences of every tracker of Poise."""
CHANNELS_OF_FLOW = Difference(
    name="channels_of_optical_flow",
    sleap="frames are RGB, and are made gray as if they were BGR: red and blue have each "
    "other's weight",
    documented="frames are made gray as RGB",
    path="",
    touches=_always,
)
HALF_PIXEL_OF_FLOW = Difference(
    name="half_pixel_of_optical_flow",
    sleap="points are multiplied by img_scale; the centers of the pixels of a resized image "
    "move by (img_scale - 1) / 2 pixels more",
    documented="points move with the pixels of the resized image",
    path="img_scale",
    touches=lambda config: getattr(config, "img_scale", 1.0) != 1,
)
MORE_THAN_MATCH_POINTS = Difference(
    name="optical_flow_needs_more_points",
    sleap="an instance is compared with if optical flow finds more than min_match_points of its "
    "parts",
    documented="an instance is compared with if optical flow finds min_match_points of its parts, "
    "and at least one",
    path="min_match_points",
    touches=_sets("min_match_points"),
)
OPTIONS_NOT_PASSED_ON = Difference(
    name="options_of_flowmaxtracks_ignored",
    sleap="with queues for each track, img_scale, of_window_size, of_max_levels and "
    "save_shifted_instances are ignored: 1.0, 21, 3 and off",
    documented="the options of optical flow hold with and without queues for each track",
    path="img_scale",
    touches=_always,
)
REPEATED_CANDIDATES = Difference(
    name="candidates_of_flowmaxtracks_repeated",
    sleap="with queues for each track, all instances of a frame count once for each track in it, "
    "which moves quantiles",
    documented="each remembered instance counts once",
    path="robust",
    touches=lambda config: 0 < getattr(config, "robust", 1) < 1,
)
FLOW: tuple[Difference, ...] = (
    *SIMPLE,
    CHANNELS_OF_FLOW,
    HALF_PIXEL_OF_FLOW,
    MORE_THAN_MATCH_POINTS,
    OPTIONS_NOT_PASSED_ON,
    REPEATED_CANDIDATES,
)
"""The differences of trackers with optical flow."""
AMBIGUITY_BESIDE_NAN = Difference(
    name="ambiguity_beside_missing_costs",
    sleap="an instance without a distance hides what is ambiguous about the others: the minimum "
    "of its column, and of the rows that lost one, is no number, and all comparisons fail",
    documented="distances that are no numbers are left out of minima",
    path="",
    touches=_always,
)
FILTERS_AT_ANY_DISTANCE = Difference(
    name="filters_match_at_any_distance",
    sleap="a filter takes the instance that is nearest to what it expects, however far away",
    documented="a filter takes no instance that is further away than twice the animal's size, "
    "until its animal has been missing for track_window frames",
    path="",
    touches=_always,
)
RENEWED_TRACKS = Difference(
    name="tracks_of_filters_renewed",
    sleap="where several filters have missed their animals for more than 5 frames, each goes on "
    "with another track of the same name",
    documented="a filter keeps its track",
    path="",
    touches=_always,
)
FORGOTTEN_TRACKS = Difference(
    name="tracks_of_filters_forgotten",
    sleap="once all filters have lost their animals, tracking begins anew, with new tracks",
    documented="once all filters have lost their animals, tracking goes on from where each was "
    "last seen, with the same tracks",
    path="",
    touches=_always,
)
NODES_OF_FILTERS = Difference(
    name="filters_need_kf_node_indices",
    sleap="without kf_node_indices there is no tracking",
    documented="without kf_node_indices filters follow all parts",
    path="kf_node_indices",
    touches=lambda config: getattr(config, "kf_node_indices", None) is None,
)
KALMAN: tuple[Difference, ...] = (
    *SIMPLE,
    AMBIGUITY_BESIDE_NAN,
    FILTERS_AT_ANY_DISTANCE,
    RENEWED_TRACKS,
    FORGOTTEN_TRACKS,
    NODES_OF_FILTERS,
)
"""The differences of the tracker with Kalman filters."""
