"""JSON and YAML text to plain data and back, losing nothing on the way.

Where a parser would lose something without a word, this is a fault: a key that is there
twice, ``NaN``, bytes that are not UTF-8.
"""

from __future__ import annotations

import io
import json
import math
import re
from typing import Any, NoReturn

from poise.errors import ConfigError, Fault

MAX_DEPTH = 100
"""Levels of nesting that a document may have; real ones have about ten."""

_STRING_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)


def read_json(text: str | bytes, source: str = "", *, comments: bool = False) -> Any:
    """Parse a JSON document.

    Args:
        text: the document; bytes are taken as UTF-8, with or without a byte order mark.
        source: the file's name, for error messages.
        comments: whether ``//`` and ``/* */`` comments are allowed, as in SLEAP's files.

    Raises:
        ConfigError: with line and column of what is not JSON; for a key that an object has
            twice; for ``NaN``, infinities and numbers beyond any use; for nesting deeper than
            ``MAX_DEPTH``.
    """
    text = _decoded(text, source)
    if comments:
        text = _STRING_OR_COMMENT.sub(_without_comment, text)
    _refuse_depth(text, source)
    try:
        return json.loads(
            text,
            object_pairs_hook=_object_without_repeats,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_short,
        )
    except json.JSONDecodeError as error:
        what = f"not JSON: {error.msg} in line {error.lineno}, column {error.colno}"
        raise ConfigError([Fault(what, source)]) from None
    except ConfigError as error:
        raise error.under(source) if source else error from None


def write_json(data: Any) -> str:
    """The JSON text of plain data, laid out as SLEAP writes it (four spaces, no newline)."""
    return json.dumps(data, indent=4, allow_nan=False)


def read_yaml(text: str | bytes, source: str = "") -> Any:
    """Parse a YAML 1.2 document, in which ``no`` is a string and ``1e-4`` a number.

    Raises:
        ConfigError: with line and column of what is not YAML; for a key that is there
            twice; for more than one document; for nesting deeper than ``MAX_DEPTH``.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    text = _decoded(text, source)
    _refuse_depth(text, source)
    try:
        return YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        at = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = (error.problem or str(error)).splitlines()[0]
        raise ConfigError([Fault(f"not YAML: {problem}{at}", source)]) from None
    except (YAMLError, ValueError, RecursionError) as error:
        first = (str(error) or type(error).__name__).splitlines()[0]
        raise ConfigError([Fault(f"not YAML: {first}", source)]) from None


def write_yaml(data: Any) -> str:
    """The YAML text of plain data, keys in their order."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.default_flow_style = False
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()


def _decoded(text: str | bytes, source: str) -> str:
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"not text: byte {error.start} is not UTF-8"
        raise ConfigError([Fault(what, source)]) from None


def _without_comment(match: re.Match[str]) -> str:
    found = match.group()
    if found.startswith('"'):
        return found
    # Newlines stay, so that the line numbers of later errors are those of the file.
    return "\n" * found.count("\n") or " "


def _refuse_depth(text: str, source: str) -> None:
    depth = deepest = 0
    for bracket in re.findall(r'"(?:\\.|[^"\\])*"|[\[{\]}]', text):
        if bracket in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif bracket in "]}":
            depth -= 1
    if deepest > MAX_DEPTH:
        what = f"nested {deepest} levels deep; at most {MAX_DEPTH} are read"
        raise ConfigError([Fault(what, source)])


def _object_without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ConfigError([Fault(f"key {name!r} is there twice") for name in twice])
    return found


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ConfigError([Fault(f"the number {digits[:30]} is too large")])
    return number


def _short(digits: str) -> int:
    # Python itself refuses to read very long ones, with an error of another kind.
    if len(digits) > 400:
        raise ConfigError([Fault(f"the number {digits[:20]}… has {len(digits)} digits")])
    return int(digits)


def _refuse_constant(name: str) -> NoReturn:
    raise ConfigError([Fault(f"{name} is not a number that JSON or a configuration knows")])
