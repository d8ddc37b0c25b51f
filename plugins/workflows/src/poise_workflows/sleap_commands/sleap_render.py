"""``poise sleap-render``: the command."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from poise.cli.commands import complain, complain_of_faults
from poise.errors import Fault, FaultsError
from poise_workflows.sleap_commands.parsing import SleapCommand, parser_of, run_command

HELP = """Draw poses over a video, as SLEAP 1.4's sleap-render did.

Poise says which `poise render` it runs. A video that is there is kept under a numbered name.

Exit status: 0 drawn; 1 the video cannot be written; 2 the call is wrong, or a file cannot be
read.
"""

BACKGROUNDS = {"original": "video", "black": "black", "white": "white", "grey": "gray"}
COLORED = {"instances": "", "nodes": "node"}
"""SLEAP's names → Poise's. Poise has no colors for edges alone."""


def parser() -> argparse.ArgumentParser:
    """SLEAP's parser."""
    result = parser_of("sleap-render", "INPUT", HELP)
    add = result.add_argument
    add("input_path", metavar="INPUT", help="A .slp file.")
    add("-o", "--output", help="The video; by default INPUT.avi.")
    add("-f", "--fps", type=float, default=25, help="Frames a second; by default 25.")
    add("--scale", type=float, default=1.0, help="Of the video; by default 1.")
    add("--crop", default="", metavar="W,H", help="Cut out a part that follows the animals.")
    add("--frames", default="", help="1,2,3 or 1-3; by default those that have an animal.")
    add("--video-index", type=int, default=0, help="Which video of the file, from 0.")
    add("--show_edges", type=int, default=1, help="0: draw parts alone.")
    add("--edge_is_wedge", type=int, default=0, help="Poise draws edges as lines: 0.")
    add("--marker_size", type=float, default=4, help="Radius of a part, before scaling.")
    add("--palette", default="standard", help="Poise has SLEAP's standard.")
    add("--distinctly_color", default="instances", help="instances or nodes.")
    add("--background", default="original", help="original, black, white or grey.")
    return result


def run(arguments: Sequence[str]) -> int:
    """Draw."""
    options = parser().parse_args(arguments)
    from poise_workflows.results.errors import ResultsError
    from poise_workflows.results.hdf5 import import_without_locks

    import_without_locks()
    from poise_workflows.sleap_commands.replacing import write_beside

    try:
        words = words_of(options)
        output = Path(words[words.index("-o") + 1])
        statuses: list[int] = []

        remarks, _ = write_beside(output, lambda: statuses.append(_render(words)))
    except FaultsError as error:
        complain_of_faults(options.input_path, error)
        return 1 if isinstance(error, ResultsError) else 2
    for remark in remarks:
        complain(remark)
    return statuses[0]


def _render(words: Sequence[str]) -> int:
    from poise_workflows.rendering.command import command

    return run_command(command, words)


def words_of(options: Any) -> list[str]:
    """The command of Poise that stands for a command line.

    Raises:
        RenderingError: it asks for what Poise does not draw.
        SourceError: the file cannot be read.
    """
    from poise_workflows.rendering.errors import RenderingError

    faults = list(_faults(options))
    if faults:
        raise RenderingError(faults)
    output = options.output or f"{options.input_path}.avi"
    frames = options.frames or _frames_with_animals(options.input_path, options.video_index)
    words = [
        "render",
        options.input_path,
        "-o",
        output,
        "--overwrite",
        "--video-index",
        str(options.video_index),
    ]
    words += ["--frames", frames] if frames else []
    words += ["--fps", f"{options.fps:g}", "--marker-size", f"{options.marker_size:g}"]
    words += ["--scale", f"{options.scale:g}"] if options.scale != 1 else []
    words += ["--crop", options.crop] if _is_crop(options.crop) else []
    words += [] if options.show_edges else ["--no-edges"]
    color = COLORED[options.distinctly_color]
    words += ["--color-by", color] if color else []
    background = BACKGROUNDS[options.background]
    return words + (["--background", background] if background != "video" else [])


def _is_crop(text: str) -> bool:
    """Whether it is a crop: SLEAP took anything else for none."""
    sides = text.split(",")
    return len(sides) == 2 and all(side.strip().isdecimal() and int(side) for side in sides)


def _faults(options: Any) -> list[Fault]:
    faults = []
    if options.edge_is_wedge:
        what = "must be 0, got 1: sleap-io, which draws for Poise, draws edges as lines"
        faults.append(Fault(what, "--edge_is_wedge"))
    if options.palette != "standard":
        what = f"must be standard, got {options.palette}: sleap-io has no such palette of SLEAP"
        fix = "`poise render --palette` has others"
        faults.append(Fault(f"{what}; {fix}", "--palette"))
    if options.distinctly_color not in COLORED:
        what = f"must be instances or nodes, got {options.distinctly_color}"
        faults.append(
            Fault(f"{what}: sleap-io has no colors for edges alone", "--distinctly_color")
        )
    if options.background not in BACKGROUNDS:
        what = f"must be one of {', '.join(BACKGROUNDS)}, got {options.background}"
        faults.append(Fault(what, "--background"))
    return faults


def _frames_with_animals(path: str, video: int) -> str:
    from poise_workflows.prediction.describing import as_ranges
    from poise_workflows.rendering.poses import open_poses

    with open_poses(Path(path), video) as poses:
        frames = poses.labels.labeled_frames
        return as_ranges(sorted(n for n, row in poses.rows.items() if frames[row].instances))


command = SleapCommand("sleap-render", parser, run, help=HELP)
