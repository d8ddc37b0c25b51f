"""The options of SLEAP 1.4's ``sleap-export``."""

from __future__ import annotations

import argparse

from poise_workflows.sleap_commands.parsing import parser_of

HELP = """Export models as a frozen TensorFlow graph, as SLEAP 1.4's sleap-export did.

Options may be abbreviated. Those that sleap-export never had are ignored, as it did: Poise names
them on standard error. Poise says which `poise export` it runs. The graph takes uint8 frames and
gives points, in Poise's arrays of fixed shapes; info.json names them. Poise runs the graph before
it says that it is done. An export that is in the folder is kept under a numbered name.

Exit status: 0 exported; 1 the export does not give Poise's numbers, or cannot be written; 2 the
call is wrong; 130 or 143 interrupted.
"""

FOLDER = "exported_model"
"""Where the export is if the call does not say."""


def parser() -> argparse.ArgumentParser:
    """SLEAP's parser."""
    result = parser_of("sleap-export", "-m MODEL", HELP)
    add = result.add_argument
    add(
        "-m",
        "--model",
        action="append",
        default=[],
        dest="models",
        metavar="MODEL",
        help="A model folder or its training_config.json; for top-down, both, each with -m.",
    )
    add(
        "-e",
        "--export_path",
        default=FOLDER,
        metavar="DIR",
        help=f"The folder of the export; by default {FOLDER}.",
    )
    add(
        "-r",
        "--ragged",
        action="store_true",
        help="Refused: Poise's arrays have fixed shapes, and NaN where there is no animal.",
    )
    add(
        "-n",
        "--max_instances",
        type=int,
        metavar="N",
        help="Of top-down models: room for this many animals of a frame; 20 by default.",
    )
    return result
