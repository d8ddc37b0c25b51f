"""The package: a function for each command, and nothing heavy before it is used."""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import pkgutil
import subprocess
import sys

import click
import pytest

import poise_workflows

HEAVY = {"keras", "tensorflow", "jax", "torch", "h5py", "matplotlib", "sleap_io", "av"}
COMMANDS = [
    entry
    for entry in importlib.metadata.distribution("poise-workflows").entry_points
    if entry.group == "poise.commands"
]
MODULES = [
    module.name for module in pkgutil.walk_packages(poise_workflows.__path__, "poise_workflows.")
]


def test_no_module_has_a_public_name_which_it_would_hide() -> None:
    names = {name for module in MODULES for name in module.split(".")[1:]}

    assert len(MODULES) >= 6
    assert names & {*dir(poise_workflows), *(entry.name for entry in COMMANDS)} == set()


def test_public_names_are_what_they_were_after_every_module_is_imported() -> None:
    before = {name: getattr(poise_workflows, name) for name in poise_workflows.__all__}

    for module in MODULES:
        importlib.import_module(module)

    assert {name: getattr(poise_workflows, name) for name in poise_workflows.__all__} == before
    assert dir(poise_workflows) == sorted(poise_workflows.__all__)
    assert not any(map(inspect.ismodule, before.values()))


OF_SLEAP = (
    *("shims", "sleap-convert", "sleap-export", "sleap-inspect", "sleap-render"),
    *("sleap-track", "sleap-train"),
)
"""Command lines of another program, for its scripts. Python has Poise's own functions."""


@pytest.mark.parametrize(
    "entry",
    [entry for entry in COMMANDS if entry.name not in OF_SLEAP],
    ids=lambda entry: entry.name,
)
def test_each_command_is_a_function_of_the_same_name_and_options(
    entry: importlib.metadata.EntryPoint,
) -> None:
    command = entry.load()
    signature = inspect.signature(getattr(poise_workflows, entry.name))
    options = {
        option.name: default_of(option)
        for option in command.params
        if option.name not in OF_ANOTHER
    }
    defaults = {
        name: "" if parameter.default in (parameter.empty, None) else str(parameter.default)
        for name, parameter in signature.parameters.items()
        if name not in OF_PYTHON
    }

    assert command.name == entry.name
    assert options == defaults


OF_ANOTHER = {
    *("parts", "open_in_gui", "of_predict", "as_json", "watch", "profiles", "resume"),
    *("layers", "arrays", "spelled"),
}
"""Options that fill another argument: in Python, ``skeleton=Skeleton(parts)``. One that starts
another program at the end, which Python does without Poise. Those of ``poise predict``, which
``poise track`` answers with that command. The form in which a result is printed, how often, and
how much of it. And those of ``poise train`` that ask for something else: a list, and what
``resume`` does."""

OF_PYTHON = {"callbacks"}
"""Objects, which a command line cannot name."""


def default_of(option: click.Parameter) -> str:
    """As text; empty for none, which click's versions spell differently."""
    if isinstance(option, click.Option) and option.is_flag:
        return str(option.default is True)
    if isinstance(option.default, list) and len(option.default) == 1:
        return str(option.default[0])  # of an option that may be repeated
    return str(option.default) if isinstance(option.default, str | int | float) else ""


@pytest.mark.parametrize(
    "code",
    [
        "import poise_workflows",
        "import poise_workflows.frames.labeled, poise_workflows.slp",
        "import poise_workflows; poise_workflows.preview",
        "from poise.cli import main; assert main(['list']) == 0",
        "from poise.cli import main; assert main(['--help']) == 0",
        "from poise.cli import main; assert main(['preview', '--help']) == 0",
    ],
)
def test_looking_imports_nothing_heavy(code: str) -> None:
    script = f"{code}\nimport sys; sys.exit(' '.join({HEAVY} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    # What `sys.exit` is given as text is written to standard error.
    assert done.stderr.strip() == ""


def test_the_measure_itself_notices_a_heavy_module() -> None:
    with pytest.raises(AssertionError, match="matplotlib"):
        test_looking_imports_nothing_heavy("import matplotlib")


def test_a_name_that_it_does_not_have_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'poise_workflows' has no attribute 'prewiew'"):
        poise_workflows.prewiew  # noqa: B018
