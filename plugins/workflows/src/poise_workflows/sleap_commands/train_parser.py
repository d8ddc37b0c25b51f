"""The options of SLEAP 1.4's ``sleap-train``."""

from __future__ import annotations

import argparse

from poise_workflows.sleap_commands.parsing import parser_of

HELP = """Train, as SLEAP 1.4's sleap-train did.

Options may be abbreviated. Those that sleap-train never had are ignored, as it did: Poise names
them on standard error. Poise says which `poise train` it runs. The folder of the run has SLEAP's
name, and SLEAP's files beside Poise's; `poise predict` and `poise sleap-track` take it as a model.
The same command goes on where it was interrupted; where something else has the name of the run,
Poise keeps that under a numbered name.

Exit status: 0 trained; 1 it could not go on; 2 the call is wrong; 130 or 143 interrupted.
"""

PORTS = {"publish_port": "9001", "controller_port": "9000"}
"""Options of SLEAP's desktop program → their defaults."""


def parser() -> argparse.ArgumentParser:
    """SLEAP's parser."""
    result = parser_of("sleap-train", "PROFILE [LABELS]", HELP)
    add = result.add_argument
    add("training_job_path", metavar="PROFILE", help="A job file, or the name of a profile.")
    add(
        "labels_path",
        metavar="LABELS",
        nargs="?",
        default="",
        help="A .slp file; by default the one that the job names.",
    )
    add("--video-paths", default="", help="Folders where missing videos are looked for: a,b.")
    add("--val_labels", "--val", metavar="FILE", help="Labels that validate.")
    add("--test_labels", metavar="FILE", help="Labels that nothing is chosen by.")
    add("--base_checkpoint", metavar="DIR", help="A model whose weights it begins with.")
    _add_outputs(result)
    _add_devices(result)
    return result


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--tensorboard", action="store_true", help="Write logs for TensorBoard, too.")
    add("--save_viz", action="store_true", help="Ignored: Poise draws no pictures while it trains.")
    add("--keep_viz", action="store_true", help="Ignored, too.")
    add("--zmq", action="store_true", help="Ignored: SLEAP's program cannot follow Poise.")
    for name in PORTS:
        add(f"--{name}", type=int, help="Ignored, too.")
    add("--run_name", default="", help="The name of the run, instead of the job's.")
    add("--prefix", default="", help="What its name begins with, instead of the job's.")
    add("--suffix", default="", help="What its name ends with, instead of the job's.")


def _add_devices(parser: argparse.ArgumentParser) -> None:
    add = parser.add_mutually_exclusive_group().add_argument
    add("--cpu", action="store_true", help="Train on the CPU.")
    add("--first-gpu", action="store_true", help="Train on the first GPU.")
    add("--last-gpu", action="store_true", help="Train on the last GPU.")
    add("--gpu", default="auto", help="auto, or the number of a GPU.")
