"""Whatever a function of a spec raises or returns, the error names whose function it is."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import pickle
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from poise import (
    BackboneSpec,
    BuildError,
    EncoderSpec,
    Fault,
    HeadSpec,
    Output,
    PluginError,
    PublishedWeights,
    UnknownKeyError,
)
from poise.registry import guarded_methods, origin_of
from poise.registry.discovery import Candidate
from poise.registry.guarding import Guarded, guarded

OAK = Candidate("backbone", "oak", "poise_oak", "poise-oak", "1.2")
ORIGIN = (
    "\n  from: poise-oak 1.2, entry point oak = 'poise_oak'"
    "\n  fix: upgrade poise-oak, or report it to the authors of poise-oak"
)
WEIGHTS = PublishedWeights(name="oak", title="Oak", file="oak.h5", url="", checksum="")


@attrs.frozen(kw_only=True)
class OakConfig:
    """Made up."""

    output_stride: int = 4


class Odd(BaseException):
    """What no ``except Exception`` catches."""


class Mute(Exception):
    """An exception that ends the program where it is shown."""

    def __str__(self) -> str:
        raise SystemExit


def build(config: OakConfig, image: Any) -> Any:
    """Build nothing."""


def backbone(**functions: Any) -> BackboneSpec:
    functions = {"build": build, "max_stride": lambda config: 4, **functions}
    spec: BackboneSpec = guarded(BackboneSpec(key="oak", config=OakConfig, **functions), OAK)
    return spec


def head(**functions: Any) -> HeadSpec:
    spec = HeadSpec(key="oak", config=OakConfig, **{"outputs": outputs, **functions})
    guarded_spec: HeadSpec = guarded(spec, OAK._replace(kind="head"))
    return guarded_spec


def output(**functions: Any) -> Output:
    return Output(
        name="maps", layer_name="MapsHead", stride=4, channels=1, **{"build": build, **functions}
    )


def outputs(config: Any, skeleton: Any, classes: Any) -> tuple[Output, ...]:
    return (output(),)


def raising(error: BaseException) -> Callable[..., Any]:
    def function(*args: Any) -> Any:
        raise error

    return function


@pytest.mark.parametrize(
    ("error", "how"),
    [
        (ZeroDivisionError("division by zero"), "failed: ZeroDivisionError: division by zero"),
        (SystemExit(0), "ended the program (sys.exit(0))"),
        (KeyboardInterrupt(), "failed: KeyboardInterrupt: no message"),
        (GeneratorExit(), "failed: GeneratorExit: no message"),
        (StopIteration(), "failed: StopIteration: no message"),
        (asyncio.CancelledError(), "failed: CancelledError: no message"),
        (MemoryError(), "failed: MemoryError: no message"),
        (Odd("odd"), "failed: Odd: odd"),
        (Mute(), "failed: Mute: no message"),
    ],
)
@pytest.mark.parametrize("name", ["max_stride", "stacks", "notes", "pretrained"])
def test_whatever_a_function_raises_the_plugin_is_named(
    name: str, error: BaseException, how: str
) -> None:
    function = getattr(backbone(**{name: raising(error)}), name)

    with pytest.raises(PluginError) as told:
        function(OakConfig())

    assert str(told.value) == f"{name} of backbone 'oak' {how}{ORIGIN}"
    assert told.value.__cause__ is error


@pytest.mark.parametrize(
    "error", [BuildError([Fault("must be 2, got 3", "stride")]), UnknownKeyError("no encoder")]
)
def test_errors_that_the_contract_allows_pass(error: Exception) -> None:
    with pytest.raises(type(error)) as told:
        backbone(max_stride=raising(error)).max_stride(OakConfig())

    assert told.value is error


def test_a_plugin_error_of_no_named_plugin_gets_its_name() -> None:
    with pytest.raises(PluginError) as told:
        backbone(max_stride=raising(PluginError("no stride"))).max_stride(OakConfig())

    assert str(told.value) == f"no stride{ORIGIN}"


def test_a_plugin_error_about_another_plugin_keeps_that_name() -> None:
    inner = backbone(max_stride=raising(ValueError("broken"))).max_stride
    other = Candidate("backbone", "elm", "poise_elm", "poise-elm", "1.0")
    spec = BackboneSpec(key="elm", config=OakConfig, build=build, max_stride=inner)

    with pytest.raises(PluginError) as told:
        guarded(spec, other).max_stride(OakConfig())

    assert "poise-oak" in str(told.value)
    assert "poise-elm" not in str(told.value)


def test_ctrl_c_in_a_function_of_a_plugin_interrupts_the_program() -> None:
    def slow(config: Any) -> int:
        signal.raise_signal(signal.SIGINT)
        return sum(range(1000))

    with pytest.raises(KeyboardInterrupt):
        backbone(max_stride=slow).max_stride(OakConfig())


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("max_stride", "8", "must be an integer ≥ 1, got '8'"),
        ("max_stride", True, "must be an integer ≥ 1, got True"),
        ("output_stride", None, "must be an integer ≥ 1, got None"),
        ("stacks", 0, "must be an integer ≥ 1, got 0"),
        ("minimum_size", 1.5, "must be an integer ≥ 1, got 1.5"),
        ("encoders", "resnet18", "must be a tuple of keys, got 'resnet18'"),
        ("notes", "one note", "must be a list of sentences, got 'one note'"),
        ("notes", [1], "must be a list of sentences, got [1]"),
        ("pretrained", "oak.h5", "must be poise.PublishedWeights, got 'oak.h5'"),
        (
            "pretrained",
            attrs.evolve(WEIGHTS, size="5"),
            "must have a size ≥ 0 in bytes, got '5'",
        ),
        (
            "pretrained",
            attrs.evolve(WEIGHTS, name=None),
            "must have a name that is a text, got None",
        ),
        ("old_names", ["conv"], "must be a mapping from layer name to names, got ['conv']"),
    ],
)
def test_whatever_a_function_returns_the_plugin_is_named(name: str, value: Any, what: str) -> None:
    function = getattr(backbone(**{name: lambda config: value}), name)

    with pytest.raises(PluginError) as told:
        function(OakConfig())

    assert str(told.value) == f"{name} of backbone 'oak' {what}{ORIGIN}"


def test_a_stride_must_keep_the_class_of_the_configuration() -> None:
    with pytest.raises(PluginError, match=r"at_stride of backbone 'oak' must return a OakConfig"):
        backbone(at_stride=lambda config, stride: None).at_stride(OakConfig(), 2)


@pytest.mark.parametrize("value", [None, "weights", [None], [WEIGHTS, "weights"]])
def test_published_weights_must_be_some(value: Any) -> None:
    published = backbone(published=lambda: value).published

    assert published is not None
    with pytest.raises(PluginError, match=r"published of backbone 'oak' must be .*, got"):
        published()


def test_what_is_iterated_lazily_is_guarded_too() -> None:
    def lazily(config: Any) -> Iterator[str]:
        yield "a note"
        raise SystemExit

    notes = backbone(notes=lazily).notes

    assert notes is not None
    with pytest.raises(PluginError, match="notes of backbone 'oak' ended the program"):
        notes(OakConfig())


@pytest.mark.parametrize(
    ("name", "args"), [("build", (None, "")), ("targets", ()), ("metrics", ())]
)
def test_functions_of_outputs_are_guarded(name: str, args: tuple[Any, ...]) -> None:
    maps = output(**{name: raising(ValueError("broken"))})
    (guarded_output,) = head(outputs=lambda *args: (maps,)).outputs(OakConfig(), None, None)

    with pytest.raises(PluginError) as told:
        getattr(guarded_output, name)(*args)

    what = f"{name} of 'maps' of head 'oak' failed: ValueError: broken"
    assert str(told.value) == f"{what}{ORIGIN}"


@pytest.mark.parametrize("name", ["layers", "path", "elsewhere"])
def test_functions_of_published_weights_are_guarded(name: str) -> None:
    weights = attrs.evolve(WEIGHTS, **{name: raising(ValueError("broken"))})
    pretrained = backbone(pretrained=lambda config: weights).pretrained

    assert pretrained is not None
    with pytest.raises(PluginError, match=f"{name} of 'oak' of backbone 'oak' failed"):
        getattr(pretrained(OakConfig()), name)()


@contextlib.contextmanager
def opened(file: Path) -> Iterator[str]:
    if file.name == "broken.h5":
        raise SystemExit
    yield f"contents of {file}"


def test_the_opening_of_a_file_is_guarded_and_what_is_done_with_it_is_not() -> None:
    weights = attrs.evolve(WEIGHTS, opened=opened)
    pretrained = backbone(pretrained=lambda config: weights).pretrained
    assert pretrained is not None
    published = pretrained(OakConfig())
    assert published is not None
    assert published.opened is not None

    with published.opened(Path("oak.h5")) as contents:
        assert contents == "contents of oak.h5"
    with (
        pytest.raises(PluginError, match="opened of 'oak' of"),
        published.opened(Path("broken.h5")),
    ):
        pass
    with pytest.raises(ZeroDivisionError), published.opened(Path("oak.h5")):
        raise ZeroDivisionError


class Walker:
    """What a function of a spec might make."""

    steps = 3

    def walk(self, step: int) -> int:
        return 6 // step


def test_the_methods_of_what_a_function_made_can_be_guarded() -> None:
    walker = guarded_methods(Walker(), backbone().build)

    assert (walker.steps, walker.walk(2)) == (3, 3)
    with pytest.raises(PluginError, match="walk of backbone 'oak' failed: ZeroDivisionError"):
        walker.walk(0)
    assert type(guarded_methods(Walker(), build)) is Walker


def test_a_guarded_function_looks_like_the_function_of_the_plugin() -> None:
    spec = backbone()

    assert inspect.signature(spec.build) == inspect.signature(build)
    assert inspect.unwrap(spec.build) is build
    assert spec.build.__doc__ == build.__doc__
    assert spec == attrs.evolve(spec, build=build)
    assert len({spec.build, Guarded(build, BackboneSpec, "build", spec.build.owner)}) == 1  # type: ignore[attr-defined]
    assert pickle.loads(pickle.dumps(spec.build)) == build


def test_a_configuration_class_is_not_wrapped() -> None:
    assert backbone().config is OakConfig


def test_encoders_are_guarded_too() -> None:
    spec = EncoderSpec(key="oak", build=lambda image: [image], pretrained=lambda: None)  # type: ignore[arg-type, return-value]
    of_encoder = guarded(spec, OAK._replace(kind="encoder"))

    with pytest.raises(PluginError, match="build of encoder 'oak' must return a dict"):
        of_encoder.build(None)
    with pytest.raises(PluginError, match="pretrained of encoder 'oak' must be poise"):
        of_encoder.pretrained()


def test_whose_function_it_is_can_be_said_by_who_looks_closer() -> None:
    assert origin_of(backbone().build) == ORIGIN
    assert origin_of(build) == ""


def test_a_function_that_is_not_there_is_missed_where_it_is_called() -> None:
    with pytest.raises(PluginError) as told:
        backbone(build=None).build(OakConfig(), None)

    assert str(told.value) == f"build of backbone 'oak' must be a function, got None{ORIGIN}"
