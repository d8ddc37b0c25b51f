"""Hostile configurations: JSON, YAML, and the jobs that SLEAP wrote."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from hostile_cases import COMMAND, case, holding, sparse

MODEL = '{"backbone": {"unet": {"filters": %s}}, "heads": {"centroid": {}}}'
MEGABYTE = 1_000_000


def filters(value: str) -> str:
    """A model with a value, as JSON, instead of a small integer."""
    return MODEL % value


def json_case(name: str, content: str | bytes, says: str | None) -> None:
    case("json", says, name)(holding(content, "model.json"))


def yaml_case(name: str, content: str | bytes, says: str | None) -> None:
    case("yaml", says, name)(holding(content, "model.yaml"))


# JSON

json_case("nothing", b"", "got an empty file|not JSON: Expecting value")
json_case("blanks", b" \n" * 1000, "got an empty file|not JSON: Expecting value")
json_case("a number", b"1", "an object")
json_case("bytes that are not UTF-8", b'{"a": "\xff\xfe"}', "not text: byte 7 is not UTF-8")
json_case(
    "UTF-16", filters("1").encode("utf-16"), "got text in UTF-16|not text: byte 0 is not UTF-8"
)
json_case("a byte order mark", b"\xef\xbb\xbf" + filters("8").encode(), None)
json_case("a zero byte", b'{"a": \x00}', "not JSON")
json_case("unpaired surrogate", filters(r'"\ud83d"'), "unpaired surrogate")
json_case("unpaired surrogate in a key", r'{"\ude00": 1}', "unpaired surrogate")
json_case("a key twice", '{"backbone": {}, "backbone": {"unet": {}}}', "keys must be unique")
json_case("NaN", filters("NaN"), "must be a finite number, got NaN")
json_case("infinity", filters("-Infinity"), "must be a finite number, got -Infinity")
json_case("1e999", filters("1e999"), "must be a number between -1.8e308 and 1.8e308, got 1e999")
json_case("a number of 100,000 digits", filters("1" * 100_000), "got 100000: 11111111111111111111…")
json_case("a fraction of 100,000 digits", filters("1." + "1" * 100_000), "holds as written")
json_case("a power of two of 300 digits", filters(str(2**990)), None)
json_case("lists in lists, 100,000 deep", "[" * 100_000 + "]" * 100_000, "levels of nesting")
json_case("objects in objects, never closed", '{"a":' * 100_000, "levels of nesting")
json_case("strings never closed", '"' + r"\"" * MEGABYTE, "not JSON")
json_case("strings cut behind a backslash", '["' + "a\\", "not JSON")
json_case("comments never closed", "/* " * MEGABYTE, "not JSON")
json_case("comments in comments", "/*" * (MEGABYTE // 10), "not JSON")
json_case("a comment never closed behind a model", filters("8") + "/* ", "not JSON")
json_case("a word of control characters", '{"\\u001b]0;owned\\u0007\\u009b2J\\u202e": 1}', r"\\x1b")
json_case("a key with line breaks", '{"a\\n\\n\\nb\\u2028": 1}', r"a\\+n")
case("json", "must have at most 4 MB, got 100.0 MB", "100 MB")(sparse(100 * MEGABYTE, "model.json"))
json_case("a list of 2 MB of lists", b"[" + b"[]," * (650 * 1000) + b"1]", "at most 1000000 values")
json_case("a string of 3 MB", b'"' + b"a" * (3 * MEGABYTE) + b'"', "an object")
json_case("an open string of 3 MB", b'"' + b"a" * (3 * MEGABYTE), "not JSON")
json_case(
    "100,000 unknown keys",
    "{" + ",".join(f'"max_strid{i}": 0' for i in range(100_000)) + "}",
    "must have at most 1000 keys, got 100000",
)
case("json", "no field 'max_strid0'|no head", "900 unknown keys", ("from_json", "config_load"))(
    holding(
        '{"backbone": {"unet": {' + ",".join(f'"max_strid{i}": 0' for i in range(900)) + "}}}",
        "model.json",
    )
)
json_case(
    "100,000 keys under a backbone",
    '{"backbone": {' + ",".join(f'"une{i}": {{}}' for i in range(100_000)) + '}, "heads": {}}',
    "must have at most 1000 keys, got 100000",
)
json_case(
    "100,000 part names",
    json.dumps(
        {
            "backbone": {"unet": {}},
            "heads": {"single_instance": {"part_names": [f"p{i}" for i in range(100_000)]}},
        }
    ),
    None,
)
json_case(
    "50,000 edges between missing parts",
    json.dumps(
        {
            "backbone": {"unet": {}},
            "heads": {
                "multi_instance": {
                    "confmaps": {"part_names": ["a"]},
                    "pafs": {"edges": [[f"p{i}", f"q{i}"] for i in range(50_000)]},
                }
            },
            "edition": "sleap-1.4",
        }
    ),
    None,
)

# YAML

yaml_case("bytes that are not UTF-8", b"a: \xff", "not text")
yaml_case("a zero byte", b"a: \x00", "not YAML")
yaml_case("unpaired surrogate", r'backbone: {"\ud83d": {}}', "unpaired surrogate|not YAML")
yaml_case("a key twice", "backbone: {}\nbackbone: {}", "duplicate key")
yaml_case("not a number", "backbone: {unet: {filters: .nan}}", "must be a finite number, got nan")
yaml_case("infinity", "backbone: {unet: {filters: .inf}}", "must be a finite number, got inf")
yaml_case("1e999", "backbone: {unet: {filters: 1e999}}", "must be a number between .*, got 1e999")
yaml_case("a number of 5,000 digits", f"backbone: {{a: {'1' * 5000}}}", "digits")
yaml_case("a hexadecimal of 400 digits", f"backbone: {{a: 0x{'f' * 400}}}", "digits")
yaml_case("a list as a key", "? [a]\n: 1", "keys must be strings|unhashable|not YAML|found")
yaml_case("a date", "edition: !!timestamp 2026-01-01", "got a date")
yaml_case("a set", "backbone: !!set {a, b}", "found|not YAML|must be")
yaml_case("bytes", "edition: !!binary aGVsbG8=", "got a bytes")
yaml_case("a call", f"a: !!python/object/apply:os.system ['{COMMAND}']", "not YAML: could not")
yaml_case("a new object", "!!python/object/new:subprocess.Popen [[touch, executed]]", "not YAML")
yaml_case("a name of a module", "a: !!python/name:os.system ''", "not YAML: could not")
yaml_case("an unknown tag", "a: !evil b", "not YAML: could not")
yaml_case("flows in flows, 100,000 deep", "[" * 100_000, "levels of nesting")
yaml_case("lists in lists, 10,000 deep", "- " * 10_000, "levels of nesting")
yaml_case("lists in lists, never begun", "]" * 10_000, "not YAML")
yaml_case("an anchor inside itself", "&a [*a]", "levels of nesting|values")
yaml_case("an undefined anchor", "*a", "not YAML: found undefined alias")
yaml_case(
    "laughs, a billion",
    "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
    + "\n".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)),
    "at most 1000000 values",
)
yaml_case(
    "merges, a billion",
    "a0: &a0 {x: 1}\n"
    + "\n".join(f"a{i}: &a{i} {{<<: [{','.join([f'*a{i - 1}'] * 10)}]}}" for i in range(1, 10)),
    "<<",
)
yaml_case("300 kB of numbers", "[" + "1, " * 100_000 + "1]", "at most 0.2 MB")
yaml_case("60 kB of flows", "[" + "[], " * 15_000 + "1]", "an object")
yaml_case("200 kB of question marks", "? " * 99_000, "levels of nesting|not YAML")
yaml_case("200 kB of quotes", "'" * 199_001, "not YAML|an object")
yaml_case("60 kB of keys", "".join(f"a{i}: 1\n" for i in range(6_000)), "keys")
yaml_case("a word of control characters", '"\\e]0;owned\\a\\x9b": 1', r"\\x1b")
case("yaml", "must have at most 0.2 MB, got 100.0 MB", "100 MB")(
    sparse(100 * MEGABYTE, "model.yaml")
)

# Not a regular file

for ending in ("json", "yaml"):

    def a_pipe(folder: Path, ending: str = ending) -> Path:
        os.mkfifo(folder / f"pipe.{ending}")
        return folder / f"pipe.{ending}"

    def a_device(folder: Path, ending: str = ending) -> Path:
        (folder / f"zero.{ending}").symlink_to("/dev/zero")
        return folder / f"zero.{ending}"

    case("file", "must be a file, got a pipe", f"a pipe, as {ending}")(a_pipe)
    case("file", "must be a file, got a device", f"a device, as {ending}")(a_device)


# Jobs of SLEAP

NODE = "sleap.skeleton.Node"


def node(name: str) -> Any:
    return {"py/object": NODE, "py/state": {"py/tuple": [name, 1.0]}}


def edge_type(kind: int = 1) -> Any:
    reduce = [{"py/type": "sleap.skeleton.EdgeType"}, {"py/tuple": [kind]}]
    return {"py/reduce": [*reduce, None, None, None]}


def link(source: Any, target: Any, kind: Any, index: int = 0) -> Any:
    return {"edge_insert_idx": index, "key": 0, "source": source, "target": target, "type": kind}


def job(links: Any, nodes: Any, **further: Any) -> str:
    skeleton = {
        "directed": True,
        "graph": {"name": "fly", "num_edges_inserted": 1},
        "links": links,
        "multigraph": True,
        "nodes": nodes,
        **further,
    }
    data = {
        "data": {"labels": {"skeletons": [skeleton]}},
        "model": {"backbone": {"unet": {}}, "heads": {"single_instance": {}}},
    }
    return json.dumps(data)


def job_case(name: str, content: str | bytes, says: str | None) -> None:
    case("job", says, name)(holding(content, "training_config.json"))


GOOD = link(node("a"), node("b"), edge_type())
NODES = [{"id": {"py/id": 1}}, {"id": {"py/id": 2}}]
CALL = {"py/reduce": [{"py/type": "os.system"}, {"py/tuple": [COMMAND]}, None, None, None]}
FUNCTION = {"py/reduce": [{"py/function": "os.system"}, {"py/tuple": [COMMAND]}, None, None]}
OBJECT = {"py/object": "os.system", "py/newargs": {"py/tuple": [COMMAND]}}

job_case("a call in place of an edge type", job([{**GOOD, "type": CALL}], NODES), "os.system")
job_case("a function in place of an edge type", job([{**GOOD, "type": FUNCTION}], NODES), "type")
job_case("a call in place of a part", job([GOOD], [{"id": CALL}]), "py/reduce")
job_case("an object in place of a part", job([GOOD], [{"id": OBJECT}]), "os.system")
job_case("an object in place of a graph", job([GOOD], NODES, graph=OBJECT), "must be plain data")
job_case("an object beside the graph", job([GOOD], NODES, more=[{"x": OBJECT}]), "py/object")
job_case("an expression", job([GOOD], [{"id": {"py/repr": "os/os.system('ls')"}}]), "py/repr")
job_case("a part inside itself", job([GOOD], [{"id": {"py/id": 9}}]), "must refer to an earlier")
job_case(
    "a part that is its own edge type",
    job([{**GOOD, "type": {"py/id": 1}}], NODES),
    "must be an edge type",
)
job_case(
    "a reference to minus one", job([GOOD], [{"id": {"py/id": -1}}]), "must refer to an earlier"
)
job_case("a reference to true", job([GOOD], [{"id": {"py/id": True}}]), "must refer to an earlier")
job_case(
    "a reference far away", job([GOOD], [{"id": {"py/id": 10**200}}]), "must refer to an earlier"
)
job_case(
    "a state that is a state",
    job([GOOD], [{"id": {"py/object": NODE, "py/state": node("a")}}]),
    "a part's state",
)
job_case(
    "a circle of edges",
    job(
        [
            GOOD,
            link({"py/id": 2}, node("c"), {"py/id": 3}, 1),
            link({"py/id": 4}, {"py/id": 1}, {"py/id": 3}, 2),
        ],
        [*NODES, {"id": {"py/id": 4}}],
    ),
    None,
)
job_case(
    "an edge from a part to itself",
    job([link(node("a"), {"py/id": 1}, edge_type())], [{"id": {"py/id": 1}}]),
    "must join two different parts",
)
job_case(
    "5,000 parts",
    job([], [{"id": node(f"p{i}")} for i in range(5_000)]),
    None,
)
job_case(
    "5,000 edges of missing parts",
    job(
        [link(node(f"p{i}"), node(f"q{i}"), edge_type(), i) for i in range(5_000)],
        [{"id": node(f"r{i}")} for i in range(5_000)],
    ),
    "no part",
)
job_case(
    "a name with an escape", job([GOOD], [*NODES, {"id": 7}], name="\x1b[2J"), "refer|node|position"
)
job_case(
    "a part whose name is an escape, twice",
    job([GOOD], [{"id": node("\x1b]0;owned\x07")}, {"id": node("\x1b]0;owned\x07")}]),
    r"\\x1b",
)
job_case(
    "a job whose name is an escape",
    json.dumps(
        {
            "name": "\x1b]0;owned\x07\x9b2J",
            "sleap_version": "1.4.1",
            "model": {"backbone": {"unet": {}}, "heads": {"centroid": {}}},
            "\x9b2J": {"\x1b": 1},
        }
    ),
    None,
)
job_case(
    "500,000 digits for an integer",
    json.dumps({"model": {"backbone": {"unet": {"filters": "1" * 500_000 + "x"}}, "heads": {}}}),
    "must be an integer",
)
job_case(
    "500,000 digits for a number",
    json.dumps(
        {"model": {"backbone": {"unet": {"filters_rate": "1" * 500_000 + "x"}}, "heads": {}}}
    ),
    "must be a number",
)
TEMPLATE = json.loads(job([GOOD], NODES))
LABELS = TEMPLATE["data"]["labels"]
LABELS["skeletons"] = [
    {"nx_graph": LABELS["skeletons"][0], "preview_image": {"py/b64": "A" * 3_000_000}}
]
job_case("an image of 3 MB in a skeleton", json.dumps(TEMPLATE), None)
job_case("a path that leads outside", json.dumps({**TEMPLATE, "filename": "../../x\0"}), None)
