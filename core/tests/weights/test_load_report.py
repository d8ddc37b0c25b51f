from __future__ import annotations

import json

from poise.weights import LoadReport, Mismatch

FULL = LoadReport(
    source="best_model.h5",
    format="HDF5 of Keras 2.4.0, whole model",
    total=50,
    matched=("a/kernel",),
    missing=tuple(f"conv{index}/kernel" for index in range(20)),
    unexpected=("z/kernel",),
    mismatched=(Mismatch("b/kernel", (3, 3, 1, 8), (3, 3, 3, 8)),),
    renamed=(("Head_0", "Head"),),
    ignored={"optimizer": 73},
    replaced=("tile_channels",),
    not_finite=("a/kernel",),
    changed=("a/kernel (float64 to float32: 1 too large)",),
    notes=("one", "two", "three"),
)


def test_a_full_report_counts_everything_in_at_most_twelve_lines() -> None:
    assert str(FULL).splitlines() == [
        "best_model.h5 (HDF5 of Keras 2.4.0, whole model): 29 of the model's 50 weights matched",
        (
            "  missing in the file: 20: conv0/kernel, conv1/kernel, conv2/kernel, conv3/kernel, "
            "conv4/kernel, conv5/kernel and 14 more"
        ),
        "  not in the model: 1: z/kernel",
        "  wrong shape (file for model): 1: b/kernel (3, 3, 1, 8) for (3, 3, 3, 8)",
        "  renamed: 1: Head_0 → Head",
        "  ignored: 73 of the optimizer",
        "  Lambda layers, never run: 1: tile_channels",
        "  NaN or infinite values: 1: a/kernel",
        "  changed by the model's types: 1: a/kernel (float64 to float32: 1 too large)",
        "  one",
        "  two",
        "  … and 1 more notes",
    ]


def test_a_report_of_a_perfect_match_is_one_line() -> None:
    report = LoadReport(source="m.keras", format=".keras archive", total=1, matched=("a/kernel",))
    assert report.ok
    assert str(report) == "m.keras (.keras archive): 1 of the model's 1 weights matched"


def test_weights_left_over_on_either_side_are_not_ok() -> None:
    for field in ("missing", "unexpected"):
        assert not LoadReport(source="", format="", total=1, **{field: ("a/kernel",)}).ok
    assert not LoadReport(
        source="", format="", total=1, mismatched=(Mismatch("a/kernel", (1,), (2,)),)
    ).ok


def test_json_holds_every_list_whole() -> None:
    data = json.loads(json.dumps(FULL.as_dict()))
    assert data["ok"] is False
    assert len(data["missing"]) == 20
    assert data["mismatched"] == [{"name": "b/kernel", "file": [3, 3, 1, 8], "model": [3, 3, 3, 8]}]
    assert data["renamed"] == [["Head_0", "Head"]]
    assert data["ignored"] == {"optimizer": 73}
