"""What may be asked of a benchmark, and what is said of everything else."""

from __future__ import annotations

from typing import Any

import pytest

import poise_workflows
from poise_workflows.benchmarking.asked import asked_of, combinations

DEFAULTS: dict[str, Any] = {
    "runtimes": None,
    "precisions": "float32",
    "batch_sizes": "1,4",
    "image": None,
    "device": "auto",
    "seconds": 3.0,
}


def ask(**options: Any) -> Any:
    return asked_of(**{**DEFAULTS, **options})


def test_words_of_a_command_line_and_values_of_python_mean_the_same() -> None:
    of_words = ask(runtimes="keras, xla", batch_sizes="1,16", image="384,512,1")
    of_values = ask(runtimes=["keras", "xla"], batch_sizes=(1, 16), image=(384, 512, 1))

    assert of_words == of_values
    assert of_values.batch_sizes == (1, 16)
    assert of_values.image == (384, 512, 1)


def test_one_batch_size_may_be_a_number() -> None:
    assert ask(batch_sizes=8).batch_sizes == (8,)


def test_exports_have_rows_of_float32_alone() -> None:
    asked = ask(precisions="float32,float16", batch_sizes="1")

    assert combinations(asked, ["keras", "onnx"]) == [
        ("keras", "float32", 1),
        ("keras", "float16", 1),
        ("onnx", "float32", 1),
    ]


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"batch_sizes": "1,0"}, "must be whole numbers from 1, as 1,4, got '1,0' @ batch_sizes"),
        ({"batch_sizes": []}, "must be whole numbers from 1, as 1,4, got [] @ batch_sizes"),
        (
            {"image": "384"},
            "must be height, width and channels, as 384,512,1, got '384' @ image",
        ),
        (
            {"precisions": "float31"},
            "must be among float32, float16, bfloat16, got 'float31' @ precisions",
        ),
        ({"precisions": ""}, "must be among float32, float16, bfloat16, got none @ precisions"),
        ({"seconds": 0}, "must be a number above 0, got 0 @ seconds"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_what_can(options: Any, fault: str) -> None:
    with pytest.raises(poise_workflows.BenchmarkError) as error:
        ask(**options)

    assert [str(each) for each in error.value.faults] == [fault]


def test_a_runtime_that_there_is_not_is_refused() -> None:
    with pytest.raises(poise_workflows.BenchmarkError, match=r"must be among keras, xla, .*'onx'"):
        ask(runtimes="onx")


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(poise_workflows.BenchmarkError) as error:
        ask(batch_sizes="none", image="1,2,3,4", precisions="half", seconds=-1)

    assert len(error.value.faults) == 4


def test_a_name_of_nothing_is_refused_before_keras_is_imported() -> None:
    with pytest.raises(
        poise_workflows.BenchmarkError,
        match="must be a model, a configuration or a profile, got 'baseline_medium'; did you mean",
    ):
        poise_workflows.benchmark("baseline_medium")


def test_a_file_that_is_there_is_kept(tmp_path: Any) -> None:
    output = tmp_path / "speed.json"
    output.write_text("mine")

    with pytest.raises(poise_workflows.BenchmarkError, match="must be free"):
        poise_workflows.benchmark("baseline_medium_rf.single", output=output)

    assert output.read_text() == "mine"
