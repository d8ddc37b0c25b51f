"""``poise sleap-convert``: the command."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from poise.cli.commands import complain, complain_of_faults, say
from poise.errors import FaultsError
from poise_workflows.sleap_commands.parsing import SleapCommand, parser_of, say_command

HELP = """Convert label files, as SLEAP 1.4's sleap-convert did.

Reads .slp files and what else sleap-io reads: analysis HDF5, LEAP, DeepLabCut, COCO. An analysis
file is SLEAP's, byte for byte the same arrays: Poise says on standard error how many instances
it does not hold. A file that is there is kept under a numbered name.

Exit status: 0 converted; 1 there is no such video, or a file cannot be written; 2 the call is
wrong, or the file cannot be read.
"""


def parser() -> argparse.ArgumentParser:
    """SLEAP's parser."""
    result = parser_of("sleap-convert", "INPUT", HELP)
    result.add_argument("input_path", metavar="INPUT", help="The file to convert.")
    result.add_argument(
        "-o",
        "--output",
        action="append",
        default=[],
        metavar="PATH",
        help="Of analysis: a file for each video, in order. Else the file; its suffix decides. "
        "By default INPUT.FORMAT, or INPUT.000_VIDEO.analysis.h5 for each video.",
    )
    result.add_argument(
        "--format",
        default="slp",
        help="slp (by default), h5, analysis (HDF5) or analysis.csv.",
    )
    result.add_argument(
        "--video", metavar="TEXT", help="Only the first video with this text in its path."
    )
    return result


def run(arguments: Sequence[str]) -> int:
    """Convert."""
    options = parser().parse_args(arguments)
    from poise_workflows.results.hdf5 import import_without_locks

    import_without_locks()
    from poise_workflows.results.errors import ResultsError
    from poise_workflows.sleap_commands.conversions import convert

    try:
        result = convert(options.input_path, options.output, options.format, options.video)
    except FaultsError as error:
        complain_of_faults(options.input_path, error)
        return 1 if isinstance(error, ResultsError) else 2
    if result.files:
        given = [word for file in result.files for word in ("-o", str(file))]
        chosen = ["--video", options.video] if options.video is not None else []
        words = [options.input_path, "--format", options.format, *chosen, *given]
        say_command("sleap-convert", *words)
    for remark in result.remarks:
        complain(remark)
    for file in result.files:
        say(f"converted  {file}")
    return 0 if result.is_whole else 1


command = SleapCommand("sleap-convert", parser, run, help=HELP)
