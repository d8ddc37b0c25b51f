"""Convert JSON and YAML text to plain data and back without loss.

Anything that a parser would silently lose is a fault: a key that appears twice, ``NaN``, bytes
that are not UTF-8, and YAML types that JSON lacks.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Callable
from typing import Any

from poise.errors import ConfigError, Fault
from poise.files import MAX_TEXT, MAX_YAML, refuse_size
from poise.messages import first_line, short_repr
from poise.scalars import plain
from poise.wire.plain import (
    MAX_DEPTH,
    MAX_DIGITS,
    MAX_KEYS,
    STRING,
    TOO_DEEP,
    UNIQUE,
    Refused,
    Repeated,
    faults_of,
    refuse_abundance,
    too_large,
    too_many_keys,
)

_STRING_OR_COMMENT = re.compile(STRING + r"|//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
_OTHER_VERSION = re.compile(r"^(%YAML[ \t]++(?!1\.2\b)[^\n#]*)", re.MULTILINE)
_NULLS = ("", "~", "null", "Null", "NULL")
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

    Raises:
        ConfigError: the text is not YAML (with line and column); it has a duplicate key or
            several documents; it exceeds a limit; or it has types that JSON lacks, such as
            dates and keys that are not strings (each with its path).
    """
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    refuse_size(len(text), MAX_YAML, source)
    text = _decoded(text, source)
    _refuse_other_yaml(text, source)
    try:
        data = _limited_yaml().load(text)
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


def _refuse_other_yaml(text: str, source: str) -> None:
    """Refuse what would change values without a word: rules of YAML 1.1, and its line break."""
    directive = _OTHER_VERSION.search(text)
    if directive:
        what = f"must be YAML 1.2, got the directive {directive[1].strip()}; remove it"
        raise ConfigError([Fault(what, source)])
    place = text.find("\x85")
    if place >= 0:
        line = text.count("\n", 0, place) + 1
        what = "must not contain U+0085, which YAML readers take for a line break or for text"
        raise ConfigError([Fault(f'{what}; write it as "\\N" in line {line}', source)])


def _limited_yaml() -> Any:
    """A YAML 1.2 reader that makes plain data and limits the time that it takes."""
    from ruamel.yaml import YAML  # YAML 1.2, unlike PyYAML (D12)

    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor, yaml.Scanner = _yaml_classes()
    return yaml


def _yaml_classes() -> tuple[Any, Any]:
    # Create the classes for each call; that is cheap compared with reading. If modules were
    # reloaded, the parser would not accept the tokens of an old scanner class.
    from ruamel.yaml.constructor import ConstructorError, SafeConstructor
    from ruamel.yaml.scanner import Scanner as AnyScanner
    from ruamel.yaml.scanner import ScannerError

    class Constructor(SafeConstructor):
        """Merges keys (``<<``) up to the limit, and refuses a word that its tag would lose."""

        def construct_yaml_null(self, node: Any) -> Any:
            value = self.construct_scalar(node)
            if value not in _NULLS:
                what = f"a null must be empty, ~ or null, got {short_repr(value)}"
                raise ConstructorError(None, None, what, node.start_mark)

        def construct_yaml_bool(self, node: Any) -> Any:
            value = self.construct_scalar(node)
            if value.lower() not in self.bool_values:
                what = f"a bool must be true or false, got {short_repr(value)}"
                raise ConstructorError(None, None, what, node.start_mark)
            return super().construct_yaml_bool(node)

        def flatten_mapping(self, node: Any) -> Any:
            super().flatten_mapping(node)
            if len(node.value) > MAX_KEYS:
                what = too_many_keys(len(node.value))
                raise ConstructorError(None, None, f"<<: {what}", node.start_mark)

    for name in ("null", "bool"):
        Constructor.add_constructor(
            f"tag:yaml.org,2002:{name}", getattr(Constructor, f"construct_yaml_{name}")
        )

    class Scanner(AnyScanner):
        """Limits the nesting depth: scanning takes time quadratic in the depth."""

        def fetch_flow_collection_start(self, TokenClass: Any, to_push: str) -> None:  # noqa: N803 - the name in the base class
            if len(self.flow_context) > MAX_DEPTH:
                raise ScannerError(None, None, TOO_DEEP, self.reader.get_mark())
            super().fetch_flow_collection_start(TokenClass, to_push)

    return Constructor, Scanner


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
        number = float(digits)
        return number if math.isfinite(number) else self._refuse(_too_large(digits))

    def int(self, digits: str) -> Any:
        # Python refuses to read very long integers, with a different error.
        if len(digits) <= MAX_DIGITS:
            return int(digits)
        return self._refuse(
            f"must have at most {MAX_DIGITS} digits, got {len(digits)}: {digits[:20]}…"
        )

    def _refuse(self, what: str) -> Refused:
        self.refused = True
        return Refused(what)


def _too_large(digits: str) -> str:
    number = digits if len(digits) <= 30 else f"{digits[:20]}…"
    return too_large(number)
