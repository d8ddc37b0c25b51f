"""Tell observers that a model was built, and name the one that fails."""

from __future__ import annotations

import inspect
import traceback
from typing import Any

import pluggy

from poise.errors import PluginError, PoiseError
from poise.messages import described
from poise.processes.interrupts import let_signals_pass
from poise.settings import DISABLE


def notify_observers(manager: pluggy.PluginManager, model: Any, config: Any) -> None:
    """Call every ``poise_model_built``.

    Args:
        manager: where the observers are registered, as ``distribution:value``.
        model: the ``keras.Model``.
        config: its ``poise.ModelConfig``.

    Raises:
        PluginError: one of them failed; the message names its distribution.
    """
    hook = manager.hook.poise_model_built
    try:
        hook(model=model, config=config)
    except BaseException as error:  # a plugin may raise anything
        let_signals_pass(error)
        impls = hook.get_hookimpls()
        culprit = next((impl for impl in impls if _ran(impl.function, error)), None)
        if culprit is None:
            raise
        distribution = culprit.plugin_name.partition(":")[0]
        raise PluginError(
            f"poise_model_built of {distribution} failed: {_in_one_line(error)}\n"
            f"  fix: upgrade {distribution}, or set {DISABLE}={distribution}"
        ) from error


def _in_one_line(error: BaseException) -> str:
    """The class of an error and its message; of Poise's errors, every fault."""
    if isinstance(error, PoiseError):
        return f"{type(error).__name__}: {error.one_line()}"
    return described(error)


def _ran(function: Any, error: BaseException) -> bool:
    """Whether the traceback of an error passes through a function."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    frames = traceback.walk_tb(error.__traceback__)
    return any(frame.f_code is code for frame, _ in frames)
