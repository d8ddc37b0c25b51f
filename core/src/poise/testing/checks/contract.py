"""Checks of every plugin before anything is configured or built."""

from __future__ import annotations

from collections.abc import Mapping

from poise.errors import PoiseError
from poise.messages import join_names
from poise.testing.check import CONFIGURED, OPENED, NotApplicable, check, require
from poise.testing.subjects import Subject


@check(
    "backbone",
    "head",
    "encoder",
    OPENED,
    scope="plugin",
    fix="give the entry point the name of the spec's key, point it to the module with the hook, "
    'and install the distribution: [project.entry-points."poise.backbones"], heads, encoders or '
    "another group",
)
def it_is_found_by_its_key(subject: Subject) -> None:
    """Configurations name a plugin by its key; a plugin that is not found cannot be used."""
    try:
        spec = subject.spec
    except PoiseError as error:
        require(False, str(error).replace("\n", "\n    "))
    else:
        require(
            spec.key == subject.key, f"the spec's key must be {subject.key!r}, got {spec.key!r}"
        )


@check(
    "backbone",
    "head",
    "encoder",
    OPENED,
    scope="plugin",
    fix="import Keras and its backends inside the functions that build, not at the top",
    after=("it_is_found_by_its_key",),
)
def looking_it_up_imports_no_keras(subject: Subject) -> None:
    """Listing plugins and checking configurations must stay fast; importing Keras takes seconds.

    One plugin that imports it slows every listing down.
    """
    if subject.is_object:
        raise NotApplicable(
            "the plugin was passed to the registry as an object and is not installed"
        )
    lookup = subject.looked_up
    require(not lookup.error, f"looking it up in a fresh interpreter failed: {lookup.error}")
    imported = join_names(lookup.heavy)
    require(not imported, f"looking it up in a fresh interpreter imported {imported}")


@check(
    "backbone",
    "head",
    "encoder",
    OPENED,
    scope="plugin",
    fix="only define things at the top of the module: change no settings or seeds, start no "
    "threads, write no files or output; do such work in the functions that build",
    after=("it_is_found_by_its_key", "looking_it_up_imports_no_keras"),
)
def looking_it_up_changes_nothing_else(subject: Subject) -> None:
    """Listing plugins imports them all, in a program that has its own settings."""
    if subject.is_object:
        raise NotApplicable(
            "the plugin was passed to the registry as an object and is not installed"
        )
    changed = join_names(subject.looked_up.changed)
    require(not changed, f"looking it up in a fresh interpreter changed {changed}")


@check(
    "backbone",
    "head",
    "encoder",
    OPENED,
    scope="plugin",
    fix="give the spec a summary of one line, at most 100 characters",
    after=("it_is_found_by_its_key",),
)
def its_summary_is_one_line(subject: Subject) -> None:
    """Users choose an architecture in `poise list` by its summary."""
    summary = subject.spec.summary
    require(isinstance(summary, str) and summary.strip(), "no summary")
    require("\n" not in summary, f"the summary must be one line, got {len(summary.splitlines())}")
    require(
        len(summary) <= 100, f"the summary must have at most 100 characters, got {len(summary)}"
    )


@check(
    "backbone",
    "head",
    CONFIGURED,
    scope="plugin",
    fix="give the spec examples={'small': …}: small configurations by name, one for each way in "
    "which it can be built",
    after=("it_is_found_by_its_key",),
)
def it_gives_examples(subject: Subject) -> None:
    """The suite runs the examples; without them, it can check little."""
    examples, cls = getattr(subject.spec, "examples", {}), subject.spec.config
    require(
        isinstance(examples, Mapping),
        f"examples must be a mapping, got a {type(examples).__name__}",
    )
    require(examples, "no examples")
    wrong = [
        f"a {type(config).__name__} for {name!r}"
        for name, config in examples.items()
        if not isinstance(config, cls)
    ]
    require(not wrong, f"each example must be a {cls.__name__}, got {join_names(wrong)}")
