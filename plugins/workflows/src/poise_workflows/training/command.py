"""``poise train``: the command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from poise.cli.commands import complain, import_keras, set_option
from poise.editions import EDITIONS
from poise.errors import BuildError, FaultsError, WeightsError
from poise_workflows.frames.arguments import map_option
from poise_workflows.stopping import terminated_as_interrupted
from poise_workflows.training.saying import list_profiles, show, tell

EPILOG = """\b
Examples:
  poise train baseline_medium_rf.single flies.slp -o runs/flies
  poise train --profiles
  poise train my_job.json flies.pkg.slp --val held_out.slp -o runs/flies
  poise train baseline.centroid flies.slp -o runs/c --set optimization.epochs=50
  poise train --resume runs/flies
  poise train job.zip

The same command again goes on where a run was stopped, and leaves a finished run alone.
"""

GO_ON = "the same command again goes on after the last whole epoch"


@click.command("train", epilog=EPILOG)
@click.argument("config", required=False)
@click.argument("labels", required=False, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    "run",
    metavar="RUN",
    type=click.Path(path_type=Path),
    help="The folder of the run.",
)
@click.option("--profiles", is_flag=True, help="List the profiles, and end.")
@click.option(
    "--resume",
    metavar="RUN",
    type=click.Path(path_type=Path),
    help="Go on with a run by its folder.",
)
@click.option(
    "--val",
    "validation",
    metavar="FILE|FRACTION",
    help="Labels that validate, or which part of LABELS does; by default what the job says.",
)
@click.option(
    "--video-paths",
    metavar="FOLDER,…",
    default="",
    help="Where videos are looked for that are not where the labels say.",
)
@map_option
@click.option(
    "--test",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Labels that nothing is chosen by.",
)
@click.option(
    "--split",
    default="frame",
    show_default=True,
    type=click.Choice(["frame", "video", "block"]),
    help="Draw frames that validate, or whole videos, or a stretch of each video.",
)
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Decides every draw."
)
@set_option
@click.option(
    "--edition", type=click.Choice(list(EDITIONS)), help="Instead of the one that the job means."
)
@click.option(
    "--from",
    "start",
    metavar="MODEL",
    type=click.Path(path_type=Path),
    help="Begin with the weights of this model, wherever layer and shape agree.",
)
@click.option(
    "--device", default="auto", show_default=True, metavar="auto|cpu|gpu:N", help="What trains."
)
@click.option(
    "--devices",
    default=1,
    show_default=True,
    type=click.IntRange(min=1),
    metavar="N",
    help="Split batches over so many devices.",
)
@click.option(
    "--precision",
    default="float32",
    show_default=True,
    type=click.Choice(["float32", "float16", "bfloat16"]),
    help="What the network computes in; weights stay float32.",
)
@click.option("--clip-norm", type=click.FloatRange(min=0, min_open=True), help="Limit gradients.")
@click.option(
    "--cache",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", "memory", "disk"]),
    help="Where images are kept while training.",
)
@click.option("--tensorboard", is_flag=True, help="Write logs for TensorBoard, too.")
@click.option("--sleap-files", is_flag=True, help="Write SLEAP's files into RUN, too.")
@click.option(
    "--overwrite", is_flag=True, help="Keep what is there under a numbered name, and train anew."
)
@click.option(
    "--renew", is_flag=True, help="The same, but only where what is there is not this run."
)
@click.option(
    "--progress",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", "rich", "json", "lines", "none"]),
    help="Bars, JSON lines, a line an epoch, or nothing.",
)
def command(
    config: str | None, labels: Path | None, run: Path | None, *, profiles: bool, **options: Any
) -> int:
    """Train a model on labels.

    CONFIG is a SLEAP job file or profile, the same in YAML, a model folder, or the name of a
    profile. LABELS is a .slp file, or labels of another program; without it, the file that the job
    names. Or CONFIG is SLEAP's training job package, a folder or a zip: Poise trains every model
    in it, and RUN is where the runs go. Everything is checked before the first epoch.

    Exit status: 0 trained; 1 it could not go on; 2 something was asked for that cannot be done,
    and nothing was written; 130 or 143 interrupted.
    """
    if profiles:
        list_profiles()
        return 0
    paths = str(options.pop("video_paths")).split(",")
    options["video_paths"] = [path for path in paths if path]
    try:
        with terminated_as_interrupted():
            return _train(config, labels, run, options)
    except KeyboardInterrupt as stop:
        complain(f"interrupted; every whole epoch is kept\n  fix: {GO_ON}")
        return getattr(stop, "status", 130)


def _train(config: str | None, labels: Path | None, run: Path | None, options: Any) -> int:
    from poise_workflows.results.hdf5 import import_without_locks

    import_without_locks()  # before any other module imports it
    from poise_workflows.prediction.devices import grow_on_demand
    from poise_workflows.training.devices import split_cpu_of_jax
    from poise_workflows.training.packages import is_package
    from poise_workflows.training.run_folders import devices_of_run

    is_json = options["progress"] == "json"
    resumed = options.pop("resume")
    is_of_several = resumed is None and bool(config) and is_package(Path(str(config)))
    needed = {"CONFIG": config} if is_of_several else {"CONFIG": config, "--output": run}
    _refuse_half_a_call(resumed, needed)
    if is_of_several and labels:
        raise click.UsageError(f"must be without LABELS, which {config} has, got {labels}")
    grow_on_demand()  # before the backend is there to notice
    split_cpu_of_jax(options["devices"] if resumed is None else devices_of_run(resumed))
    import_keras(in_batches=True)
    from poise_workflows.prediction.options import OptionsError
    from poise_workflows.training.errors import (
        DivergedError,
        MemoryUsedUpError,
        RunError,
        TrainingError,
    )

    try:
        if is_of_several:
            _run_package(config, run, options, is_json=is_json)
        else:
            _run(config, labels, run, resumed, options, is_json=is_json)
    except (TrainingError, RunError, OptionsError) as error:
        complain(in_lines(error))
        return 2
    except (BuildError, WeightsError) as error:
        complain(str(error))
        return 2
    except (DivergedError, MemoryUsedUpError) as error:
        complain(str(error))
        return 1
    return 0


_OF_A_RESUMED = {"resume", "map", "device", "cache", "tensorboard", "progress", "profiles"}
"""Options that do not decide what is trained."""


def _refuse_half_a_call(resumed: Path | None, arguments: dict[str, Any]) -> None:
    """Nothing that is asked for is ignored, and nothing is guessed."""
    context = click.get_current_context()
    if resumed is None:
        missing = [name for name, value in arguments.items() if not value]
        if missing:
            what = f"must be CONFIG, LABELS and --output RUN, got no {' and no '.join(missing)}"
            raise click.UsageError(f"{what}; or go on with --resume RUN")
        return
    left = [
        parameter.opts[0] if parameter.opts[0].startswith("-") else parameter.opts[0].upper()
        for parameter in context.command.params
        if parameter.name not in _OF_A_RESUMED
        and context.get_parameter_source(str(parameter.name)) is ParameterSource.COMMANDLINE
    ]
    if left:
        what = f"must be left out with --resume, which repeats what was asked for, got {left[0]}"
        raise click.UsageError(f"{what}; or repeat the whole call without --resume")


def _run(
    config: Any, labels: Any, run: Any, resumed: Path | None, options: Any, *, is_json: bool
) -> None:
    from poise_workflows.training.jobs import read_job
    from poise_workflows.training.options import options_of
    from poise_workflows.training.running import resume_run, train_job

    before = (lambda *facts: None) if is_json else tell
    if resumed is not None:
        of_resume = {name: options[name] for name in ("map", "device", "cache", "tensorboard")}
        result = resume_run(resumed, of_resume, progress=options["progress"], tell=before)
        show(result, is_json)
        return
    values, edition, running = _split_options(options)
    reading = read_job(config, values, edition)
    result = train_job(reading, labels, run, options_of(options), tell=before, **running)
    show(result, is_json)


def _run_package(config: Any, place: Path | None, options: Any, *, is_json: bool) -> None:
    """Train every model of a package, and say of each what became of it."""
    from poise_workflows.training.package_runs import runs_of

    values, edition, running = _split_options(options)
    before = (lambda *facts: None) if is_json else tell
    runs = runs_of(
        Path(config), place, values, edition, options, note=complain, tell=before, **running
    )
    for result in runs:
        show(result, is_json)


def _split_options(options: Any) -> tuple[Any, Any, dict[str, Any]]:
    """The values and the edition of the job, and how it runs; the rest stays."""
    values, edition = options.pop("values"), options.pop("edition")
    running = {name: options.pop(name) for name in ("progress", "overwrite", "renew")}
    options["validation"] = _validation(options["validation"])
    return values, edition, running


def _validation(text: str | None) -> Path | float | None:
    """A file that exists, or a part; what is neither is the path of a missing file."""
    if text is None:
        return None
    try:
        return Path(text) if Path(text).exists() else float(text)
    except ValueError:
        return Path(text)


def in_lines(error: FaultsError) -> str:
    """Every fault of a call that cannot be done, a line each."""
    faults = "\n".join(f"  {line}" for fault in error.faults for line in str(fault).splitlines())
    return f"{error.heading or 'cannot train'}:\n{faults}"
