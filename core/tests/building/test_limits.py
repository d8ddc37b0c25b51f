"""Networks that no machine holds are refused with both numbers, before a weight is drawn."""

from __future__ import annotations

import pytest

from poise.building.limits import Count, NotOrdinary, TooLarge, limit, refuse_more
from poise.errors import ConfigError
from poise.settings import MAX_LAYERS, MAX_PARAMETERS


def test_a_network_with_too_many_layers_is_refused_with_both_numbers() -> None:
    count = Count(most_layers=2, most_parameters=10)
    count.add_layer()
    count.add_layer()

    with pytest.raises(TooLarge) as error:
        count.add_layer()

    assert str(error.value) == (
        "must be a network of at most 2 layers, got at least 3; "
        "use smaller numbers, or set POISE_MAX_LAYERS to a higher limit"
    )


@pytest.mark.parametrize(
    ("filters", "number"),
    [(10**9, "9,000,000,000 (36 GB)"), (10**40, "10^40 (10^32 GB)"), (10**6000, "10^600")],
    ids=["large", "huge", "without text"],
)
def test_a_network_with_too_many_parameters_is_refused_with_their_memory(
    filters: int, number: str
) -> None:
    count = Count(most_layers=10, most_parameters=10**9)

    with pytest.raises(TooLarge) as error:
        count.add_weight((3, 3, 1, filters), "float32")

    what = f"must be a network of at most 1,000,000,000 parameters, got at least {number}"
    assert str(error.value).startswith(what)


def test_a_large_network_is_to_be_counted_first() -> None:
    count = Count(most_layers=10, most_parameters=10**9)

    with pytest.raises(NotOrdinary):
        count.add_weight((10_000, 10_000), "float32")
    whole = count.anew()
    whole.add_weight((10_000, 10_000), "float16")

    assert (whole.parameters, whole.memory) == (10**8, 2 * 10**8)


@pytest.mark.parametrize("number", [0, 1, 5])
def test_what_a_network_may_have_is_not_refused(number: int) -> None:
    refuse_more(number, 5, "layers", MAX_LAYERS)


def test_the_environment_sets_other_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MAX_PARAMETERS.name, "7")

    assert Count.of_environment().most_parameters == 7
    assert limit(MAX_LAYERS, 3, {}) == 3


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5"])
def test_a_limit_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ConfigError) as error:
        limit(MAX_LAYERS, 3, {MAX_LAYERS.name: text})

    assert str(error.value) == f"must be an integer ≥ 1, got {text!r} @ POISE_MAX_LAYERS"
