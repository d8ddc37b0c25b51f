"""A patched method: there while it is needed, and gone afterwards."""

from __future__ import annotations

import importlib.util
import threading

import pytest

if importlib.util.find_spec("keras") is None:
    pytest.skip("needs Keras, which poise.blocks imports", allow_module_level=True)

from poise.blocks.patching import Patch


class Greeter:
    def greet(self, name: str) -> str:
        return f"hello {name}"


class Polite(Greeter):
    """Inherits what is patched."""


def louder(method, instance, name):
    return method(instance, name).upper()


@pytest.mark.parametrize("cls", [Greeter, Polite])
def test_a_class_is_as_before_when_the_context_closes(cls):
    before = dict(vars(cls))
    with Patch(cls, "greet", louder):
        assert cls().greet("you") == "HELLO YOU"
    assert dict(vars(cls)) == before
    with pytest.raises(ValueError, match="no"), Patch(cls, "greet", louder):
        raise ValueError("no")
    assert dict(vars(cls)) == before


def test_the_last_of_several_contexts_restores():
    patch, before = Patch(Greeter, "greet", louder), Greeter.greet
    opened, close = threading.Event(), threading.Event()

    def elsewhere():
        with patch:
            opened.set()
            close.wait(10)

    thread = threading.Thread(target=elsewhere)
    with patch, patch:
        thread.start()
        assert opened.wait(10)
        assert Greeter().greet("you") == "HELLO YOU"  # once, not once for each
    assert Greeter().greet("you") == "HELLO YOU"
    close.set()
    thread.join()
    assert Greeter.greet is before


def test_what_somebody_else_patched_since_is_left_alone(monkeypatch):
    with Patch(Greeter, "greet", louder):
        patched = Greeter.greet
        monkeypatch.setattr(Greeter, "greet", lambda self, name: f"{patched(self, name)}!")
    assert Greeter().greet("you") == "HELLO YOU!"
