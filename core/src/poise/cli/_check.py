"""``poise check``: every fault of a file, or what it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from poise.cli import _output
from poise.cli._apart import apart
from poise.cli._names import names_options
from poise.cli._preparing import lines_of
from poise.cli._setting import set_option, with_set
from poise.cli._shared import heading_within, lines_of_faults, within
from poise.errors import Fault, FaultsError, PoiseError
from poise.processes.output import output_to_stderr
from poise.reading import Reading, read
from poise.reading.standing_in import Resolved, resolve_leniently
from poise.skeleton import Skeleton
from poise.wire.structure import unstructure

EPILOG = """\b
Examples:
  poise check models/flies/training_config.json
  poise check -v models/flies     with all that was assumed or left out
  poise check models/*            several, each with its own verdict
  poise check profile.json --skeleton labels.slp
  poise check profile.json --set backbone.unet.filters=32
  poise check --json profile.json | jq '.[].faults'
"""

FAULTY, UNREADABLE = 1, 2


@click.command("check", epilog=EPILOG)
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
@names_options
@set_option
@_output.verbose_option
@click.option("--json", "as_json", is_flag=True, help="One JSON list, for programs.")
def command(
    files: tuple[Path, ...],
    skeleton: Skeleton | None,
    classes: tuple[str, ...] | None,
    values: dict[str, Any],
    verbose: bool,
    as_json: bool,
) -> int:
    """Check job files, model folders, profiles and configurations, building nothing.

    FILE is what SLEAP 1.0 to 1.4 wrote (a model folder, training_config.json,
    initial_config.json, a profile), a model folder of Poise, or a model configuration in
    JSON or YAML. Model folders may be zipped.

    Exit status: 0 all fine; 1 faults were found; 2 a file cannot be read.
    """
    verdicts = apart(lambda: _verdicts(files, skeleton, classes, values))
    if as_json:
        _output.say_json(verdicts)
    else:
        for index, verdict in enumerate(verdicts):
            if index:
                _output.say()
            _print(verdict, verbose)
    return max(_status(verdict) for verdict in verdicts)


def _verdicts(
    files: Sequence[Path],
    skeleton: Skeleton | None,
    classes: tuple[str, ...] | None,
    values: dict[str, Any],
) -> list[dict[str, Any]]:
    with output_to_stderr():
        return [_verdict(file, skeleton, classes, values) for file in files]


def _verdict(
    file: Path,
    skeleton: Skeleton | None,
    classes: tuple[str, ...] | None,
    values: dict[str, Any],
) -> dict[str, Any]:
    """All that is said of one file, as plain data."""
    verdict: dict[str, Any] = {"file": str(file), "ok": False, "error": None}
    verdict |= {"heading": "", "faults": []}
    try:
        reading = with_set(read(file), values)
        verdict |= {"source": str(reading.source), "report": reading.report.as_dict()}
        verdict["report_text"] = str(reading.report) if reading.report.entries else ""
        verdict |= _summary(reading, resolve_leniently(reading, skeleton, classes))
    except FaultsError as error:
        verdict["heading"] = heading_within(file, error)
        verdict["faults"] = [fault._asdict() for fault in error.faults]
    except PoiseError as error:  # a model folder that was changed, a plugin that fails
        verdict["faults"] = [{"what": within(file, str(error)), "path": ""}]
    except OSError as error:
        verdict["error"] = error.strerror or str(error)
    return verdict


def _summary(reading: Reading, resolved: Resolved) -> dict[str, Any]:
    resolution = resolved.resolution
    known = not resolved.missing
    return {
        "ok": True,
        "backbone": resolution.backbone.key,
        "head": resolution.head.key,
        "edition": reading.config.edition,
        "max_stride": resolution.max_stride,
        "outputs": [
            {
                "name": output.name,
                "layer": output.layer_name,
                "stride": output.stride,
                # With stand-ins for names their number is none that anybody meant.
                "channels": output.channels if known else None,
                "loss": output.loss,
                "loss_weight": output.loss_weight,
            }
            for output in resolution.outputs
        ],
        "prepared": unstructure(reading.job.prepared()),
        "notes": list(resolution.notes),
        "missing": list(resolved.missing),
    }


def _status(verdict: dict[str, Any]) -> int:
    if verdict["error"]:
        return UNREADABLE
    return 0 if verdict["ok"] else FAULTY


def _print(verdict: dict[str, Any], verbose: bool) -> None:
    file = verdict["file"]
    if verdict["error"]:
        _output.complain(f"{file}: {verdict['error']}")
        return
    if not verdict["ok"]:
        count = len(verdict["faults"])
        _output.heading(f"{file}: {count} {'fault' if count == 1 else 'faults'}")
        faults = [Fault(**fault) for fault in verdict["faults"]]
        for line in lines_of_faults(verdict["heading"], faults):
            _output.say(line)
        return
    count = len(verdict["notes"]) + sum(map(len, verdict["report"].values()))
    _output.heading(", ".join([f"{file}: ok", *_output.counted_notes(count, verbose)]))
    if verdict["source"] != file:
        _output.say(f"  read from {verdict['source']}")
    _output.say(
        f"  {verdict['backbone']} with {verdict['head']}, edition {verdict['edition']}, "
        f"images in multiples of {verdict['max_stride']}"
    )
    for output in verdict["outputs"]:
        count = output["channels"]
        channels = f", {count} channel{'s' * (count != 1)}" if count else ""
        _output.say(f"  {output['name']}: stride {output['stride']}{channels}")
    _print_lines("images prepared with", lines_of(verdict["prepared"]))
    _print_lines("to be named before building", verdict["missing"])
    if verbose:
        _print_lines("decided", verdict["notes"])
        _print_lines("read", verdict["report_text"].splitlines())


def _print_lines(title: str, lines: Sequence[str]) -> None:
    if lines:
        _output.say(f"  {title}:")
        for line in lines:
            _output.say(f"    {line}")
