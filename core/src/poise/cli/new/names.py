"""Names of new plugins: which would do, and which others are nearest."""

from __future__ import annotations

import importlib.util
import keyword
import re
import unicodedata
from collections.abc import Iterator

import importlib_metadata

from poise import registry
from poise.errors import Fault
from poise.messages import shown
from poise.registry.discovery import KINDS
from poise.registry.documented import SECTIONS

LONGEST = 24
"""Characters. It also keeps lines that have the name in them within what style allows."""

_WORDS = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def distribution_of(key: str) -> str:
    """The distribution that is to provide a key: ``my_net`` comes with ``poise-my-net``."""
    return f"poise-{key.replace('_', '-')}"


def module_of(key: str) -> str:
    """The module that is to have a key's specs: ``poise_my_net``."""
    return f"poise_{key}"


def class_of(key: str) -> str:
    """A key as the beginning of a class's name: ``my_net`` is ``MyNet``."""
    return "".join(word[0].upper() + word[1:] for word in key.split("_"))


def faults_of(name: str) -> list[Fault]:
    """Why a name cannot be the key of a new plugin; each says what would do.

    Args:
        name: what was asked for.
    """
    reason = _misformed(name) or _taken(name)
    return [Fault(f"{reason}; try {_nearest(name)!r}", "NAME")] if reason else []


def _misformed(name: str) -> str:
    if not _WORDS.fullmatch(name):
        return (
            "must be lower-case words of a-z and 0-9, joined by underscores and beginning with a "
            f"letter, got {shown(name)}"
        )
    if len(name) > LONGEST:
        return f"must have at most {LONGEST} characters, got {len(name)}"
    if name.startswith("poise_") or name == "poise":
        return f"must do without 'poise', which Poise puts before it, got {name!r}"
    if keyword.iskeyword(name):
        return f"must not be a word of Python's own, got {name!r}"
    return ""


def _taken(name: str) -> str:
    """By whom a name is used already, or an empty string."""
    every = registry.default()
    for one in every.candidates:
        if one.key == name and one.kind in {kind.name for kind in KINDS}:
            return f"{name!r} is {an(one.kind)} already, of {one}"
    for section in SECTIONS:
        if section.key == name:
            return f"{name!r} is {an(section.kind)} already, of {section.distribution}"
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


def an(kind: str) -> str:
    """A kind of plugin with its article."""
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _nearest(name: str) -> str:
    """The first of some names like this one that would do."""
    return next(one for one in _similar(name) if not _misformed(one) and not _taken(one))


def _similar(name: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    # MyNet has two words, as my-net has; HRNet has one, for it is not clear where it ends.
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
