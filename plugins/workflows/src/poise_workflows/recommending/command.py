"""``poise recommend``: the command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from poise.cli.commands import complain, import_keras, say_json, set_option
from poise.errors import BuildError, FaultsError
from poise_workflows.recommending.amounts import FORM
from poise_workflows.stopping import terminated_as_interrupted

EPILOG = """\b
Examples:
  poise recommend baseline.centroid --labels flies.slp --memory 4GiB --fps 60
  poise recommend my_job.json --labels flies.slp --memory 2GiB -o fits.json
  poise recommend baseline.centroid --labels flies.slp --fps 30 --set backbone.unet.stacks=1
"""


@click.command("recommend", epilog=EPILOG)
@click.argument("profile")
@click.option(
    "--labels",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Labels, which tell the sizes of frames and of animals.  [required]",
)
@click.option(
    "--memory", metavar="SIZE", help=f"The most that training and prediction take: {FORM}."
)
@click.option("--fps", metavar="N", type=float, help="The least frames a second of prediction.")
@click.option(
    "--batch-size",
    metavar="N",
    type=int,
    help="Images of a batch; by default what PROFILE says, and 4 to predict.",
)
@click.option(
    "-o",
    "--output",
    metavar="CONFIG",
    type=click.Path(path_type=Path),
    help="Write the best to this file, .json or .yaml, which `poise train` takes.",
)
@set_option
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=int,
    metavar="N",
    help="Decides which values of long lists are tried.",
)
@click.option(
    "--limit",
    default=100,
    show_default=True,
    type=int,
    metavar="N",
    help="How many networks are built at most.",
)
@click.option(
    "--measured",
    default=3,
    show_default=True,
    type=int,
    metavar="N",
    help="How many of the best are measured; with 0, all figures are estimates.",
)
@click.option("--overwrite", is_flag=True, help="Keep what is there under a numbered name.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object, for programs.")
def command(profile: str, labels: Path | None, as_json: bool, **options: Any) -> int:
    """Find configurations of PROFILE that meet a budget on this machine's processor.

    PROFILE is what `poise train` takes: the name of a profile, a job file, a configuration. Poise
    changes the values that plugins declare, estimates what each network needs, and measures the
    best in processes of their own. The best is the one that is nearest to PROFILE and sees whole
    animals. GPUs are not used.

    Exit status: 0 something fits; 1 nothing does; 2 something was asked for that cannot be done,
    and nothing was written; 130 or 143 interrupted.
    """
    try:
        with terminated_as_interrupted():
            return _recommend(profile, labels, options, as_json=as_json)
    except KeyboardInterrupt as stop:
        complain("interrupted; nothing was written")
        return getattr(stop, "status", 130)


def _recommend(profile: str, labels: Path | None, options: dict[str, Any], *, as_json: bool) -> int:
    from poise_workflows.results.hdf5 import import_without_locks

    import_without_locks()
    from poise_workflows.recommending.saying import show
    from poise_workflows.recommending.workflow import find, prepare

    values, overwrite = options.pop("values"), options.pop("overwrite")
    try:
        prepared = prepare(profile, {**options, "labels": labels}, values, overwrite=overwrite)
        import_keras()
        result = find(prepared, complain)
    except BuildError as error:
        complain(str(error))
        return 2
    except FaultsError as error:
        faults = "\n".join(f"  {line}" for f in error.faults for line in str(f).splitlines())
        complain(f"{error.heading or 'cannot recommend'}:\n{faults}")
        return 2
    if as_json:
        say_json(result.to_json())
    else:
        show(result, prepared.question.budget)
    return 0 if result.configurations else 1
