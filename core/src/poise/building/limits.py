"""How large a network may be: counted while it is built, before any weight is drawn.

A configuration of a few bytes can name a network that no machine holds. Poise refuses it with
both numbers, the limit and the network's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import attrs

from poise.errors import BuildError, ConfigError, Fault, PoiseError
from poise.settings import MAX_LAYERS, MAX_PARAMETERS, Setting

LAYERS = 3_000
STACKS = 100
PARAMETERS = 1_000_000_000

ORDINARY_PARAMETERS = 50_000_000
"""Above this, Poise counts the parameters of the whole network before it builds it."""

_SIZES = {"float64": 8, "int64": 8, "uint64": 8, "float16": 2, "bfloat16": 2, "int8": 1, "bool": 1}


class TooLarge(BuildError):
    """A network has more layers or parameters than it may have."""


class NotOrdinary(PoiseError):
    """A network is so large that it should be counted before it is built."""


@attrs.define
class Count:
    """The layers and parameters of a network that is being built.

    Attributes:
        most_layers: how many layers it may have.
        most_parameters: how many parameters it may have.
        is_ordinary: whether to stop, by ``NotOrdinary``, already where networks are large.
        layers: those up to now.
        parameters: those up to now.
        memory: of the parameters, in bytes.
    """

    most_layers: int
    most_parameters: int
    is_ordinary: bool = True
    layers: int = 0
    parameters: int = 0
    memory: int = 0

    @classmethod
    def of_environment(cls) -> Count:
        """Nothing counted yet, with the limits of the environment.

        Raises:
            ConfigError: a variable is not a positive integer.
        """
        return cls(limit(MAX_LAYERS, LAYERS), limit(MAX_PARAMETERS, PARAMETERS))

    def anew(self) -> Count:
        """Nothing counted yet, with the same limits, and no stop before them."""
        return Count(self.most_layers, self.most_parameters, is_ordinary=False)

    def add_layer(self) -> None:
        """Count a layer before it is built.

        Raises:
            TooLarge: it is one too many.
        """
        self.layers += 1
        refuse_more(self.layers, self.most_layers, "layers", MAX_LAYERS, is_least=True)

    def add_weight(self, shape: tuple[Any, ...], dtype: str) -> None:
        """Count an array of weights before it is made.

        Raises:
            TooLarge: the network has too many parameters with it.
            NotOrdinary: the network has so many that all should be counted first.
        """
        size = math.prod(shape)
        self.parameters += size
        self.memory += size * _SIZES.get(dtype, 4)
        most, memory = self.most_parameters, self.memory
        refuse_more(self.parameters, most, "parameters", MAX_PARAMETERS, memory, is_least=True)
        if self.is_ordinary and self.parameters > ORDINARY_PARAMETERS:
            raise NotOrdinary


def refuse_more(
    number: int, most: int, noun: str, setting: Setting, memory: int = 0, *, is_least: bool = False
) -> None:
    """Refuse a network that has more of something than it may have.

    Args:
        number: how many it has.
        most: how many it may have.
        noun: what they are.
        setting: sets another limit.
        memory: what they take, in bytes; 0 if nothing is to be said of it.
        is_least: whether the network may have even more.

    Raises:
        TooLarge: with both numbers.
    """
    if number <= most:
        return
    least = "at least " if is_least else ""
    space = f" ({_in_short(memory // 10**9)} GB)" if memory >= 10**9 else ""
    what = f"must be a network of at most {most:,} {noun}, got {least}{_in_short(number)}{space}"
    raise TooLarge([Fault(f"{what}; use smaller numbers, or set {setting} to a higher limit")])


def _in_short(number: int) -> str:
    if number < 10**15:
        return f"{number:,}"
    # Python writes no integers of more than 4300 digits.
    return f"10^{int((number.bit_length() - 1) * math.log10(2))}"


def limit(setting: Setting, default: int, environ: Mapping[str, str] | None = None) -> int:
    """The limit that an environment variable sets, or ``default`` if it is not set.

    Raises:
        ConfigError: the variable is not a positive integer.
    """
    text = setting.text(environ)
    if not text:
        return default
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise ConfigError([Fault(f"must be an integer ≥ 1, got {text!r}", setting.name)])
    return number
