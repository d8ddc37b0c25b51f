"""Models: which roles they have, and which sets of them are refused."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from poise_workflows.pipelines.members import Member, ModelsError, cast_of, read_models


def member(stage: str, name: str = "") -> Any:
    spec: Any = SimpleNamespace(key=f"{stage}_head", stage=stage)
    return Member(path=Path(name or stage), reading=SimpleNamespace(), spec=spec)


@pytest.mark.parametrize("order", [("centroid", "crop"), ("crop", "centroid")])
def test_the_order_of_a_pair_does_not_matter(order: tuple[str, str]) -> None:
    assert [each.stage for each in cast_of(list(map(member, order))).members] == [
        "centroid",
        "crop",
    ]


@pytest.mark.parametrize("stage", ["image", "centroid", "crop"])
def test_a_model_alone_has_its_role(stage: str) -> None:
    (only,) = cast_of([member(stage)]).members

    assert only.stage == stage


@pytest.mark.parametrize(
    ("stages", "got"),
    [
        (["centroid", "centroid"], "2 of stage centroid"),
        (["crop", "centroid", "crop"], "2 of stage crop"),
        (["image", "image"], "2 of stage image"),
        (["image", "crop"], "2 that do not go together"),
    ],
)
def test_an_ambiguous_set_is_refused_with_everything_that_was_found(
    stages: list[str], got: str
) -> None:
    members = [member(stage, f"model{index}") for index, stage in enumerate(stages)]

    with pytest.raises(ModelsError, match=f"got {got}") as caught:
        cast_of(members)

    for index, stage in enumerate(stages):
        assert f"model{index} ({stage}_head, stage {stage})" in str(caught.value)


def test_no_model_is_refused() -> None:
    with pytest.raises(ModelsError, match="must be at least one model, got none"):
        read_models([])


@pytest.mark.usefixtures("made_up")
def test_a_configuration_without_weights_is_no_model(tmp_path: Path) -> None:
    file = tmp_path / "model.json"
    file.write_text('{"backbone": {"plain": {}}, "heads": {"cells": {}}}', encoding="utf-8")

    with pytest.raises(ModelsError, match="must be a trained model, got"):
        read_models([file])


@pytest.mark.usefixtures("made_up")
def test_a_folder_without_its_weights_is_no_model(tmp_path: Path) -> None:
    model = {"backbone": {"plain": {}}, "heads": {"cells": {}}}
    file = tmp_path / "training_config.json"
    file.write_text(json.dumps({"data": {}, "model": model}), encoding="utf-8")

    with pytest.raises(ModelsError, match=r"got .* without weights; copy its best_model\.h5"):
        read_models([tmp_path])
