"""Moving a configuration to the other edition: values with a unit are converted."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

import poise
from poise import ConfigError, ModelConfig, PluginError, fields, registry
from poise.config import UninstalledSection
from poise.editions import SLEAP, Difference, means_sleap
from poise.job.sections import InstanceCroppingConfig, JobRecord
from poise.specs import HeadSpec, Output
from poise.testing.standins import POOLS, PoolsConfig, registry_of


@attrs.frozen(kw_only=True)
class RingConfig:
    """Made up: a width in cells or pixels, and a center that SLEAP keeps in the job."""

    width: float = attrs.field(default=2.0, validator=fields.positive())
    center: str | None = None
    sharp: bool = False
    output_stride: int = 4


@attrs.frozen(kw_only=True)
class RingsConfig:
    """Made up: a section in a section."""

    ring: RingConfig = attrs.field(factory=RingConfig)


def in_the_other_unit(config: Any, edition: str, job: Any) -> Any:
    factor = 1 / 4 if edition == SLEAP else 4
    return attrs.evolve(config, ring=attrs.evolve(config.ring, width=config.ring.width * factor))


def center_of_the_job(config: Any, edition: str, job: Any) -> Any:
    if edition == SLEAP or job is None:
        return None
    return attrs.evolve(config, ring=attrs.evolve(config.ring, center=job.cropping.center_on_part))


WIDTH = Difference(
    name="width_in_cells", sleap="width is in cells", documented="width is in pixels",
    path="ring.width", touches=lambda config: True, convert=in_the_other_unit,
)  # fmt: skip
CENTER = Difference(
    name="center_unused", sleap="center is not read", documented="center decides",
    path="ring.center", touches=lambda config: config.ring.center is not None,
    convert=center_of_the_job,
)  # fmt: skip
SHARP = Difference(
    name="sharp_is_blurred", sleap="rings are blurred", documented="rings are sharp",
    path="ring.sharp", touches=lambda config: config.ring.sharp,
)  # fmt: skip


def rings(*differences: Difference) -> HeadSpec:
    def outputs(config: Any, skeleton: Any, classes: Any) -> tuple[Output, ...]:
        return (
            Output(
                name="rings", layer_name="Rings", stride=config.ring.output_stride, channels=1,
                build=lambda features, suffix: features,
            ),
        )  # fmt: skip

    return HeadSpec(key="rings", config=RingsConfig, outputs=outputs, differences=differences)


@pytest.fixture(autouse=True)
def plugins(made_up_registry: None) -> None:
    registry.reset(registry_of(POOLS, rings(WIDTH, CENTER, SHARP)))


def config(**ring: Any) -> ModelConfig:
    return ModelConfig(
        backbone=PoolsConfig(max_stride=4, output_stride=4),
        heads=RingsConfig(ring=RingConfig(**ring)),
        edition="sleap-1.4",
    )


def test_a_value_with_a_unit_is_converted_there_and_back() -> None:
    there = poise.to_edition(config(width=2.5), "2026")

    assert there.heads.rings.ring.width == 10
    assert (there.edition, there.units) == ("2026", "2026")
    assert poise.to_edition(there, "2026") == there
    back = poise.to_edition(there, "sleap-1.4")
    assert back == config(width=2.5)


def test_each_converted_value_has_a_line_and_so_has_what_no_value_evens_out() -> None:
    moved = poise.to_edition_with_report(config(width=2.5, sharp=True, center="nose"), "2026")

    assert [str(note) for note in moved.report] == [
        "model.heads.rings.ring.width: 2.5 in edition sleap-1.4 is 10 in 2026; width_in_cells: "
        "width is in pixels",
        "model.heads.rings.ring.center: center_unused: before, center is not read; now, center "
        "decides",
        "model.heads.rings.ring.sharp: sharp_is_blurred: before, rings are blurred; now, rings "
        "are sharp",
    ]
    assert [note.kind for note in moved.report] == ["converted", "edition", "edition"]


def test_what_the_job_decides_in_one_edition_goes_along() -> None:
    job = JobRecord(cropping=InstanceCroppingConfig(center_on_part="tail"))

    moved = poise.to_edition_with_report(config(center="nose"), "2026", job=job)

    assert moved.config.heads.rings.ring.center == "tail"
    assert '"nose" in edition sleap-1.4 is "tail" in 2026' in str(moved.report)


def test_a_configuration_in_its_own_edition_stays_as_it_is() -> None:
    moved = poise.to_edition_with_report(config(), "sleap-1.4")

    assert moved.config == config()
    assert len(moved.report) == 0


def test_an_edition_that_was_changed_alone_is_noted_and_can_still_be_converted() -> None:
    evolved = attrs.evolve(config(width=2.5), edition="2026")

    (note,) = poise.resolve(evolved).notes
    assert note == (
        "model.heads.rings.ring.width is 2.5, which was written for edition 'sleap-1.4' "
        "(width_in_cells); poise.to_edition makes it 10.0 in edition '2026'"
    )
    assert poise.to_edition(evolved, "2026").heads.rings.ring.width == 10
    assert poise.resolve(poise.to_edition(evolved, "2026")).notes == ()
    assert poise.resolve(attrs.evolve(evolved, edition="sleap-1.4")).notes == ()


def test_the_edition_of_the_numbers_is_no_part_of_the_model() -> None:
    evolved = attrs.evolve(config(), edition="2026")

    assert evolved == attrs.evolve(config(), edition="2026", units="2026")
    assert "units" not in evolved.to_data()
    assert ModelConfig.from_data(evolved.to_data()).units == "2026"
    assert ModelConfig.from_data(config().to_data()).units == "sleap-1.4"


def test_a_section_whose_plugin_is_missing_is_kept_and_reported() -> None:
    section = UninstalledSection("stars", {"width": 2})
    alone = ModelConfig(heads=poise.HeadsConfig(stars=section), edition="sleap-1.4")

    moved = poise.to_edition_with_report(alone, "2026")

    assert moved.config.heads.which_oneof() == section
    (note,) = moved.report.of("unchecked")
    assert note.path == "model.heads.stars"


def test_a_value_without_a_counterpart_is_refused_by_its_path() -> None:
    def strictly(config: Any, edition: str, job: Any) -> Any:
        return attrs.evolve(config, ring=attrs.evolve(config.ring, width=0.0))

    registry.reset(registry_of(POOLS, rings(attrs.evolve(WIDTH, convert=strictly))))

    with pytest.raises(ConfigError, match=r"must be a number > 0, got 0\.0 @ model\.heads\.rings"):
        poise.to_edition(config(), "2026")
    (note,) = poise.resolve(attrs.evolve(config(), edition="2026")).notes
    assert note.startswith("the numbers were written for edition 'sleap-1.4', which cannot be")
    assert note.endswith("must be a number > 0, got 0.0 @ model.heads.rings.width")


def test_a_model_that_the_other_edition_refuses_is_refused() -> None:
    @attrs.frozen(kw_only=True)
    class FussyConfig:
        output_stride: int = attrs.field(
            default=64,
            validator=fields.Rule(
                "must be at most 32", lambda config, stride: stride <= 32 or means_sleap(SHARP)
            ),
        )

    fussy = attrs.evolve(rings(), key="fussy", config=FussyConfig, outputs=lambda *_: ())
    registry.reset(registry_of(POOLS, fussy))
    data = {"heads": {"fussy": {"output_stride": 64}}, "edition": "sleap-1.4"}

    with pytest.raises(ConfigError) as caught:
        poise.to_edition(ModelConfig.from_data(data), "2026")

    assert caught.value.heading == "no such model in edition '2026'"
    assert "must be at most 32, got 64 @ model.heads.fussy.output_stride" in str(caught.value)


@pytest.mark.parametrize(
    ("convert", "what"),
    [
        (lambda *_: 1 / 0, "convert of 'width_in_cells' failed: ZeroDivisionError"),
        (lambda *_: 3, "must return a RingsConfig or None, got int"),
    ],
)
def test_a_plugin_that_cannot_convert_is_named(convert: Any, what: str) -> None:
    registry.reset(registry_of(POOLS, rings(attrs.evolve(WIDTH, convert=convert))))

    with pytest.raises(PluginError) as caught:
        poise.to_edition(config(), "2026")

    assert what in str(caught.value)
    assert str(caught.value).endswith("@ model.heads.rings")


def test_a_plugin_that_cannot_tell_whom_a_difference_touches_is_named() -> None:
    broken = attrs.evolve(SHARP, touches=lambda config: config.sharp)
    registry.reset(registry_of(POOLS, rings(broken)))

    with pytest.raises(PluginError, match=r"touches of 'sharp_is_blurred' failed: Attr") as caught:
        poise.to_edition(config(), "2026")

    assert str(caught.value).endswith("@ model.heads.rings")


def test_all_arguments_are_checked_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        poise.to_edition({}, "2025", job=0.5)  # type: ignore[arg-type]

    assert [fault.path for fault in caught.value.faults] == ["config", "edition", "job"]
