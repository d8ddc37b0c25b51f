"""A reader of YAML 1.2 with the core schema, on top of ruamel.yaml.

ruamel.yaml also reads YAML 1.1, where a directive asks for it, and adds to the core schema what
1.1 had: ``1_000``, ``0b11``, dates. It takes U+0085, U+2028 and U+2029 for line breaks, which they
are not in YAML 1.2. Merge keys (``<<``) are no part of the core schema either, but are read: a
configuration has no key of that name.
"""

from __future__ import annotations

import re
from typing import Any

from poise.messages import short_repr
from poise.wire.digits import decimal, integer
from poise.wire.plain import MAX_DEPTH, MAX_KEYS, TOO_DEEP, too_many_keys

PREFIX = "tag:yaml.org,2002:"
NULL = re.compile(r"|~|null|Null|NULL")
BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
SPECIAL = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
SCHEMA = (("null", NULL), ("bool", BOOL), ("int", INT), ("float", FLOAT), ("float", SPECIAL))

_DIRECTIVES = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n|%[^\n]*\n)*+")
_VERSION = re.compile(r"^%YAML[ \t]+[0-9]+\.[0-9]+(?=[ \t\r\n])", re.MULTILINE)
_NO_BREAKS = "\x85\u2028\u2029"
_PAIR = re.compile("([\ud800-\udbff])([\udc00-\udfff])")


def load(text: str) -> Any:
    """The data of a document.

    Numbers that Poise refuses are ``poise.wire.plain.Refused``.

    Raises:
        YAMLError, RecursionError, ValueError: the text is not YAML, or is nested too deeply.
    """
    from ruamel.yaml import YAML

    stand_ins = _stand_ins(text)
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor, yaml.Scanner, yaml.Resolver, yaml.Composer = _classes(stand_ins)
    for mark, stand_in in stand_ins.items():
        text = text.replace(mark, stand_in)
    return yaml.load(_in_version_1_2(text))


def _in_version_1_2(text: str) -> str:
    """The same text, whose directives name no other version of YAML."""
    begin = _DIRECTIVES.match(text)
    end = begin.end() if begin else 0
    directives = _VERSION.sub(lambda match: "%YAML 1.2".ljust(len(match[0])), text[:end])
    return directives + text[end:]


def _stand_ins(text: str) -> dict[str, str]:
    """Characters that ruamel.yaml takes for line breaks, and others that the text does not have."""
    present = set(text)
    marks = [mark for mark in _NO_BREAKS if mark in present]
    free = (chr(code) for code in range(0xE000, 0x110000) if chr(code) not in present)
    return dict(zip(marks, free, strict=False))


def _tag_of(value: str) -> str:
    for name, pattern in SCHEMA:
        if pattern.fullmatch(value):
            return name
    return "merge" if value == "<<" else "str"


def _of_pair(match: re.Match[str]) -> str:
    """The character that JSON escapes as two surrogates."""
    high, low = match.groups()
    return chr(0x10000 + (ord(high) - 0xD800) * 0x400 + ord(low) - 0xDC00)


def _classes(stand_ins: dict[str, str]) -> tuple[Any, Any, Any, Any]:
    # Create the classes for each call; that is cheap compared with reading. If modules were
    # reloaded, the parser would not accept the tokens of an old scanner class.
    from ruamel.yaml.composer import Composer as AnyComposer
    from ruamel.yaml.constructor import ConstructorError, SafeConstructor
    from ruamel.yaml.nodes import ScalarNode
    from ruamel.yaml.resolver import VersionedResolver
    from ruamel.yaml.scanner import Scanner as AnyScanner
    from ruamel.yaml.scanner import ScannerError
    from ruamel.yaml.tag import Tag

    class Constructor(SafeConstructor):
        """Makes the values of the core schema, and merges keys up to the limit."""

        def construct_scalar(self, node: Any) -> Any:
            value = super().construct_scalar(node)
            for mark, stand_in in stand_ins.items():
                value = value.replace(stand_in, mark)
            return _PAIR.sub(_of_pair, value)

        def construct_yaml_null(self, node: Any) -> Any:
            self._matching(node, "a null must be empty, ~ or null", NULL)

        def construct_yaml_bool(self, node: Any) -> Any:
            value = self._matching(node, "a bool must be true or false", BOOL)
            return value.lower() == "true"

        def construct_yaml_int(self, node: Any) -> Any:
            value = self._matching(node, "an int must be digits, 0o or 0x and digits", INT)
            base = {"0o": 8, "0x": 16}.get(value[:2], 10)
            return integer(value if base == 10 else value[2:], base)

        def construct_yaml_float(self, node: Any) -> Any:
            value = self._matching(node, "a float must be a number", FLOAT, SPECIAL)
            if SPECIAL.fullmatch(value):
                return float(value.replace(".", ""))
            return decimal(value)

        def construct_yaml_merge(self, node: Any) -> Any:
            return self.construct_scalar(node)  # where it is no key

        def flatten_mapping(self, node: Any) -> Any:
            super().flatten_mapping(node)
            if len(node.value) > MAX_KEYS:
                what = too_many_keys(len(node.value))
                raise ConstructorError(None, None, f"<<: {what}", node.start_mark)

        def _matching(self, node: Any, what: str, *patterns: re.Pattern[str]) -> str:
            value: str = self.construct_scalar(node)
            if any(pattern.fullmatch(value) for pattern in patterns):
                return value
            what = f"{what}, got {short_repr(value)}"
            raise ConstructorError(None, None, what, node.start_mark)

    for name in ("null", "bool", "int", "float", "merge"):
        Constructor.add_constructor(
            f"{PREFIX}{name}", getattr(Constructor, f"construct_yaml_{name}")
        )

    class Resolver(VersionedResolver):
        """Tells the type of a scalar without quotes and tag."""

        def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
            if kind is ScalarNode and implicit[0]:
                return Tag(suffix=f"{PREFIX}{_tag_of(value)}")
            return super().resolve(kind, value, implicit)

    class Composer(AnyComposer):
        """Reads ``! 5`` as a string, whereas ruamel.yaml ignores that tag."""

        def compose_scalar_node(self, anchor: Any) -> Any:
            event = self.parser.peek_event()
            if str(event.ctag) == "!":
                event.implicit = (False, True)
            return super().compose_scalar_node(anchor)

    class Scanner(AnyScanner):
        """Limits the nesting depth: scanning takes time quadratic in the depth."""

        def fetch_flow_collection_start(self, TokenClass: Any, to_push: str) -> None:  # noqa: N803 - the name in the base class
            if len(self.flow_context) > MAX_DEPTH:
                raise ScannerError(None, None, TOO_DEEP, self.reader.get_mark())
            super().fetch_flow_collection_start(TokenClass, to_push)

    return Constructor, Scanner, Resolver, Composer
