"""A key that is there twice: refused where it describes the model, else reported."""

import pytest

from poise.errors import ConfigError
from poise.reading import read
from poise.sleap import read_sleap

MODEL = '{"backbone": {"net": {"output_stride": 2}}, "heads": {"maps": {"output_stride": 2}}}'

BUILD_NOTHING = {
    "optimization": f'{{"model": {MODEL}, "optimization": {{}}, "optimization": {{"epochs": 3}}}}',
    "optimization.epochs": f'{{"model": {MODEL}, "optimization": {{"epochs": 1, "epochs": 3}}}}',
    "outputs.zmq.publish_updates": (
        f'{{"model": {MODEL}, '
        '"outputs": {"zmq": {"publish_updates": false, "publish_updates": true}}}'
    ),
    "data.labels.training_inds": (
        f'{{"model": {MODEL}, "data": {{"labels": {{"training_inds": [], "training_inds": [3]}}}}}}'
    ),
    "name": f'{{"model": {MODEL}, "name": "a", "name": "b"}}',
    "else": f'{{"model": {MODEL}, "data": {{}}, "else": 1, "else": 2}}',
}
"""Path of a key → a job in which it is there twice."""

DESCRIBE = {
    "model": f'{{"model": {{}}, "model": {MODEL}}}',
    "model.heads": '{"model": {"heads": {}, "heads": {"maps": {}}}}',
    "data": f'{{"model": {MODEL}, "data": {{}}, "data": {{}}}}',
    "data.labels": f'{{"model": {MODEL}, "data": {{"labels": {{}}, "labels": {{}}}}}}',
    "data.labels.skeletons": (
        f'{{"model": {MODEL}, "data": {{"labels": {{"skeletons": [], "skeletons": []}}}}}}'
    ),
    "data.preprocessing.input_scaling": (
        f'{{"model": {MODEL}, '
        '"data": {"preprocessing": {"input_scaling": 1.0, "input_scaling": 0.5}}}'
    ),
}


@pytest.mark.parametrize("path", BUILD_NOTHING)
def test_a_key_that_builds_nothing_is_reported_if_it_is_there_twice(path, write):
    for job in (read_sleap(write(BUILD_NOTHING[path])), read(write(BUILD_NOTHING[path]))):
        assert f"{path}: appears twice; the last value is read" in [
            str(note) for note in job.report.of("not_carried_over")
        ]


def test_the_last_value_is_read(write):
    sections = read_sleap(write(BUILD_NOTHING["optimization.epochs"])).sections
    assert sections.optimization.epochs == 3
    assert read_sleap(write(BUILD_NOTHING["else"])).sections.extra == {"else": 2}


@pytest.mark.parametrize("path", DESCRIBE)
def test_a_key_that_describes_the_model_is_refused_if_it_is_there_twice(path, write):
    file = write(DESCRIBE[path])
    with pytest.raises(ConfigError) as error:
        read_sleap(file)
    key = path.rpartition(".")[2]
    assert str(error.value) == f"{file}: keys must be unique, got {key!r} twice @ {path}"


def test_what_a_repeated_key_holds_is_checked(write):
    text = '{"optimization": {}, "optimization": {"epochs": 1, "epochs": "many"}}'
    with pytest.raises(ConfigError) as error:
        read_sleap(write(text))
    (fault,) = error.value.faults
    assert fault.path == "optimization.epochs"
    assert fault.what.startswith("must be an integer, got 'many'")


@pytest.mark.parametrize("path", ["backbone", "edition", "else"])
def test_a_model_alone_has_no_key_twice(path, write):
    with pytest.raises(ConfigError, match=f"got '{path}' twice @ {path}"):
        read(write(f'{{"heads": {{}}, "{path}": {{}}, "{path}": {{}}}}', "model.json"))


@pytest.mark.parametrize("path", ["backbone", "edition", "else"])
def test_yaml_has_no_key_twice(path, tmp_path):
    file = tmp_path / "model.yaml"
    file.write_text(f"heads: {{}}\n{path}: {{}}\n{path}: {{}}\n")
    with pytest.raises(ConfigError, match=f'duplicate key "{path}"'):
        read(file)


def test_values_of_one_dotted_path_are_both_kept(write):
    text = f'{{"model": {MODEL}, "optimization": {{"zzz": 1}}, "optimization.zzz": 2}}'
    extra = read_sleap(write(text)).sections.extra
    assert extra == {"optimization.zzz": 1, "'optimization.zzz'": 2}
