"""``poise matrix``: test installed plugins on every backend, with several versions of Keras."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from poise import registry
from poise.cli import _output
from poise.cli._shared import refuse_unknown_keys
from poise.registry.discovery import KINDS
from poise.writing.whole_files import write_text

if TYPE_CHECKING:
    from poise.cli.matrix.environments import Cell, CellResult

EPILOG = """\b
Examples:
  poise matrix tinyvgg
  poise matrix tinyvgg --backend jax,tensorflow==2.20.0 --keras 3.10,newest
  poise matrix tinyvgg --directory .matrix --markdown matrix.md -o matrix.json

\b
In a plugin's tox.ini:
  [testenv:matrix]
  commands = poise matrix tinyvgg
"""

TITLE = "# Plugins × backends × versions of Keras"


@click.command("matrix", epilog=EPILOG)
@click.argument("keys", nargs=-1, metavar="KEY...")
@click.option("--all", "all_keys", is_flag=True, help="Every installed key, instead of KEY.")
@click.option(
    "--backend",
    "backends",
    multiple=True,
    default=["tensorflow,jax,torch"],
    show_default=True,
    metavar="NAMES",
    help="Backends of Keras, with or without a version, as torch==2.13.0.",
)
@click.option(
    "--keras",
    multiple=True,
    default=["oldest,newest"],
    show_default=True,
    metavar="VERSIONS",
    help="Versions of Keras; oldest is the oldest that any of the plugins supports on the backend. "
    "Plugins that need a newer one are left out. lowest installs the lowest versions of everything "
    "that the plugins declare, with uv.",
)
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the environments in this folder, and reuse those in it.",
)
@click.option(
    "--installer",
    type=click.Choice(["auto", "pip", "uv"]),
    default="auto",
    show_default=True,
    help="auto: uv if it is installed, else pip.",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many environments to create and test at once.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write all results as JSON.")
@click.option("--markdown", type=click.Path(path_type=Path), help="Write the table to this file.")
def command(
    keys: tuple[str, ...],
    all_keys: bool,
    backends: tuple[str, ...],
    keras: tuple[str, ...],
    directory: Path | None,
    installer: str,
    jobs: int,
    output: Path | None,
    markdown: Path | None,
) -> int:
    """Test installed plugins on every backend, with the oldest and the newest Keras.

    For each backend and version of Keras, Poise creates an environment, installs Poise and the
    plugins as they are installed here (from the same folder or archive, or in the same version),
    and runs `poise test` for each KEY in a separate process.

    Exit status: 0 all promises are kept everywhere; 1 a promise is broken; 2 a mistake in the call.
    """
    from poise.cli.matrix import environments, table

    if bool(keys) == all_keys:
        raise click.UsageError("pass the keys to test, or --all")
    if all_keys:
        installed = registry.default()
        # A backbone and a head may have the same key, whose tests run once for both. Opened kinds,
        # such as trackers, are tested if you name their keys: backends do not concern them.
        keys = tuple(dict.fromkeys(key for kind in KINDS for key in installed.keys(kind)))
    refuse_unknown_keys(keys, None)
    homes = _homes(keys)
    try:
        cells = environments.cells(_split(backends), _split(keras), _distributions(homes))
        _check(homes, cells)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    uv = environments.find_uv() if installer != "pip" else None
    if installer == "uv" and uv is None:
        raise click.UsageError("uv is not installed: pip install uv, or --installer pip")
    if uv is None and any(cell.keras == environments.LOWEST for cell in cells):
        raise click.UsageError("--keras lowest needs uv: pip install uv, without --installer pip")
    with tempfile.TemporaryDirectory() as temporary:
        folder = directory or Path(temporary)
        run = partial(_run, homes, folder.resolve(), uv)
        with ThreadPoolExecutor(jobs) as pool:  # threads only wait for processes
            results = list(pool.map(run, cells))
    if output is not None:
        data = [
            {
                "environment": result.cell.name,
                "error": result.error,
                "failures": dict(result.failures),
                "left_out": dict(result.left_out),
                **result.data,
            }
            for result in results
        ]
        write_text(output, json.dumps(data, indent=2) + "\n")
    if markdown is not None:
        write_text(markdown, f"{TITLE}\n\n{_about(keys)}\n\n{table.markdown(results)}")
    _print(results)
    return 0 if all(result.ok for result in results) else 1


def _print(results: Sequence[CellResult]) -> None:
    """Write what was found: as Markdown to be put on a page, or so that it fits the terminal."""
    from poise.cli.matrix import table

    _output.say()
    if _output.width() is None:
        _output.say(table.markdown(results), whole=True)
        return
    for plugin, counts in table.by_plugin(results):
        _output.heading(plugin)
        _output.rows(counts, "  ")
    for line in table.findings(results):
        _output.say(line)


def _about(keys: Sequence[str]) -> str:
    return (
        f"<!-- Generated by `poise matrix {' '.join(keys)}`. -->\n\n"
        "How many promises each plugin keeps, check by check and configuration by configuration, "
        "in environments of their own."
    )


def _split(values: Sequence[str]) -> list[str]:
    return list(filter(None, (name.strip() for name in ",".join(values).split(","))))


Homes = Mapping[str, Sequence[str]]
"""Key → the distributions that provide it."""


def _homes(keys: Sequence[str]) -> Homes:
    plugins = registry.default()
    return {
        key: [
            claim.distribution for kind in plugins.kinds for claim in plugins.claimants(kind, key)
        ]
        for key in keys
    }


def _distributions(homes: Homes) -> list[str]:
    return list(dict.fromkeys(name for names in homes.values() for name in names))


def _too_new(homes: Homes, cell: Cell) -> dict[str, str]:
    """Keys that need a newer Keras than an environment has → the oldest that they support."""
    from poise.cli.matrix import environments

    oldest = {name: environments.oldest_keras(name, cell.backend) for name in _distributions(homes)}
    return {
        key: oldest[name]
        for key, names in homes.items()
        for name in names
        if not environments.takes(cell, oldest[name])
    }


def _check(homes: Homes, cells: Sequence[Cell]) -> None:
    for cell in cells:
        too_new = _too_new(homes, cell)
        if len(too_new) == len(homes):
            take = ", ".join(f"{key} needs {oldest}" for key, oldest in too_new.items())
            raise ValueError(f"Keras {cell.keras} is too old on {cell.backend}: {take} or newer")


def _run(homes: Homes, folder: Path, uv: str | None, cell: Cell) -> CellResult:
    from poise.cli.matrix import environments

    left_out = _too_new(homes, cell)
    fitting = {key: names for key, names in homes.items() if key not in left_out}
    plugins = [environments.as_installed(name) for name in _distributions(fitting)]
    requirements = cell.requirements(plugins, environments.as_installed("poise"))
    _output.say(f"{cell.name}: installing and testing")
    tested = environments.run(cell, list(fitting), requirements, folder / cell.name, uv=uv)
    result = attrs.evolve(tested, left_out=left_out)
    _output.say(f"{cell.name}: {result.error or ('kept' if result.ok else 'broken, see below')}")
    return result
