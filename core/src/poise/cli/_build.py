"""``poise build``: a Keras model from a job file, with its weights, as a table or a folder."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from poise.cli import _completion, _output
from poise.cli._names import names_options
from poise.cli._setting import set_option, with_set
from poise.cli._shared import complain_of_faults, import_keras
from poise.cli._sizes import Size, image_size
from poise.editions import EDITIONS, Edition
from poise.errors import FaultsError
from poise.processes.output import output_to_stderr
from poise.reading import ImageUnknownError, NoWeightsError, Reading, read
from poise.reading.built import Asked
from poise.skeleton import Skeleton

if TYPE_CHECKING:
    from poise.cli._built import Told

EPILOG = """\b
Examples:
  poise build models/flies -o flies                a SLEAP model on current Keras
  poise build profile.json --image 512,512,1 --skeleton labels.slp
  poise build profile.json --image 512,512,1 --parts head,tail --set backbone.unet.filters=32
  poise build models/flies --image 500,500,1 --auto-pad
  poise build models/flies --weights none          without its weights
  poise build models/flies --json | jq '.outputs'
"""


@click.command("build", epilog=EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--image",
    metavar="H,W,C",
    callback=image_size,
    help="Height, width and channels of the images. By default any size, and as many channels "
    "as the weights take; of a saved model, what it was saved with.",
)
@names_options
@click.option(
    "--weights",
    default="auto",
    metavar="FILE|auto|none",
    show_default=True,
    shell_complete=_completion.checkpoint,
    help="A weights file. auto: those of the model folder that FILE is, or that it is the "
    "training_config.json of, which must hold some; of a training profile, none.",
)
@click.option("--auto-pad", is_flag=True, help="Pad and crop inside the model: any size will do.")
@click.option("--edition", type=click.Choice(EDITIONS), help="Instead of what FILE says.")
@set_option
@_output.verbose_option
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Save the model there.")
@click.option("--overwrite", is_flag=True, help="Replace a model that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object, for programs.")
def command(
    file: Path,
    image: Size | None,
    skeleton: Skeleton | None,
    classes: tuple[str, ...] | None,
    weights: str,
    auto_pad: bool,
    edition: Edition | None,
    values: dict[str, Any],
    verbose: bool,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
) -> int:
    """Build a Keras model from FILE and show what it is made of.

    FILE is what `poise check` takes. With -o the model is saved as a folder, which
    poise.load reads.

    Exit status: 0 built; 1 it has faults, its weights do not fit or are not there; 2 it cannot
    be read.
    """
    asked = Asked(image, skeleton, classes, auto_pad or None, edition)
    try:
        with output_to_stderr() if as_json else nullcontext():
            told = _build(with_set(read(file), values), file, weights, asked, output, overwrite)
    except FaultsError as error:
        complain_of_faults(file, error)
        return 1
    except NoWeightsError as error:
        _output.complain(str(error))
        return 1
    if as_json:
        _output.say_json(told.as_data())
    else:
        told.say(verbose)
    return 0


def _build(
    reading: Reading, file: Path, weights: str, asked: Asked, output: Path | None, overwrite: bool
) -> Told:
    import_keras()
    from poise.cli._built import Told

    try:
        built = reading.build_with_report(weights=weights, **attrs.asdict(asked, recurse=False))
    except ImageUnknownError:
        raise click.UsageError(
            "--image H,W,C is needed: neither the file nor weights say how many channels images "
            "have"
        ) from None
    folder = None
    if output is not None:
        from poise.model_folder.saving import save

        folder = save(built.model, output, overwrite=overwrite)
    size_from = "" if asked.image else _origin(reading)
    return Told(file=file, reading=reading, built=built, size_from=size_from, saved=folder)


def _origin(reading: Reading) -> str:
    """Where the size of images comes from if the caller did not give one."""
    said = reading.image[2] is not None
    return f" (from {reading.source.name})" if said else " (channels as the weights take)"
