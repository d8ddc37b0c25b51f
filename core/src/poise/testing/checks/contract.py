"""What every plugin promises before anything is configured or built."""

from __future__ import annotations

from collections.abc import Mapping

from poise.errors import PoiseError
from poise.messages import listed
from poise.testing.check import NotApplicable, check, require
from poise.testing.subjects import Subject


@check(
    "backbone",
    "head",
    "encoder",
    scope="plugin",
    fix="name the entry point like the spec's key, point it to the module with the hook, and "
    'install the distribution: [project.entry-points."poise.backbones"], heads or encoders',
)
def it_is_found_by_its_key(subject: Subject) -> None:
    """Configurations name a plugin by its key; one that is not found cannot be used at all."""
    try:
        spec = subject.spec
    except PoiseError as error:
        require(False, str(error).replace("\n", "\n    "))
    else:
        require(spec.key == subject.key, f"a spec with the key {spec.key!r}")


@check(
    "backbone",
    "head",
    "encoder",
    scope="plugin",
    fix="import Keras and its backends inside of the functions that build, not at the top",
    after=("it_is_found_by_its_key",),
)
def looking_it_up_imports_no_keras(subject: Subject) -> None:
    """Listing and checking configurations must stay free, and Keras takes seconds to import.

    One plugin that brings it slows everybody down.
    """
    if subject.given:
        raise NotApplicable("the registry was given this plugin as an object, nothing is installed")
    done = subject.looked_up
    require(not done.error, f"in a fresh interpreter it cannot be looked up: {done.error}")
    brought = listed(done.heavy)
    require(not brought, f"looking it up in a fresh interpreter imported {brought}")


@check(
    "backbone",
    "head",
    "encoder",
    scope="plugin",
    fix="define things at the top of the module and do nothing there: no settings, seeds, threads, "
    "files, output; what must be done belongs into the functions that build",
    after=("it_is_found_by_its_key", "looking_it_up_imports_no_keras"),
)
def looking_it_up_changes_nothing_else(subject: Subject) -> None:
    """Whoever lists plugins imports them all, in a program whose settings are its own."""
    if subject.given:
        raise NotApplicable("the registry was given this plugin as an object, nothing is installed")
    changed = listed(subject.looked_up.changed)
    require(not changed, f"looking it up in a fresh interpreter changed {changed}")


@check(
    "backbone",
    "head",
    "encoder",
    scope="plugin",
    fix="give the spec a summary of one line, at most 100 characters",
    after=("it_is_found_by_its_key",),
)
def its_summary_is_one_line(subject: Subject) -> None:
    """The summary is all that `poise list` shows to whoever looks for an architecture."""
    summary = subject.spec.summary
    require(isinstance(summary, str) and summary.strip(), "no summary")
    require("\n" not in summary, f"a summary of {len(summary.splitlines())} lines")
    require(len(summary) <= 100, f"a summary of {len(summary)} characters")


@check(
    "backbone",
    "head",
    scope="plugin",
    fix="give the spec examples={'small': …}: small configurations of its own class, by name, "
    "one for each way in which it can be built",
    after=("it_is_found_by_its_key",),
)
def it_gives_examples(subject: Subject) -> None:
    """What is built here are the examples; without any, nothing of the network is checked."""
    examples, cls = subject.spec.examples, subject.spec.config
    require(isinstance(examples, Mapping), f"examples of the type {type(examples).__name__}")
    require(examples, "no examples")
    wrong = [
        f"{name!r} is a {type(config).__name__}"
        for name, config in examples.items()
        if not isinstance(config, cls)
    ]
    require(not wrong, f"{listed(wrong)}; each must be a {cls.__name__}")
