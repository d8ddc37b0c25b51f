from pathlib import Path

import click

import poise
from poise.cli.commands import complain_of_faults, heading, say


@click.command("heatlines")
@click.argument("file", type=click.Path(path_type=Path))
def command(file):
    """Print the edges that the heatlines of the configuration FILE are of."""
    try:
        outputs = poise.resolve(poise.ModelConfig.load(file))
    except poise.ConfigError as error:
        complain_of_faults(file, error)
        return 1
    heading(str(file))
    for start, end in outputs.config.heads.heatline.edges:
        say(f"  {start} – {end}")
    return 0
