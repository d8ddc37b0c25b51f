"""Convert JSON and YAML text to plain data and back without loss.

Anything that a parser would silently lose is a fault: a key that appears twice, ``NaN``, bytes
that are not UTF-8, and YAML types that JSON lacks.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from typing import Any

from poise.errors import ConfigError, Fault
from poise.files import MAX_TEXT, MAX_YAML, refuse_size
from poise.messages import first_line
from poise.scalars import plain
from poise.wire import core_schema
from poise.wire.digits import decimal, integer
from poise.wire.plain import (
    MAX_KEYS,
    STRING,
    TOO_DEEP,
    UNIQUE,
    Refused,
    Repeated,
    faults_of,
    refuse_abundance,
    too_many_keys,
)

_STRING_OR_COMMENT = re.compile(STRING + r"|//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
_YAML_1_1_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
_PLAIN_IN_YAML = re.compile(r"[A-Za-z_]([\w ./-]*\w)?", re.ASCII)


def read_json(
    text: str | bytes,
    source: str = "",
    *,
    comments: bool = False,
    settle: Callable[[Any], object] | None = None,
    limit: int = MAX_TEXT,
) -> Any:
    """Parse a JSON document.

    Args:
        text: the document; bytes are decoded as UTF-8, with or without a byte order mark.
        source: the file's name, for error messages.
        comments: whether to allow ``//`` and ``/* */`` comments, as in SLEAP's files.
        settle: called with data that has a duplicate key, before that is refused; it may
            settle such keys with ``poise.wire.plain.settle_repeated``.
        limit: the largest size of the text.

    Raises:
        ConfigError: the text is not JSON (with line and column); it has a duplicate key, a
            ``NaN``, an infinity, a number that is too large, or an unpaired surrogate (each
            with its path); or it exceeds a limit: ``MAX_DEPTH``, ``MAX_VALUES``,
            ``MAX_KEYS``, ``limit``.
    """
    refuse_size(len(text), limit, source)
    text = _decoded(text, source)
    if comments:
        text = _STRING_OR_COMMENT.sub(_without_comment, text)
    refuse_abundance(text, source)
    parsing = _Parsing()
    try:
        data = json.loads(
            text,
            object_pairs_hook=parsing.object,
            parse_constant=parsing.constant,
            parse_float=parsing.float,
            parse_int=parsing.int,
        )
    except json.JSONDecodeError as error:
        what = f"not JSON: {error.msg} in line {error.lineno}, column {error.colno}"
        raise ConfigError([Fault(what, source)]) from None
    if parsing.repeated and settle:
        settle(data)
    if parsing.refused or _SURROGATE.search(text):
        faults = list(faults_of(data, source))
        if faults:
            raise ConfigError(faults)
    return data


def write_json(data: Any, *, compact: bool = False) -> str:
    """The JSON text of plain data in SLEAP's layout (four spaces, no final newline).

    Args:
        data: plain data.
        compact: write it without spaces, and letters as they are.

    Raises:
        ConfigError: a number is infinite or NaN; the error has the path of each.
    """
    layout: dict[str, Any] = (
        {"separators": (",", ":"), "ensure_ascii": False} if compact else {"indent": 4}
    )
    try:
        return json.dumps(data, **layout, allow_nan=False, default=_plain_number)
    except ValueError:
        raise ConfigError(faults_of(data, "")) from None


def _plain_number(value: Any) -> Any:
    """NumPy's numbers, which JSON writes as numbers; anything else is refused."""
    number = plain(value)
    if number is value:
        raise TypeError(f"must be a JSON value, got a {type(value).__name__}")
    return number


def read_yaml(text: str | bytes, source: str = "") -> Any:
    """Parse a YAML 1.2 document, where ``no`` is a string and ``1e-4`` a number.

    The core schema says what a scalar means, whatever version a directive names. Every JSON
    document is one in YAML, and has the same value.

    Raises:
        ConfigError: the text is not YAML (with line and column); it has a duplicate key or
            several documents; it exceeds a limit; or it has types that JSON lacks, such as
            dates and keys that are not strings (each with its path).
    """
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    refuse_size(len(text), MAX_YAML, source)
    text = _decoded(text, source)
    if _is_json(text):  # which YAML includes, but its readers do not read all of it
        return read_json(text, source, limit=MAX_YAML)
    try:
        data = core_schema.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        at = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        if error.problem == TOO_DEEP:
            raise ConfigError([Fault(TOO_DEEP, source)]) from None
        problem = (error.problem or first_line(error)).splitlines()[0]
        raise ConfigError([Fault(f"not YAML: {problem}{at}", source)]) from None
    except RecursionError:
        raise ConfigError([Fault(TOO_DEEP, source)]) from None
    except (YAMLError, ValueError) as error:
        raise ConfigError([Fault(f"not YAML: {first_line(error)}", source)]) from None
    faults = list(faults_of(data, source))
    if faults:
        raise ConfigError(faults)
    return data


def _is_json(text: str) -> bool:
    """Whether a text is JSON, numbers and keys aside, which the reader of JSON judges."""

    def refuse(name: str) -> None:
        raise ValueError(name)  # NaN is Python's, not JSON's

    try:
        json.loads(text, parse_constant=refuse, parse_float=len, parse_int=len)
    except (ValueError, RecursionError):
        return False
    return True


def write_yaml(data: Any) -> str:
    """The YAML text of plain data, keys in their order.

    Raises:
        ConfigError: a number is infinite or NaN; the error has the path of each.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.representer import RoundTripRepresenter

    class Representer(RoundTripRepresenter):
        """Writes only text that every YAML reader understands in the same way."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

        def represent_str(self, data: str) -> Any:
            # Quote and escape as in JSON whatever is not clearly a word.
            is_word = _PLAIN_IN_YAML.fullmatch(data) and data.lower() not in _YAML_1_1_WORDS
            return self.represent_scalar(
                "tag:yaml.org,2002:str", data, style=None if is_word else '"'
            )

    faults = list(faults_of(data, ""))
    if faults:
        raise ConfigError(faults)
    Representer.add_representer(str, Representer.represent_str)
    yaml = YAML()
    yaml.Representer = Representer
    yaml.default_flow_style = False
    yaml.width = 2**31  # folding a string could change it
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
        what = f"not text: byte {error.start} is not UTF-8; save it as UTF-8"
        raise ConfigError([Fault(what, source)]) from None


def _without_comment(match: re.Match[str]) -> str:
    token = match.group()
    if token.startswith('"'):
        return token
    if token.startswith("/*") and not (token.endswith("*/") and len(token) > 3):
        return token  # an unclosed comment: the parser reports its place
    # Blanks of the same shape keep the lines and columns of later errors right.
    return re.sub(r"[^\n]", " ", token)


class _Parsing:
    """Callbacks of the JSON parser.

    ``refused`` says whether one of them refused a value, and ``repeated`` whether a key was
    there twice.
    """

    def __init__(self) -> None:
        self.refused = self.repeated = False

    def object(self, pairs: list[tuple[str, Any]]) -> Any:
        if len(pairs) > MAX_KEYS:
            return self._refuse(too_many_keys(len(pairs)))
        members: dict[str, Any] = dict(pairs)
        if len(members) != len(pairs):
            seen: set[str] = set()
            for name, _ in pairs:
                if name in seen and not isinstance(members[name], Repeated):
                    members[name] = Repeated(f"{UNIQUE}, got {name!r} twice", members[name])
                seen.add(name)
            self.refused = self.repeated = True
        return members

    def constant(self, name: str) -> Any:
        return self._refuse(f"must be a finite number, got {name}")

    def float(self, digits: str) -> Any:
        return self._noted(decimal(digits))

    def int(self, digits: str) -> Any:
        return self._noted(integer(digits))

    def _refuse(self, what: str) -> Refused:
        self.refused = True
        return Refused(what)

    def _noted(self, number: Any) -> Any:
        self.refused = self.refused or isinstance(number, Refused)
        return number
