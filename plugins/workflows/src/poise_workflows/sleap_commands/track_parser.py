"""The options of SLEAP 1.4's ``sleap-track``."""

from __future__ import annotations

import argparse

from poise_workflows.sleap_commands.parsing import parser_of

HELP = """Predict, and track, as SLEAP 1.4's sleap-track did.

Options may be abbreviated. Those that sleap-track never had are ignored, as it did: Poise names
them on standard error and in the report. Poise says which `poise predict` or `poise track` it
runs. It goes on where the same command was interrupted; where another file is at the output, it
keeps that under a numbered name. Of --frames it predicts those that the video has.

Exit status: 0 predicted; 1 some frames or files are missing, or cannot be read or written; 2 the
call is wrong; 130 or 143 interrupted.
"""

TRACKING = {
    "tracker": "simple, flow, simplemaxtracks, flowmaxtracks, or none. By default flow, if any "
    "--tracking option is given.",
    "similarity": "instance, centroid, iou, normalized_instance or object_keypoint.",
    "match": "greedy or hungarian.",
    "track_window": "How many frames a track is looked for in.",
    "robust": "The quantile of the similarities that counts.",
    "min_new_track_points": "An animal with fewer parts begins no track.",
    "min_match_points": "An animal with fewer parts is compared with none.",
    "max_tracking": "Any text: limit the tracks to --tracking.max_tracks.",
    "max_tracks": "How many tracks there may be.",
    "target_instance_count": "How many animals a frame has.",
    "pre_cull_to_target": "1: leave out animals beyond that count before tracking.",
    "pre_cull_iou_threshold": "Which overlap is too much for that.",
    "post_connect_single_breaks": "1: connect a track that ends with one that begins.",
    "clean_instance_count": "Leave out animals beyond this count after tracking.",
    "clean_iou_threshold": "Which overlap is too much for that.",
    "img_scale": "Of flow: scale the images.",
    "of_window_size": "Of flow: the window, in pixels.",
    "of_max_levels": "Of flow: levels of the pyramid.",
    "save_shifted_instances": "1, of flow: go on from shifted animals.",
    "kf_init_frame_count": "Frames before Kalman filters begin.",
    "kf_node_indices": "Parts that they follow, as 0,1,2.",
    "oks_errors": "Of object_keypoint: the error of each part.",
    "oks_score_weighting": "1, of object_keypoint: weight by scores.",
    "oks_normalization": "Of object_keypoint: all, ref or union.",
}
"""Options of trackers → what they mean."""

OLD = tuple(
    f"{kind}.{name}"
    for name in ("peak_threshold", "batch_size")
    for kind in ("single", "topdown", "bottomup")
)
"""Names that SLEAP still read, and showed nobody."""


def parser() -> argparse.ArgumentParser:
    """SLEAP's parser."""
    result = parser_of("sleap-track", "SOURCE", HELP)
    add = result.add_argument
    add(
        "data_path",
        metavar="SOURCE",
        nargs="?",
        default="",
        help="A video, .slp, folder, or .txt or .csv list.",
    )
    of_models = "A model folder or its training_config.json; of top-down, one for each stage."
    several = {"action": "append", "default": [], "dest": "models", "metavar": "MODEL"}
    add("-m", "--model", help=of_models, **several)  # type: ignore[arg-type]
    _add_frames(result)
    add("-o", "--output", help="The .slp file; a folder for several sources.")
    add("--no-empty-frames", action="store_true", help="Leave frames without animals out.")
    add(
        "--verbosity",
        choices=["none", "rich", "json"],
        help="none, rich or json: how progress is shown.",
    )
    _add_devices(result)
    _add_decoding(result)
    add("--open-in-gui", action="store_true", help="Open the result in SLEAP's program.")
    for name, meaning in TRACKING.items():
        add(f"--tracking.{name}", metavar="VALUE", help=meaning)
    # Two options begin so; SLEAP's scripts mean this one.
    add("--tracking.tr", dest="tracking.tracker", help=argparse.SUPPRESS)
    add("--labels", help=argparse.SUPPRESS)
    for name in OLD:
        add(f"--{name}", type=float, help=argparse.SUPPRESS)
    return result


def _add_frames(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--frames", default="", help="Of a video: 1,2,3, or 1-3, or 1,-3.")
    add("--only-labeled-frames", action="store_true", help="Frames that a person labeled.")
    add("--only-suggested-frames", action="store_true", help="Suggestions without user labels.")
    add("--video.dataset", metavar="NAME", help="Of an HDF5 file.")
    add("--video.input_format", metavar="ORDER", help="channels_last or channels_first.")
    add("--video.index", type=int, metavar="I", help="Of a .slp file: one of its videos.")


def _add_devices(parser: argparse.ArgumentParser) -> None:
    add = parser.add_mutually_exclusive_group().add_argument
    add("--cpu", action="store_true", help="Predict on the CPU.")
    add("--first-gpu", action="store_true", help="Predict on the first GPU.")
    add("--last-gpu", action="store_true", help="Predict on the last GPU.")
    add("--gpu", default="auto", help="auto, or the number of a GPU.")


def _add_decoding(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--max_edge_length_ratio", type=float, help="Of bottom-up models; by default 0.25.")
    add("--dist_penalty_weight", type=float, help="Of bottom-up models; by default 1.")
    add("--batch_size", type=int, help="Frames that the network sees at once; by default 4.")
    add("--peak_threshold", type=float, help="The least value of a peak; by default 0.2.")
    add("-n", "--max_instances", type=int, help="Keep the best animals of a frame.")
