"""``poise test``: run the conformance checks on installed plugins, on this Keras backend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import click

from poise import registry
from poise.cli import _completion, _output
from poise.cli._shared import import_keras, refuse_unknown_keys
from poise.messages import suggestion

if TYPE_CHECKING:
    from poise.testing.reporting import Result
    from poise.testing.running import Case
    from poise.testing.subjects import Subject

EPILOG = """\b
Examples:
  poise test tinyvgg
  poise test tinyvgg --check it_takes_images_of_any_number_of_channels
  poise test tinyvgg -q           only broken promises
  KERAS_BACKEND=jax poise test tinyvgg
  poise test tinyvgg --json | jq '.plugins[].cases[] | select(.status == "broken")'
"""

COLORS = {"kept": "green", "broken": "red", "skipped": "yellow"}


def _of_kind(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    names = [kind.name for kind in registry.default().kinds]
    if value is None or value in names:
        return value
    what = f"no kind {value!r}; {suggestion(value, names, noun='kinds')}"
    raise click.BadParameter(what, ctx, parameter)


@click.command("test", epilog=EPILOG)
@click.argument("keys", nargs=-1, required=True, metavar="KEY...", shell_complete=_completion.keys)
@click.option(
    "--kind",
    callback=_of_kind,
    shell_complete=_completion.kinds,
    metavar="KIND",
    help="Test only plugins of this kind.",
)
@click.option(
    "--check",
    "names",
    multiple=True,
    metavar="NAME",
    help="Run only this check and its prerequisites; repeatable.",
)
@click.option("-q", "--quiet", is_flag=True, help="Show only broken promises.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object, for programs.")
def command(
    keys: tuple[str, ...], kind: str | None, names: tuple[str, ...], quiet: bool, as_json: bool
) -> int:
    """Run every conformance check of installed plugins.

    KEY is the plugin's key in configurations. If plugins of several kinds have the key, all of
    them are tested. Poise builds and runs their examples on the current Keras backend, without
    pytest.

    Exit status: 0 all promises are kept; 1 a promise is broken; 2 a mistake in the call.
    """
    selected = _chosen(_cases(keys, kind), names)
    if as_json:
        return _as_json(selected)
    tested: list[Result] = []
    for _, of_plugin in groupby(selected, key=lambda case: id(case.subject.whole)):
        tested += _test_plugin(list(of_plugin), quiet, apart=bool(tested))
    _say_total(tested)
    return _status(tested)


def _as_json(selected: Sequence[Case]) -> int:
    _import_keras_if_needed(selected)
    from poise.testing.reporting import as_data, results

    tested = list(results(selected))
    _output.say_json(as_data(tested))
    return _status(tested)


def _import_keras_if_needed(cases: Sequence[Case]) -> None:
    from poise.testing.reporting import builds

    if any(builds(case.subject) for case in cases):
        import_keras()


def _status(tested: Sequence[Result]) -> int:
    from poise.testing.reporting import ok

    return 0 if ok(tested) else 1


def _cases(keys: Sequence[str], kind: str | None) -> list[Case]:
    from poise.testing.running import cases

    refuse_unknown_keys(keys, kind)
    return cases(*keys, kind=kind)


def _chosen(cases: list[Case], names: Sequence[str]) -> list[Case]:
    """The cases of the named checks; a name may be a sentence."""
    check_names = ["_".join(name.split()) for name in names]
    available = {case.check.name for case in cases}
    for name in check_names:
        if name not in available:
            hint = suggestion(name, available, noun="checks")
            raise click.UsageError(f"no check {name!r} for these plugins; {hint}")
    return [case for case in cases if not check_names or case.check.name in check_names]


def _test_plugin(cases: Sequence[Case], quiet: bool, apart: bool) -> list[Result]:
    """Run the cases of one plugin and print each result."""
    tested: list[Result] = []
    _say_heading(cases[0].subject.whole, apart)
    _import_keras_if_needed(cases)
    from poise.testing.reporting import results

    for result in results(cases):
        tested.append(result)
        if not quiet or result.status == "broken":
            _say(result)
    return tested


def _say_heading(subject: Subject, apart: bool) -> None:
    from poise.testing.reporting import origin

    if apart:
        _output.say()
    origins = "passed as an object" if subject.is_object else " ".join(origin(subject))
    _output.heading(f"{subject.kind.name} {subject.key}, {origins.strip() or 'claimed by several'}")


def _say(result: Result) -> None:
    color = COLORS[result.status]
    _output.say_marked(f"{result.status:7}", result.check.sentence, color, "  ")
    for text in result.lines():
        for line in text.splitlines():
            _output.say(f"{'':11}{line}")


def _say_total(tested: Sequence[Result]) -> None:
    from poise.testing.reporting import builds, surroundings

    counted = Counter(result.status for result in tested)
    needs_keras = any(builds(result.subject) for result in tested)
    on = surroundings(with_keras=needs_keras)
    parts = [f"{counted[status]} {status}" for status in COLORS if counted[status]]
    backend = " ".join(filter(None, (on["backend"], on["backend_version"])))
    _output.say()
    where = f"; Keras {on['keras']} on {backend}" if needs_keras else ""
    _output.say(
        f"{len(tested)} {'promise' if len(tested) == 1 else 'promises'}: {', '.join(parts)}{where}"
    )
