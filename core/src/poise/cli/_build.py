"""``poise build``: a Keras model from a job file, with its weights, as a table or a folder."""

from __future__ import annotations

from pathlib import Path

import attrs
import click

from poise.cli import _completion, _output
from poise.cli._shared import complain_of_faults, import_keras
from poise.editions import EDITIONS, Edition
from poise.errors import FaultsError
from poise.reading import Reading, read
from poise.sleap import MigrationReport

EPILOG = """\b
Examples:
  poise build models/flies -o flies                a SLEAP model on current Keras
  poise build profile.json --image 512,512,1       what a configuration comes to
  poise build models/flies --image 500,500,1 --auto-pad
  poise build models/flies --weights none          without its weights
"""


Size = tuple[int | None, int | None, int]


def _size(ctx: click.Context, parameter: click.Parameter, value: str | None) -> Size | None:
    """``H,W,C``: height, width and channels; ``any`` for height or width."""
    if value is None:
        return None
    words = [word.strip().lower() for word in value.split(",")]
    sizes = [None if word in ("any", "none") else _whole(word) for word in words]
    if len(sizes) == 3 and 0 not in sizes:
        height, width, channels = sizes
        if channels is not None:
            return height, width, channels
    what = "must be height,width,channels as in 512,512,1 (or any,any,1)"
    raise click.BadParameter(f"{what}, got {value!r}", ctx, parameter)


def _whole(word: str) -> int:
    return int(word) if word.isascii() and word.isdigit() else 0


@click.command("build", epilog=EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--image",
    metavar="H,W,C",
    callback=_size,
    help="Height, width and channels of the images. By default any size, and as many channels "
    "as the weights take; of a saved model, what it was saved with.",
)
@click.option(
    "--weights",
    default="auto",
    metavar="FILE|auto|none",
    show_default=True,
    shell_complete=_completion.checkpoint,
    help="A weights file. auto: those in the folder that FILE is, if it has some.",
)
@click.option("--auto-pad", is_flag=True, help="Pad and crop inside the model: any size will do.")
@click.option("--edition", type=click.Choice(EDITIONS), help="Instead of what FILE says.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Save the model there.")
@click.option("--overwrite", is_flag=True, help="Replace a model that is there.")
def command(
    file: Path,
    image: Size | None,
    weights: str,
    auto_pad: bool,
    edition: Edition | None,
    output: Path | None,
    overwrite: bool,
) -> int:
    """Build a Keras model from FILE and show what it is made of.

    FILE is what `poise check` takes. With -o the model is saved as a folder, which
    poise.load reads.

    Exit status: 0 built; 1 it has faults or its weights do not fit; 2 it cannot be read.
    """
    try:
        return _build(file, image, weights, auto_pad, edition, output, overwrite)
    except FaultsError as error:
        complain_of_faults(file, error)
        return 1


def _build(
    file: Path,
    image: Size | None,
    weights: str,
    auto_pad: bool,
    edition: Edition | None,
    output: Path | None,
    overwrite: bool,
) -> int:
    reading = read(file)
    config = attrs.evolve(reading.config, edition=edition) if edition else reading.config
    found = _weights_of(file, weights)
    size, origin = (image, "") if image else _size_without_asking(reading, found)
    import_keras()
    from poise.building.assembly import build
    from poise.building.record import record_of
    from poise.cli._summary import print_summary
    from poise.weights import load_weights

    model = build(config, size, reading.skeleton, reading.classes, auto_pad)
    loaded = load_weights(model, found) if found else None
    shown = " × ".join("any" if one is None else str(one) for one in size)
    _output.heading(f"{file}: {model.name}, edition {config.edition}")
    _output.say(f"  read from  {reading.source}")
    _output.say(f"  image      {shown}{origin}")
    _output.say(f"  weights    {found or 'none, freshly initialized'}")
    print_summary(model)
    record = record_of(model)
    _print_report("Decided", "\n".join(record.resolution.notes) if record else "")
    notes = [
        note
        for note in reading.report
        if note.kind != "edition" or config.edition == reading.config.edition
    ]
    _print_report("Reading", str(MigrationReport(notes)) if notes else "")
    _print_report("Weights", str(loaded) if loaded else "")
    if output is not None:
        from poise.model_folder.saving import save

        folder = save(model, output, config, overwrite=overwrite)
        _output.say()
        _output.say(f"saved in {folder}")
    return 0


def _weights_of(file: Path, weights: str) -> Path | None:
    from poise.weights import find_weights

    if weights == "none":
        return None
    if weights != "auto":
        return find_weights(weights)
    if (file / "poise.json").is_file():
        return file / "model.weights.h5"  # checked with the rest of the folder
    has_some = file.is_dir() and any(file.glob("*.h5"))
    return find_weights(file) if has_some else None


def _size_without_asking(reading: Reading, weights: Path | None) -> tuple[Size, str]:
    """Height, width and channels where none are given, and a word on where they come from."""
    height, width, channels = reading.image
    if channels is not None:
        return (height, width, channels), f" (from {reading.source.name})"
    if weights is not None:
        from poise.weights import open_weights

        with open_weights(weights) as opened:
            kernels = [one.shape for one in opened.records if len(one.shape) == 4]
        if kernels:
            # The file's order is the model's: the first kernel (H, W, in, out) sees the image.
            return (height, width, kernels[0][2]), " (channels as the weights take)"
    raise click.UsageError(
        "--image H,W,C is needed: neither the file nor weights say how many channels images have"
    )


def _print_report(title: str, text: str) -> None:
    if text:
        _output.say()
        _output.heading(title)
        for line in text.splitlines():
            _output.say(f"  {line}")
