"""How checks run and how their outcomes read; nothing here needs Keras."""

from __future__ import annotations

import logging
from typing import Any

import attrs
import pytest

from poise import registry
from poise.specs import BackboneSpec
from poise.testing import BrokenPromise, Case, Check, cases, every_check, registry_of
from poise.testing.check import check_named

SCOPES = ("plugin", "configuration", "example")


@attrs.frozen(kw_only=True)
class Config:
    """Made up: it does not document its last field.

    Attributes:
        stride: of the only features, in pixels.
    """

    stride: int
    forgotten: int = 1


SPEC = BackboneSpec(
    key="made_up",
    config=Config,
    build=lambda config, image: [],
    max_stride=lambda config: 4,
    summary="Made up",
)


def outcomes() -> dict[str, tuple[str, str]]:
    """Status and message of each check of the spec above that runs once."""
    plugin_cases = cases("made_up", registry=registry_of(SPEC))
    assert {case.check.scope for case in plugin_cases} == {"plugin"}
    return {
        case.check.name: (case.outcome().status, case.outcome().message) for case in plugin_cases
    }


@pytest.mark.parametrize("check", list(every_check()), ids=lambda check: check.name)
def test_every_check_comes_after_checks_that_run_no_more_often(check: Check) -> None:
    earlier = [check_named(name) for name in check.after]
    assert all(
        SCOPES.index(earlier_check.scope) <= SCOPES.index(check.scope) for earlier_check in earlier
    )
    if earlier:  # it comes after some check of each of its kinds
        kinds = [kind.name for kind in registry.default().kinds if check.is_of(kind.name)]
        assert all(any(before.is_of(kind) for before in earlier) for kind in kinds)


@pytest.mark.parametrize("check", list(every_check()), ids=lambda check: check.name)
def test_every_check_explains_itself_in_few_words(check: Check) -> None:
    assert check.why.endswith(".")
    assert not check.fix.endswith(".")
    assert len(check.why) < 250
    assert len(check.fix) < 250


def test_every_kind_of_plugin_makes_many_promises() -> None:
    for kind in ("backbone", "head", "encoder"):
        assert len(list(every_check(kind))) >= 20, kind


def test_a_broken_promise_says_what_was_found_why_it_matters_and_how_to_fix_it() -> None:
    status, message = outcomes()["every_field_is_documented"]

    assert status == "broken"
    assert message.splitlines() == [
        "backbone 'made_up': broken promise: every field is documented",
        "  found: Config does not say what forgotten means",
        "  why: `poise show`, the documentation and editors show these lines. Without them, users "
        "must read the source to set the field.",
        "  fix: list exactly the fields of the class under `Attributes:` in its docstring, each "
        "as `name: meaning, unit, trade-off, what None means`, or in NumPy's style",
    ]


def test_advice_on_tracing_is_for_programs_that_build_one_network(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def build_another(subject: Any) -> None:
        log = logging.getLogger("tensorflow")
        log.warning("5 out of the last 5 calls to f triggered tf.function retracing.")
        log.warning("the weights are not finite")

    case = next(iter(cases("made_up", registry=registry_of(SPEC))))
    check = attrs.evolve(case.check, name="it_builds_another_network", run=build_another)

    Case(check, case.subject).outcome()

    assert [record.getMessage() for record in caplog.records] == ["the weights are not finite"]


def test_what_comes_after_a_broken_promise_is_skipped_with_the_reason() -> None:
    after = outcomes()

    assert after["the_default_configuration_needs_no_arguments"][0] == "broken"
    assert after["every_field_refuses_what_it_cannot_be"] == (
        "skipped",
        "undecided while this is broken: the default configuration needs no arguments",
    )


def test_inside_a_test_a_broken_promise_fails_and_an_undecided_one_skips() -> None:
    by_name = {case.check.name: case for case in cases("made_up", registry=registry_of(SPEC))}

    with pytest.raises(BrokenPromise, match="found: no examples"):
        by_name["it_gives_examples"]()
    with pytest.raises(pytest.skip.Exception, match="undecided while this is broken"):
        by_name["every_field_refuses_what_it_cannot_be"]()
    by_name["its_summary_is_one_line"]()


def test_a_case_is_named_after_its_key_its_check_and_its_configuration() -> None:
    spec = attrs.evolve(SPEC, examples={"two words": Config(stride=4)})
    names = {case.id for case in cases("made_up", registry=registry_of(spec))}

    assert "made_up-it_gives_examples" in names
    assert "made_up-it_survives_json_and_yaml-two_words" in names


@pytest.mark.parametrize(
    ("message", "summary"),
    [
        ("", "no message"),
        ("\n  axes differ:\n(2, 3)", "axes differ:"),
        (
            "Exception encountered when calling UpSampling2D.call().\n\n"
            "\x1b[1mThis requires the torchvision module.\x1b[0m\n\n"
            "Arguments received by UpSampling2D.call():\n  • inputs=…",
            "Exception encountered when calling UpSampling2D.call(). "
            "This requires the torchvision module.",
        ),
    ],
)
def test_an_error_of_a_layer_is_reported_with_its_cause(message: str, summary: str) -> None:
    def run(subject: object) -> None:
        raise ImportError(message)

    check = attrs.evolve(check_named("its_summary_is_one_line"), run=run)
    case = next(iter(cases("made_up", registry=registry_of(SPEC))))

    outcome = Case(check, case.subject).outcome()

    assert outcome.status == "broken"
    assert outcome.found == f"it raised ImportError: {summary}"
