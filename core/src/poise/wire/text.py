"""JSON and YAML text to plain data and back, losing nothing on the way.

Where a parser would lose something without a word, this is a fault: a key that is there
twice, ``NaN``, bytes that are not UTF-8, what YAML knows and JSON does not.
"""

from __future__ import annotations

import io
import json
import math
import re
from typing import Any

from poise.errors import ConfigError, Fault
from poise.files import MAX_TEXT, MAX_YAML, refuse_size
from poise.messages import first_line
from poise.wire.plain import (
    MAX_DEPTH,
    MAX_DIGITS,
    MAX_KEYS,
    STRING,
    TOO_DEEP,
    Refused,
    faults_of,
    refuse_abundance,
    too_many_keys,
)

_STRING_OR_COMMENT = re.compile(STRING + r"|//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_HALF_OF_A_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
_YAML_1_1_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
_PLAIN_IN_YAML = re.compile(r"[A-Za-z_]([\w ./-]*\w)?", re.ASCII)


def read_json(text: str | bytes, source: str = "", *, comments: bool = False) -> Any:
    """Parse a JSON document.

    Args:
        text: the document; bytes are taken as UTF-8, with or without a byte order mark.
        source: the file's name, for error messages.
        comments: whether ``//`` and ``/* */`` comments are allowed, as in SLEAP's files.

    Raises:
        ConfigError: with line and column of what is not JSON; for every key that an object
            has twice, every ``NaN``, infinity, number too large to use and half of a
            character, each with its path; for more than there are limits for: ``MAX_DEPTH``,
            ``MAX_VALUES``, ``MAX_KEYS``, ``poise.files.MAX_TEXT``.
    """
    refuse_size(len(text), MAX_TEXT, source)
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
    if parsing.refused or _HALF_OF_A_CHARACTER.search(text):
        faults = list(faults_of(data, source))
        if faults:
            raise ConfigError(faults)
    return data


def write_json(data: Any) -> str:
    """The JSON text of plain data, laid out as SLEAP writes it (four spaces, no newline).

    Raises:
        ConfigError: with the path of each number that is infinite or none.
    """
    try:
        return json.dumps(data, indent=4, allow_nan=False)
    except ValueError:
        raise ConfigError(faults_of(data, "")) from None


def read_yaml(text: str | bytes, source: str = "") -> Any:
    """Parse a YAML 1.2 document, in which ``no`` is a string and ``1e-4`` a number.

    Raises:
        ConfigError: with line and column of what is not YAML; for a key that is there
            twice; for more than one document; for more than there are limits for; with the
            path of all that JSON does not know: dates, keys that are no strings, ….
    """
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    refuse_size(len(text), MAX_YAML, source)
    text = _decoded(text, source)
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


def _limited_yaml() -> Any:
    """A reader of YAML 1.2 that makes plain data, and takes no more time than a text deserves."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor, yaml.Scanner = _yaml_classes()
    return yaml


def _yaml_classes() -> tuple[Any, Any]:
    # Made anew each time, which is nothing beside reading: where modules were loaded again, the
    # parser would not know the tokens of a scanner that was kept.
    from ruamel.yaml.constructor import ConstructorError, SafeConstructor
    from ruamel.yaml.scanner import Scanner as AnyScanner
    from ruamel.yaml.scanner import ScannerError

    class Constructor(SafeConstructor):
        """Merges keys (``<<``), but not without end."""

        def flatten_mapping(self, node: Any) -> Any:
            super().flatten_mapping(node)
            if len(node.value) > MAX_KEYS:
                what = too_many_keys(len(node.value))
                raise ConstructorError(None, None, f"<<: {what}", node.start_mark)

    class Scanner(AnyScanner):
        """Takes time in the square of the depth, so that depth is looked at here."""

        def fetch_flow_collection_start(self, TokenClass: Any, to_push: str) -> None:  # noqa: N803 - the base's name
            if len(self.flow_context) > MAX_DEPTH:
                raise ScannerError(None, None, TOO_DEEP, self.reader.get_mark())
            super().fetch_flow_collection_start(TokenClass, to_push)

    return Constructor, Scanner


def write_yaml(data: Any) -> str:
    """The YAML text of plain data, keys in their order.

    Raises:
        ConfigError: with the path of each number that is infinite or none.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.representer import RoundTripRepresenter

    class Representer(RoundTripRepresenter):
        """Writes nothing that some reader of YAML takes for something else."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

        def represent_str(self, data: str) -> Any:
            # Whatever is not evidently a word is quoted and escaped as in JSON.
            plain = _PLAIN_IN_YAML.fullmatch(data) and data.lower() not in _YAML_1_1_WORDS
            return self.represent_scalar(
                "tag:yaml.org,2002:str", data, style=None if plain else '"'
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
        what = f"not text: byte {error.start} is not UTF-8"
        raise ConfigError([Fault(what, source)]) from None


def _without_comment(match: re.Match[str]) -> str:
    found = match.group()
    if found.startswith('"'):
        return found
    if found.startswith("/*") and not (found.endswith("*/") and len(found) > 3):
        return found  # never closed: the parser says where
    # Blanks of the same shape, so that lines and columns of later errors are the file's.
    return re.sub(r"[^\n]", " ", found)


class _Parsing:
    """What the JSON parser calls; ``refused`` says whether it found something to refuse."""

    def __init__(self) -> None:
        self.refused = False

    def object(self, pairs: list[tuple[str, Any]]) -> Any:
        if len(pairs) > MAX_KEYS:
            return self._refuse(too_many_keys(len(pairs)))
        found: dict[str, Any] = dict(pairs)
        if len(found) != len(pairs):
            seen: set[str] = set()
            for name, _ in pairs:
                if name in seen:
                    found[name] = self._refuse(f"key {name!r} is there twice")
                seen.add(name)
        return found

    def constant(self, name: str) -> Any:
        return self._refuse(f"{name} is not a number that JSON or a configuration knows")

    def float(self, digits: str) -> Any:
        number = float(digits)
        return number if math.isfinite(number) else self._refuse(_too_large(digits))

    def int(self, digits: str) -> Any:
        # Python itself refuses to read very long ones, with an error of another kind.
        if len(digits) <= MAX_DIGITS:
            return int(digits)
        return self._refuse(f"the number {digits[:20]}… has {len(digits)} digits")

    def _refuse(self, what: str) -> Refused:
        self.refused = True
        return Refused(what)


def _too_large(digits: str) -> str:
    return f"the number {digits if len(digits) <= 30 else f'{digits[:20]}…'} is too large"
