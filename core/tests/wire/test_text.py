"""JSON and YAML text: what is read, what is refused, and that nothing changes on the way."""

import json
import math
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from poise.errors import ConfigError
from poise.wire.plain import MAX_DEPTH
from poise.wire.text import read_json, read_yaml, write_json, write_yaml

# Strings that readers of YAML or JSON are known to take for something else.
NASTY = [
    *("no", "yes", "on", "off", "true", "True", "null", "~", "", " ", "=", "<<", "y", "NaN"),
    *("1", "1.0", "1e-4", "1e5", "0x1F", "0o14", "012", "1_000", "1:30", ".5", ".inf", "-.nan"),
    *("2020-01-01", "2020-01-01 10:00:00", "- a", "a: b", "a #b", "# a", "&a", "*a", "!a", "%a"),
    *("@a", "`a", "|", ">", "'", '"', "{a}", "[a]", "a,b", "?", "? a", "---", "...", "--- a"),
    *("a\nb", "a\n", "\n", "\ta", "a ", " a", "a\r\nb", "\x00", "\x07", "\x1b", "\x7f", "\x85"),
    *("\xa0", "\u2028", "\u2029", "\ufeff", "é", "名前", "😀", "\\", "\\n", "//", "/* a */"),
    *("a" * 300, "word " * 60, "x\n" * 50, "right hind-paw", "a.b", "a/b", "_a", "A1"),
]
strings = st.sampled_from(NASTY) | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | strings,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(strings, inner, max_size=4),
    max_leaves=15,
)


def same(left, right):
    """Equal, of equal types (1 is not True, nor 1.0), with equal order of keys."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, float):
        return left == right and math.copysign(1, left) == math.copysign(1, right)
    return left == right


@given(values)
def test_what_is_written_as_json_is_read_again(data):
    assert same(read_json(write_json(data)), data)
    assert same(read_json(write_json(data).encode()), data)


@given(values)
def test_what_is_written_as_yaml_is_read_again(data):
    assert same(read_yaml(write_yaml(data)), data)
    assert same(read_yaml(write_yaml(data).encode()), data)


TRAILING_COMMA = (
    "Illegal trailing comma before end of array in line 1, column 3"
    if sys.version_info >= (3, 13)
    else "Expecting value in line 1, column 4"
)
"""What Python says of it."""


@pytest.mark.parametrize("text", NASTY, ids=repr)
def test_a_string_that_looks_like_something_else_stays_a_string_in_yaml(text):
    for data in ({"a": text}, {text: 1}, [text, {"a": [text]}]):
        assert same(read_yaml(write_yaml(data)), data)


@given(values)
def test_comments_between_the_values_of_json_change_nothing(data):
    lines = write_json(data).splitlines()
    commented = "// one\n" + " /* two\n * three */\n".join(f"{line}\n" for line in lines) + "// end"

    assert same(read_json(commented, comments=True), data)


def test_what_looks_like_a_comment_inside_of_a_string_stays():
    text = r'{"a": "http://x /* y */ \" // z", "b\\": "//"} // end'

    assert read_json(text, comments=True) == {"a": 'http://x /* y */ " // z', "b\\": "//"}


def test_json_is_laid_out_as_sleap_does():
    assert write_json({"a": {"b": [1, 2.0]}, "c": None, "d": "é", "e": []}) == (
        '{\n    "a": {\n        "b": [\n            1,\n            2.0\n        ]\n    },\n'
        '    "c": null,\n    "d": "\\u00e9",\n    "e": []\n}'
    )


def test_yaml_is_laid_out_in_blocks_without_aliases():
    part = ["head", "right hind-paw"]

    assert write_yaml({"a": part, "b": {"c": part, "d": None, "e": "no", "f": True}}) == (
        "a:\n  - head\n  - right hind-paw\n"
        'b:\n  c:\n    - head\n    - right hind-paw\n  d: null\n  e: "no"\n  f: true\n'
    )


@pytest.mark.parametrize("write", [write_json, write_yaml])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_could_not_be_read_again_is_not_written(write, value):
    with pytest.raises(ConfigError) as error:
        write({"a": [value]})

    assert str(error.value) == f"must be a finite number, got {value} @ a[0]"


@pytest.mark.parametrize("read", [read_json, read_yaml])
@pytest.mark.parametrize(
    "text", ['{"a": 1}', b'{"a": 1}', '\ufeff{"a": 1}', b'\xef\xbb\xbf{"a": 1}']
)
def test_a_byte_order_mark_is_passed_over(read, text):
    assert read(text) == {"a": 1}


@pytest.mark.parametrize("read", [read_json, read_yaml])
def test_bytes_that_are_not_utf_8_are_refused(read):
    with pytest.raises(ConfigError) as error:
        read("é".encode("latin-1"), "model")

    assert str(error.value) == "not text: byte 0 is not UTF-8; save it as UTF-8 @ model"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON: Expecting value in line 1, column 1 @ model"),
        ("[1,\n 2", "not JSON: Expecting ',' delimiter in line 2, column 3 @ model"),
        ("[1,]", f"not JSON: {TRAILING_COMMA} @ model"),
        (
            "{'a': 1}",
            "not JSON: Expecting property name enclosed in double quotes in line 1, "
            "column 2 @ model",
        ),
        ("1 2", "not JSON: Extra data in line 1, column 3 @ model"),
        ('["a\nb"]', "not JSON: Invalid control character at in line 1, column 4 @ model"),
        ("// a\n1", "not JSON: Expecting value in line 1, column 1 @ model"),
        ('{"a": 1, "a": 2}', "keys must be unique, got 'a' twice @ model.a"),
        ('{"b": [{"a": 1, "a": 1}]}', "keys must be unique, got 'a' twice @ model.b[0].a"),
        ("[NaN]", "must be a finite number, got NaN @ model[0]"),
        (
            '{"a": -Infinity}',
            "must be a finite number, got -Infinity @ model.a",
        ),
        ('{"a": 1e999}', "must be a number between -1.8e308 and 1.8e308, got 1e999 @ model.a"),
        (
            '{"a": %s}' % ("9" * 5000),
            "must have at most 300 digits, got 5000: 99999999999999999999… @ model.a",
        ),
        ("[" * 101 + "]" * 101, "must have at most 100 levels of nesting, got more @ model"),
        ("[" * 100_000, "must have at most 100 levels of nesting, got more @ model"),
        (
            '{"a": 1, "a": NaN, "b": [Infinity, 1e400]}',
            "3 faults:\n"
            "  keys must be unique, got 'a' twice @ model.a\n"
            "  must be a finite number, got Infinity @ model.b[0]\n"
            "  must be a number between -1.8e308 and 1.8e308, got 1e400 @ model.b[1]",
        ),
    ],
    ids=lambda text: repr(text)[:40],
)
def test_what_is_not_json_or_would_be_lost_is_refused(text, message):
    with pytest.raises(ConfigError) as error:
        read_json(text, "model")

    assert str(error.value) == message


def test_a_fault_behind_comments_has_the_line_of_the_file():
    with pytest.raises(ConfigError) as error:
        read_json('// one\n{ /* two\nthree */ "a": }', "model", comments=True)

    assert str(error.value) == "not JSON: Expecting value in line 3, column 15 @ model"


def test_brackets_inside_of_strings_are_no_nesting():
    assert read_json('["%s"]' % ("[{" * 500)) == ["[{" * 500]
    assert read_yaml("a: '%s'" % ("[{" * 500)) == {"a": "[{" * 500}


@pytest.mark.parametrize(("read", "write"), [(read_json, write_json), (read_yaml, write_yaml)])
def test_nesting_up_to_the_limit_is_read(read, write):
    data = 1
    for _ in range(MAX_DEPTH):
        data = [data]

    assert read(write(data)) == data
    with pytest.raises(ConfigError, match="must have at most 100 levels of nesting"):
        read(write([data]))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("True", True),
        ("1e-4", 0.0001),
        ("1E3", 1000.0),
        ("1.5e3", 1500.0),
        (".5", 0.5),
        ("-1", -1),
        ("012", 12),
        ("0o14", 12),
        ("0x1F", 31),
        ("1:30", "1:30"),
        ("~", None),
        ("", None),
        ("null", None),
        ("'1'", "1"),
        ('"\\u00e9"', "é"),
        ("é", "é"),
    ],
)
def test_a_plain_yaml_scalar_means_what_version_1_2_says(text, value):
    assert same(read_yaml(f"a: {text}\n"), {"a": value})


def test_yaml_has_comments_anchors_and_flows():
    text = "# one\na: &part [head, tail] # two\nb: {c: *part}\n"

    assert read_yaml(text) == {"a": ["head", "tail"], "b": {"c": ["head", "tail"]}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a: b: c",
            "not YAML: mapping values are not allowed here in line 1, column 5 @ model",
        ),
        (
            "a: 1\na: 2",
            'not YAML: found duplicate key "a" with value "2" (original value: "1") in line 2, '
            "column 1 @ model",
        ),
        ("--- 1\n--- 2", "not YAML: but found another document in line 2, column 1 @ model"),
        (
            "a: !!python/object/apply:os.system [ls]",
            "not YAML: could not determine a constructor for the tag "
            "'tag:yaml.org,2002:python/object/apply:os.system' in line 1, column 4 @ model",
        ),
        ("a: .nan", "must be a finite number, got nan @ model.a"),
        ("a: [-.inf]", "must be a finite number, got -inf @ model.a[0]"),
        ("1: a", "keys must be strings, got 1 @ model"),
        ("a: {null: b}", "keys must be strings, got None @ model.a"),
        ("a: &x [*x]", "must have at most 100 levels of nesting, got more @ model"),
        ("- " * 150 + "a", "must have at most 100 levels of nesting, got more @ model"),
        ("[" * 20_000, "must have at most 100 levels of nesting, got more @ model"),
        (
            "a: !!timestamp 2020-01-01\nb: [!!binary aGk=]",
            "2 faults:\n"
            "  must be a JSON value, got a date; quote it to make it a string @ model.a\n"
            "  must be a JSON value, got a bytes; quote it to make it a string @ model.b[0]",
        ),
    ],
    ids=lambda text: repr(text)[:40],
)
def test_what_is_not_yaml_or_not_plain_is_refused(text, message):
    with pytest.raises(ConfigError) as error:
        read_yaml(text, "model")

    assert str(error.value) == message


def test_aliases_cannot_multiply_without_end():
    lines = ["a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    for name, before in zip("bcdefghi", "abcdefgh", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]")

    with pytest.raises(ConfigError) as error:
        read_yaml("\n".join(lines), "model")

    assert str(error.value) == (
        "must have at most 1000000 values, got more after its aliases are expanded @ model"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('a: "\\uD83D"', "must not contain an unpaired surrogate, got '\\ud83d' @ model.a"),
        ("a: !!int 0b11", "not YAML: an int must be digits, 0o or 0x and digits, got '0b11'"),
        ("a: !!bool yes", "not YAML: a bool must be true or false, got 'yes'"),
        ("a: !!float 1:30", "not YAML: a float must be a number, got '1:30'"),
        ("a: !!null x", "not YAML: a null must be empty, ~ or null, got 'x' in line 1, column 4"),
        ("a: !!bool maybe", "not YAML: a bool must be true or false, got 'maybe' in line 1"),
    ],
)
def test_what_yaml_would_change_without_a_word_is_refused(text, message):
    with pytest.raises(ConfigError) as error:
        read_yaml(text, "model")

    assert message in str(error.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("%YAML 1.2\n---\na: 010", 10),
        ("%YAML  1.2\n---\na: 010", 10),
        ("%YAML 1.1\n---\na: 010", 10),
        ("# c\n%YAML 1.1 # d\n---\na: 1:30", "1:30"),
        ("%YAML \t 1.1\n---\na: yes", "yes"),
        ("%TAG ! !\n%YAML 3.14\n---\na: 0b1", "0b1"),
        ("a: |\n  x\n  %YAML 1.1\n", "x\n%YAML 1.1\n"),
        ("a: !!null", None),
        ("a: !!null ~", None),
        ("a: !!bool True", True),
        ("a: !!str 1", "1"),
        ("a: !!float 1", 1.0),
        ('a: !!int "0x1F"', 31),
        ("a: ! 5", "5"),
        ("a: 1_000", "1_000"),
        ("a: +0x1", "+0x1"),
        ("a: .5e3", 500.0),
        ("a: 2020-01-01", "2020-01-01"),
        ("a: =", "="),
        ("a: <<", "<<"),
        ('a: "x\\Ny"', "x\x85y"),
        ("a: x\x85 y", "x\x85 y"),
        ('a: "x \u2028 y"', "x \u2028 y"),
        ("# \x85b: 1\na: x\u2029", "x\u2029"),
        ("a: \x85\ue000", "\x85\ue000"),
        ('a: "\\uD83D\\uDE00 \\U0001F600"', "😀 😀"),
        ("a: '\\uD83D'", "\\uD83D"),
        ('a: "%YAML 1.1"', "%YAML 1.1"),
    ],
)
def test_yaml_is_read_by_the_core_schema_of_1_2_whatever_a_directive_says(text, value):
    assert same(read_yaml(text), {"a": value})


JSON_THAT_YAML_READERS_REFUSE = [
    '\t{"a": 1}',
    '{"a"\n:\n1}',
    '{"a": "x\x7f\x80\x85\u2028\ufffe y"}',
    '{"%s": 1}' % ("x" * 2000),
    '{"a": "\\ud83d\\ude00", "\\ud83d\\ude00": 1}',
    '"\\/"',
    "\r\n[1,\r2\t]\r",
]


@pytest.mark.parametrize("text", JSON_THAT_YAML_READERS_REFUSE, ids=ascii)
def test_a_json_document_is_one_in_yaml(text):
    assert same(read_yaml(text), json.loads(text))


@given(values, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_every_json_document_is_one_in_yaml(data, ascii_only, indent):
    text = json.dumps(data, ensure_ascii=ascii_only, indent=indent)

    assert same(read_yaml(text), data)


@pytest.mark.parametrize("text", ["[NaN]", "{a: Infinity}", "[-Infinity]"])
def test_what_only_python_takes_for_json_is_a_word_in_yaml(text):
    assert "n" in str(read_yaml(text)).lower()
    with pytest.raises(ConfigError):
        read_json(text)


@pytest.mark.parametrize("read", [read_json, read_yaml])
@pytest.mark.parametrize("form", ['{"a": %s}', "[%s]"])
@pytest.mark.parametrize(
    ("digits", "nearest"),
    [
        ("0.100000000000000000001", "0.1"),
        ("1e-400", "0.0"),
        ("3e-324", "5e-324"),
        ("9007199254740993.0", "9007199254740992.0"),
        ("123456789012345678e-20", "0.0012345678901234567"),
    ],
)
def test_a_number_that_float64_cannot_hold_as_written_is_refused(read, form, digits, nearest):
    with pytest.raises(ConfigError) as error:
        read(form % digits)

    assert f"must be a number that float64 holds as written, got {digits}" in str(error.value)
    assert f"the nearest is {nearest}" in str(error.value)


@pytest.mark.parametrize("read", [read_json, read_yaml])
@pytest.mark.parametrize(
    "digits",
    [
        "0.1",
        "0.10000000000000001",
        "0.1000000000000000000000",
        "0.1000000000000000055511151231257827021181583404541015625",
        "1.7976931348623157e308",
        "2.2250738585072014e-308",
        "5e-324",
        "0e-999",
        "-0.0",
        "1e22",
        "0.30000000000000004",
    ],
)
def test_a_number_that_float64_holds_as_written_is_read(read, digits):
    assert same(read(f"[{digits}]"), [float(digits)])


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["r", ".17g", ".16e"]))
@example(5.960464477539063e-08, "r")
def test_every_float_is_read_however_exactly_it_is_written(number, form):
    digits = repr(number) if form == "r" else format(number, form)
    if digits == "-0":  # an integer, which has no sign
        number = 0.0
    for read in (read_json, read_yaml):
        assert same(float(read(f"[{digits}]")[0]), number)
