"""The one guarded call into any function of a plugin's spec.

A spec that the registry hands out has guarded functions, so whoever calls one is safe: whatever
it raises, and any value that the contract does not allow, becomes a ``PluginError`` that names
function, plugin, key and distribution. Only a real interrupt by the user passes.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import attrs

from poise.errors import PluginError, PoiseError
from poise.messages import described, short_repr
from poise.processes.interrupts import from_signal
from poise.registry import trail
from poise.registry.discovery import Candidate
from poise.registry.returning import Unexpected, returned


@attrs.frozen
class Owner:
    """Whose function is called.

    Attributes:
        candidate: the entry point that the function's spec belongs to.
        of: what the function belongs to, as ``backbone 'unet'``.
    """

    candidate: Candidate
    of: str

    @classmethod
    def of_key(cls, candidate: Candidate) -> Owner:
        """The owner of the functions of an entry point's spec."""
        return cls(candidate, f"{candidate.kind} {candidate.key!r}")

    def origin(self) -> str:
        """Distribution and fix: the last lines of a message about the plugin."""
        candidate = self.candidate
        authors = f"report it to the authors of {candidate.distribution}"
        return (
            f"\n  from: {candidate}, entry point {candidate.key} = {candidate.value!r}"
            f"\n  fix: upgrade {candidate.distribution}, or {authors}"
        )

    def failure(self, name: str, error: BaseException) -> PluginError:
        """The error that names whose function failed.

        Args:
            name: of the function.
            error: what it raised.
        """
        function = f"{name} of {self.of}"
        if isinstance(error, Unexpected):
            about = f"{function}{'' if str(error).startswith(':') else ' '}{error}"
            return PluginError(f"{about}{self.origin()}")
        if isinstance(error, PluginError):  # which does not say whose plugin it is about
            return PluginError(f"{error}{self.origin()}")
        if isinstance(error, SystemExit):
            how = f"ended the program (sys.exit({short_repr(error.code)}))"
            return PluginError(f"{function} {how}{self.origin()}")
        return PluginError(f"{function} failed: {described(error)}{self.origin()}")

    def entering(self, name: str) -> AbstractContextManager[None]:
        """Let whoever waits for this process know that code of the plugin runs."""
        return trail.stepping(self.candidate, f"{name} of {self.of}")

    @contextmanager
    def named(self, name: str) -> Iterator[None]:
        """Turn whatever the code of the plugin raises inside the ``with`` block into an error.

        Args:
            name: what the plugin's code is, as ``"the configuration class"``.

        Raises:
            PluginError: names plugin, key and distribution.
        """
        with self.entering(name):
            try:
                yield
            except BaseException as error:
                if self.is_meant(error):
                    raise
                raise self.failure(name, error) from error

    def is_meant(self, error: BaseException) -> bool:
        """Whether an exception is one that the contract allows, or the user's interrupt."""
        if type(error) is PluginError:
            return self.candidate.distribution in str(error) or "\n  from: " in str(error)
        return isinstance(error, PoiseError) or from_signal(error)


class Guarded:
    """A function of a plugin's spec, guarded.

    Attributes:
        owner: whose function it is.
        name: its name in the spec.
    """

    def __init__(self, function: Callable[..., Any], of: type, name: str, owner: Owner) -> None:
        functools.update_wrapper(self, function, updated=())
        self._function = function
        self._of = of
        self.name = name
        self.owner = owner

    def __call__(self, *args: Any, **options: Any) -> Any:
        # Not by `named`: a generator more would be in the way of every traceback.
        followed = trail.current
        step = None
        if followed is not None:
            step = followed.enter(self.owner.candidate, f"{self.name} of {self.owner.of}")
        try:
            value = self._function(*args, **options)
            value = returned(self._of, self.name, value, args)
            return _guarded_result(value, self)
        except BaseException as error:
            if self.owner.is_meant(error):
                raise
            raise self.owner.failure(self.name, error) from error
        finally:
            if followed is not None and step is not None:
                followed.leave(step)

    def __eq__(self, other: object) -> bool:
        return self._function == (other._function if isinstance(other, Guarded) else other)

    def __hash__(self) -> int:
        return hash(self._function)

    def __repr__(self) -> str:
        return f"<{self.name} of {self.owner.of}>"


def guarded(spec: Any, candidate: Candidate) -> Any:
    """A copy of a spec whose functions are guarded.

    Args:
        spec: what the plugin's hook returned.
        candidate: its entry point.
    """
    return _with_guards(spec, Owner.of_key(candidate))


def guarded_methods(value: Any, like: Callable[..., Any]) -> Any:
    """An object that a plugin's function made, with its methods guarded.

    Args:
        value: the object.
        like: the guarded function that made it; of any other, the object stays as it is.
    """
    return _GuardedMethods(value, like) if isinstance(like, Guarded) else value


def origin_of(function: Any) -> str:
    """The last lines of a message about a plugin's function: distribution and fix."""
    return function.owner.origin() if isinstance(function, Guarded) else ""


def _no_function(*args: Any, **options: Any) -> None:
    raise Unexpected("must be a function, got None")


def _with_guards(value: Any, owner: Owner) -> Any:
    copied = copy.copy(value)
    for field in attrs.fields(type(value)):
        function = getattr(value, field.name)
        if function is None and field.default is attrs.NOTHING and "Callable" in str(field.type):
            function = _no_function
        if callable(function) and field.name != "config" and not isinstance(function, Guarded):
            call = Guarded(function, type(value), field.name, owner)
            object.__setattr__(copied, field.name, call)
    if getattr(value, "differences", None):
        followed = tuple(_followed(difference, owner) for difference in value.differences)
        object.__setattr__(copied, "differences", followed)
    return copied


def _followed(difference: Any, owner: Owner) -> Any:
    """A difference whose functions are followed; whoever calls them names who fails."""
    copied = copy.copy(difference)
    for name in ("touches", "convert"):
        function = getattr(difference, name)
        if function is not None:
            object.__setattr__(copied, name, _entering(function, name, owner))
    return copied


def _entering(function: Callable[..., Any], name: str, owner: Owner) -> Callable[..., Any]:
    @functools.wraps(function, updated=())
    def entered(*args: Any, **options: Any) -> Any:
        with owner.entering(name):
            return function(*args, **options)

    return entered


def _guarded_result(value: Any, call: Guarded) -> Any:
    """What a function returned; functions in it are guarded, too."""
    from poise.specs import GraphDecoding, Output, PublishedWeights

    owner = call.owner
    if isinstance(value, GraphDecoding):
        return _with_guards(value, owner)
    if isinstance(value, Output | PublishedWeights):
        of = f"{value.name!r} of {owner.of}" if type(value.name) is str else owner.of
        return _with_guards(value, attrs.evolve(owner, of=of))
    if isinstance(value, tuple) and value and isinstance(value[0], Output | PublishedWeights):
        return tuple(_guarded_result(each, call) for each in value)
    if isinstance(value, Iterator):
        return _iterated(value, call)
    if call.name == "opened":
        return _entered(value, call)
    return value


def _iterated(items: Iterator[Any], call: Guarded) -> Iterator[Any]:
    while True:
        with call.owner.named(call.name):
            try:
                item = next(items)
            except StopIteration:
                return
        yield item


@contextmanager
def _entered(context: Any, call: Guarded) -> Iterator[Any]:
    with call.owner.named(call.name):
        entered = context.__enter__()
    try:
        yield entered
    except BaseException as error:
        if not context.__exit__(type(error), error, error.__traceback__):
            raise
    else:
        context.__exit__(None, None, None)


class _GuardedMethods:
    """Stands for an object of a plugin's, and guards its methods."""

    def __init__(self, value: Any, like: Guarded) -> None:
        self._value, self._like = value, like

    def __getattr__(self, name: str) -> Any:
        owner = self._like.owner
        with owner.named(name):
            member = getattr(self._value, name)
        if not callable(member):
            return member
        call = Guarded(member, type(self._value), name, owner)
        self.__dict__[name] = call  # a tracker is called for every frame
        return call
