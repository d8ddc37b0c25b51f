import attrs
import pytest

from poise import fields
from poise.sleap.migrate import Migration


@attrs.frozen(kw_only=True)
class Decoder:
    steps: int = attrs.field(default=2, metadata={"aliases": ("n_steps", "num_steps")})
    batch_norm: bool = True


@attrs.frozen(kw_only=True)
class Net:
    max_stride: int = attrs.field(default=16, validator=fields.power_of_two(at_least=2))
    head_stride: int = attrs.field(default=1, validator=fields.power_of_two(floored=False))
    rate: float = 1.5
    name: str | None = None
    parts: tuple[str, ...] = ()
    indices: tuple[int, ...] | None = None
    keep: bool = attrs.field(default=False, metadata={"inverted_aliases": ("delete",)})
    decoder: Decoder | None = None


def migrated(data, *, path="net"):
    migration = Migration()
    read = migration.section(data, Net, path)
    return read, [note for note in migration.notes if note.kind != "defaulted"], migration


def test_a_number_written_as_a_string_is_read_and_reported():
    read, notes, _ = migrated({"max_stride": "8", "rate": "2.5e0", "indices": ["3", 4]})
    assert read == {"max_stride": 8, "rate": 2.5, "indices": [3, 4]}
    assert [str(note) for note in notes] == [
        'net.max_stride: "8" read as 8',
        'net.rate: "2.5e0" read as 2.5',
        'net.indices[0]: "3" read as 3',
    ]


def test_an_integral_float_is_read_as_an_integer_and_reported():
    read, (note,), _ = migrated({"max_stride": 8.0})
    assert read == {"max_stride": 8}
    assert type(read["max_stride"]) is int
    assert (note.kind, str(note)) == ("coerced", "net.max_stride: 8.0 read as 8")


@pytest.mark.parametrize(
    "data",
    [
        {"max_stride": 4.9},
        {"max_stride": "8.0"},
        {"max_stride": "eight"},
        {"max_stride": ""},
        {"max_stride": True},
        {"max_stride": None},
        {"rate": "fast"},
        {"rate": "0.100000000000000000001"},
        {"rate": "inf"},
        {"rate": "1e999"},
        {"keep": "false"},
        {"keep": 0},
        {"name": 3},
        {"parts": "abc"},
        {"parts": [1, 2]},
        {"decoder": "yes"},
    ],
)
def test_what_would_change_the_meaning_is_left_for_the_strict_reader(data):
    read, notes, _ = migrated(data)
    assert read == data
    assert notes == []


@pytest.mark.parametrize(("stride", "read_as"), [(24, 16), (12, 8), (3, 2), (31, 16)])
def test_a_stride_between_powers_of_two_is_floored(stride, read_as):
    read, (note,), _ = migrated({"max_stride": stride})
    assert read == {"max_stride": read_as}
    assert (note.kind, note.path, note.what) == (
        "floored",
        "net.max_stride",
        f"{stride} read as {read_as}",
    )


def test_a_stride_that_is_a_string_and_not_a_power_of_two_leaves_two_notes():
    read, notes, _ = migrated({"max_stride": "24"})
    assert read == {"max_stride": 16}
    assert [note.kind for note in notes] == ["coerced", "floored"]


@pytest.mark.parametrize("stride", [0, -8, 16])
def test_valid_and_hopeless_strides_are_left(stride):
    assert migrated({"max_stride": stride})[:2] == ({"max_stride": stride}, [])


def test_a_stride_that_sleap_never_floored_is_left():
    assert migrated({"head_stride": 3})[:2] == ({"head_stride": 3}, [])


def test_another_name_is_read_as_the_real_one_and_its_value_as_any_other():
    read, notes, _ = migrated({"decoder": {"n_steps": "3"}})
    assert read == {"decoder": {"steps": 3}}
    assert [note.kind for note in notes] == ["aliased", "coerced"]


def test_an_alias_is_reported_under_the_name_in_the_file():
    _, notes, _ = migrated({"decoder": {"n_steps": 3}})
    assert [(note.kind, note.path) for note in notes] == [("aliased", "net.decoder.n_steps")]
    assert "read as 'steps'" in notes[0].what


def test_an_inverted_alias_is_read_as_its_opposite():
    read, (note,), _ = migrated({"delete": True})
    assert read == {"keep": False}
    assert str(note) == "net.delete: read as 'keep' = false, its opposite"


@pytest.mark.parametrize(
    ("data", "where", "what"),
    [
        (
            {"steps": 3, "n_steps": 3},
            "n_steps",
            "another name for 'steps', which 'steps' already sets",
        ),
        (
            {"n_steps": 3, "steps": 3},
            "n_steps",
            "another name for 'steps', which 'steps' already sets",
        ),
        ({"n_steps": 3, "num_steps": 3}, "num_steps", "for 'steps', which 'n_steps' already sets"),
    ],
)
def test_a_field_under_two_names_is_a_fault(data, where, what):
    *_, migration = migrated({"decoder": data})
    (fault,) = migration.faults
    assert fault.path == f"net.decoder.{where}"
    assert what in fault.what


def test_an_inverted_alias_must_be_true_or_false():
    *_, migration = migrated({"delete": "false"})
    assert [str(fault) for fault in migration.faults] == [
        'must be true or false, got "false" @ net.delete'
    ]


def test_an_unknown_key_is_left_out_with_its_value_and_the_closest_name():
    read, notes, migration = migrated({"max_strides": 8, "zzz": {"deep": 1}})
    assert read == {}
    assert [str(note) for note in notes] == [
        "net.max_strides: 8; Net has no such field; did you mean 'max_stride'?",
        'net.zzz: {"deep": 1}; Net has no such field',
    ]
    assert migration.extra == {"net.max_strides": 8, "net.zzz": {"deep": 1}}


def test_every_absent_field_is_reported_with_its_default():
    migration = Migration()
    migration.section({"decoder": {}}, Net, "net")
    assert {(note.path, note.what) for note in migration.notes} == {
        ("net.max_stride", "16"),
        ("net.head_stride", "1"),
        ("net.rate", "1.5"),
        ("net.name", "null"),
        ("net.parts", "[]"),
        ("net.indices", "null"),
        ("net.keep", "false"),
        ("net.decoder.steps", "2"),
        ("net.decoder.batch_norm", "true"),
    }


@attrs.frozen(kw_only=True)
class Outer:
    net: Net = attrs.field(factory=Net)
    decoder: Decoder = attrs.field(factory=Decoder)


def test_an_absent_section_is_one_note_that_names_its_defaults():
    migration = Migration()
    migration.section({"net": {}}, Outer, "outer")
    assert [str(note) for note in migration.notes if note.path == "outer.decoder"] == [
        "outer.decoder: all of its defaults (steps = 2, batch_norm = true)"
    ]


def test_the_input_data_is_not_changed():
    data = {"max_stride": "24", "decoder": {"n_steps": 3.0}, "zzz": 1}
    before = {"max_stride": "24", "decoder": {"n_steps": 3.0}, "zzz": 1}
    migrated(data)
    assert data == before


def test_a_class_without_aliases_has_none():
    attribute = attrs.fields(Net).rate
    assert fields.aliases_of(attribute) == ()
    assert fields.inverted_aliases_of(attribute) == ()
