"""Names of new plugins: which are valid, and the nearest valid name to an invalid one."""

from __future__ import annotations

import importlib.util
import keyword
import re
import unicodedata
from collections.abc import Iterator

import importlib_metadata

from poise import registry
from poise.errors import Fault
from poise.messages import short_repr
from poise.registry.documented import SECTIONS
from poise.registry.naming import an

LONGEST = 24
"""Maximum number of characters. It also limits the length of lines that contain the name."""

_WORDS = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def distribution_of(key: str) -> str:
    """The distribution of a key: ``my_net`` comes with ``poise-my-net``."""
    return f"poise-{key.replace('_', '-')}"


def module_of(key: str) -> str:
    """The module of a key's spec: ``poise_my_net``."""
    return f"poise_{key}"


def class_of(key: str) -> str:
    """A key as the prefix of class names: ``my_net`` becomes ``MyNet``."""
    return "".join(word[0].upper() + word[1:] for word in key.split("_"))


def faults_of(name: str) -> list[Fault]:
    """Why a name cannot be the key of a new plugin, with the nearest valid name.

    Args:
        name: the requested name.
    """
    reason = _misformed(name) or _taken(name)
    return [Fault(f"{reason}; did you mean {_nearest(name)!r}?", "NAME")] if reason else []


def _misformed(name: str) -> str:
    if not _WORDS.fullmatch(name):
        return (
            "must be lower-case words of a-z and 0-9, joined by underscores and beginning with a "
            f"letter, got {short_repr(name)}"
        )
    if len(name) > LONGEST:
        return f"must have at most {LONGEST} characters, got {len(name)}"
    if name.startswith("poise_") or name == "poise":
        return f"must not begin with 'poise', which Poise adds, got {name!r}"
    if keyword.iskeyword(name):
        return f"must not be a Python keyword, got {name!r}"
    return ""


def _taken(name: str) -> str:
    """What already uses a name; empty if nothing does."""
    plugins = registry.default()
    for candidate in plugins.candidates:
        if candidate.key == name and candidate.kind in {kind.name for kind in plugins.kinds}:
            return f"{name!r} is already {an(candidate.kind)} of {candidate}"
    for section in SECTIONS:
        if section.key == name:
            return f"{name!r} is already {an(section.kind)} of {section.distribution}"
    distribution, module = distribution_of(name), module_of(name)
    if distribution in {section.distribution for section in SECTIONS}:
        return f"{distribution!r} is a distribution of Poise"
    try:
        version = importlib_metadata.version(distribution)
    except importlib_metadata.PackageNotFoundError:
        pass
    else:
        return f"{distribution!r} is an installed distribution, version {version}"
    if importlib.util.find_spec(module) is not None:
        return f"{module!r} is an installed module"
    return ""


def _nearest(name: str) -> str:
    """The first valid name among similar ones."""
    return next(
        candidate
        for candidate in _similar(name)
        if not _misformed(candidate) and not _taken(candidate)
    )


def _similar(name: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    # MyNet has two words, like my-net; HRNet counts as one, because the split is not clear.
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", plain).lower()
    words = re.sub(r"[^a-z0-9]+", "_", words).strip("_")
    words = re.sub(r"^(poise(_|$))+", "", words)
    if words[:1].isdigit():
        words = f"net_{words}"
    words = words or "mynet"
    yield _cut(words, LONGEST)
    yield f"my_{_cut(words, LONGEST - 3)}"
    number = 2
    while True:
        yield f"{_cut(words, LONGEST - len(str(number)))}{number}"
        number += 1


def _cut(words: str, most: int) -> str:
    return words[:most].rstrip("_")
