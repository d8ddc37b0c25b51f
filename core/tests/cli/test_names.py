"""The options that name parts and classes, and messages that name options."""

from __future__ import annotations

from typing import Any

import click

from poise import Skeleton
from poise.cli import _group
from poise.cli.commands import names_options
from poise.messages import argument, argument_path


def test_an_argument_without_an_option_keeps_its_name_on_the_command_line() -> None:
    seen: list[str] = []

    @click.command()
    @names_options
    @click.option("--auto-pad", is_flag=True)
    def command(skeleton: Skeleton | None, classes: Any, auto_pad: bool) -> None:
        seen.extend(
            [argument("auto_pad", value="True"), argument("seed"), argument_path("classes")]
        )
        seen.append(str(skeleton and skeleton.parts))

    with _group.naming_options(_group._option_of):
        command.main(["--parts", "a,b"], standalone_mode=False)

    assert seen == ["--auto-pad", "seed=", "--classes", "('a', 'b')"]
    assert argument("auto_pad", value="True") == "auto_pad=True"
    assert argument_path("classes") == "classes"
