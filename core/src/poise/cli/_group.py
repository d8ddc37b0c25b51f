"""The command group: Poise's commands and those of plugins, each imported when called."""

from __future__ import annotations

import io
import sys
from importlib import import_module
from typing import Any

import click
from click.shell_completion import CompletionItem

from poise.cli._fitting import width_of, wrapped
from poise.cli._help import HelpContext, fit_help
from poise.errors import PluginError
from poise.messages import naming_options, nearest
from poise.registry.claims import Claim, claims
from poise.registry.discovery import Candidate, Policy
from poise.registry.discovery import commands as installed_commands

OWN = {
    "list": "List the installed plugins, broken ones with cause and fix.",
    "show": "Show the fields of a plugin: types, defaults, meaning.",
    "schema": "Print JSON Schema of configurations, for editors and programs.",
    "check": "Check job files and configurations: every fault, or a report.",
    "build": "Build a Keras model from a job file, with its weights.",
    "migrate": "Move a configuration to another edition, converting its numbers.",
    "test": "Run the conformance checks on installed plugins.",
    "new": "Create the package of a new plugin.",
    "doctor": "Check plugins, backends and caches; report each problem with its fix.",
    "matrix": "Run the conformance checks on every backend, with several versions of Keras.",
    "weights": "List published weights, fetch them, or show where they are.",
}
"""Poise's commands. Each is in ``poise.cli._<name>``, or in a package if it is ``IN_ROOMS``."""

IN_ROOMS = ("doctor", "matrix", "new")
"""Commands of several modules; the command is in ``poise.cli.<name>.command``."""

IN_PLUGINS = dict.fromkeys(
    (
        *("benchmark", "evaluate", "export", "predict", "preview", "render", "shims", "suggest"),
        *("track", "train", "sleap-convert", "sleap-export", "sleap-inspect", "sleap-render"),
        *("sleap-track", "sleap-train"),
    ),
    "poise-workflows",
)
"""Commands of first-party plugins: which distribution to install for each."""

EXAMPLES = """\b
Examples:
  poise list                            what is installed, and whether it works
  poise show unet                       the fields of a backbone
  poise check models/flies              a model folder that SLEAP wrote
  poise build models/flies -o flies     the same model on current Keras, with its weights
"""


class _ReaderStoppedError(Exception):
    """Who reads the output wants no more of it, as ``head`` does."""


class Commands(click.Group):
    """Poise's commands, then those of entry points in the group ``poise.commands``."""

    context_class = HelpContext

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*OWN, *(name for name in installed_commands() if name not in OWN)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in OWN:
            home = f"{cmd_name}.command" if cmd_name in IN_ROOMS else f"_{cmd_name}"
            command = import_module(f"poise.cli.{home}").command
            assert isinstance(command, click.Command)
            fit_help(command)
            return command
        candidates = installed_commands().get(cmd_name, ())
        return _plugin_command(cmd_name, _claim(candidates)) if candidates else None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise _ReaderStoppedError from error  # click would end the program

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        names = self.list_commands(ctx)
        if name not in names and not name.startswith("-"):
            ctx.fail(f"no command {name!r}; {_hint(name, names)}")
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        # click's own would import every command for its help.
        if incomplete.startswith("-"):
            return click.Command.shell_complete(self, ctx, incomplete)
        return [
            CompletionItem(name, help=OWN.get(name) or _origin(name, installed_commands()[name]))
            for name in self.list_commands(ctx)
            if name.startswith(incomplete)
        ]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # This page imports nothing: plugin commands are listed with their distribution.
        with formatter.section("Commands"):
            formatter.write_dl(list(OWN.items()))
        plugins = [
            (name, _origin(name, candidates)) for name, candidates in installed_commands().items()
        ]
        if plugins:
            with formatter.section("Commands of plugins"):
                formatter.write_dl(plugins)


def _hint(name: str, names: list[str]) -> str:
    """What to do about a command that does not exist."""
    close = nearest(name, [*names, *IN_PLUGINS])
    if close in IN_PLUGINS and close not in names:
        meant = "" if close == name else f"did you mean {close!r}? "
        distribution = IN_PLUGINS[close]
        return f"{meant}{distribution} provides it: pip install {distribution}"
    return f"did you mean {close!r}?" if close else f"commands: {', '.join(names)}"


def _claim(candidates: tuple[Candidate, ...]) -> Claim:
    """The distributions that provide a command, as environment variables decide."""
    (claim,) = claims(candidates, Policy.from_environment()).values()
    return claim


def _origin(name: str, candidates: tuple[Candidate, ...]) -> str:
    claim = _claim(candidates)
    if claim.reason:
        return f"cannot be called: {claim.reason}"
    names = " and ".join(map(str, claim.providers))
    if name in OWN:
        return f"from {names}: cannot be called, Poise has a command of this name"
    if len(claim.providers) > 1:
        return f"cannot be called: claimed by {names}"
    return f"from {names}"


def _plugin_command(name: str, claim: Claim) -> click.Command:
    """A plugin's command; if it is unusable, a command that reports why."""
    if claim.reason:
        return _refusing(name, f"command {name!r} cannot be called: {claim.reason}")
    if len(claim.providers) > 1:
        names = " and ".join(map(str, claim.providers))
        return _refusing(name, f"command {name!r} is claimed by {names}; uninstall all but one")
    provider = next(iter(claim.providers))
    # Poise's own commands do not need them.
    from poise.registry.in_force import loader
    from poise.registry.plugin_commands import command_of

    command = command_of(provider, loader())
    if isinstance(command, click.Command):
        fit_help(command)
        return command
    why = f"cannot be loaded: {command.cause}\n  fix: {command.fix}"
    return _refusing(name, f"command {name!r} of {provider} {why}")


def _refusing(name: str, reason: str) -> click.Command:
    def refuse() -> None:
        raise PluginError(reason)

    # With any arguments, also --help, it reports why it cannot be called.
    settings = {"ignore_unknown_options": True, "allow_extra_args": True}
    return click.Command(
        name, callback=refuse, context_settings=settings, add_help_option=False, help=reason
    )


def _show_version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        from poise.cli._version import show_versions

        show_versions(as_json=bool(ctx.params.get("as_json")))
        ctx.exit()


@click.group(
    cls=Commands,
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    is_eager=True,  # so that it is there when --version is
    help="With --version: a JSON object.",
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    callback=_show_version,
    help="Show the versions of Poise, Python, Keras and plugins.",
)
def group(as_json: bool) -> None:
    """Poise: the registry of architectures for animal pose estimation on Keras 3.

    Exit status: 0 success; 1 a fault was found; 2 a mistake in the call, or a file that
    cannot be read.
    """
    if as_json:
        raise click.UsageError("--json must come with --version, or after the name of a command")


def _option_of(argument: str) -> str | None:
    """The option of the running command that gives an argument, with the name of its value."""
    context = click.get_current_context(silent=True)
    if context is None:
        return None
    for option in context.command.params:
        if isinstance(option, click.Option) and option.name == argument:
            value = "" if option.is_flag else f" {option.make_metavar(context)}"
            return f"{max(option.opts, key=len)}{value}"
    return None


def _show(error: click.ClickException) -> None:
    """Write what click says of a mistake, in lines that fit."""
    text = io.StringIO()
    error.show(text)
    width = width_of(sys.stderr)
    for line in text.getvalue().splitlines():
        click.echo("\n".join(wrapped(line, width)), err=True)


def run(arguments: list[str]) -> int:
    """Run a command; turn click's errors into messages and an exit status."""
    try:
        with naming_options(_option_of):
            status = group.main(arguments, prog_name="poise", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except click.ClickException as error:
        _show(error)
        return error.exit_code
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.Abort:
        return 130
    except _ReaderStoppedError as error:
        raise BrokenPipeError from error
    return status if type(status) is int else 0
