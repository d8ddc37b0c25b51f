"""The meaning of fields, from docstrings of either style."""

import attrs
import pytest

from poise.fields.descriptions import meanings_of, paragraphs_of, sections_of


@attrs.frozen(kw_only=True)
class GoogleConfig:
    """Convolutions and poolings.

    They double ``filters`` at each level.

    Attributes:
        filters: channels of the first convolution;
            they double.
        rate: factor of the channels.
        depth: levels.

    Raises:
        ConfigError: a value outside its domain.
    """

    filters: int = 8
    rate: float = 2.0
    depth: int = 3


@attrs.frozen(kw_only=True)
class NumpyConfig:
    """Convolutions and poolings.

    They double ``filters`` at each level.

    Attributes
    ----------
    filters : int, default: 8
        channels of the first convolution;
        they double.
    rate : float
        factor of the channels.
    depth
        levels.

    Raises
    ------
    ConfigError
        A value outside its domain.

    Notes
    -----
    depth : this is no field.
    """

    filters: int = 8
    rate: float = 2.0
    depth: int = 3


@attrs.frozen(kw_only=True)
class ParametersConfig(NumpyConfig):
    """Convolutions, and a stem.

    Parameters
    ----------
    stem, tail : int
        Kernel size,

        in pixels.
    depth : int
        levels of this class.
    """

    stem: int = 7
    tail: int = 7


@pytest.mark.parametrize("cls", [GoogleConfig, NumpyConfig])
def test_docstrings_of_both_styles_give_the_same_meanings(cls):
    assert meanings_of(cls) == {
        "filters": "channels of the first convolution; they double.",
        "rate": "factor of the channels.",
        "depth": "levels.",
    }
    assert paragraphs_of(cls) == [
        "Convolutions and poolings.",
        "They double filters at each level.",
    ]


def test_parameters_of_numpys_style_are_fields_and_go_before_those_of_a_base():
    meanings = meanings_of(ParametersConfig)

    assert meanings["stem"] == meanings["tail"] == "Kernel size, in pixels."
    assert meanings["depth"] == "levels of this class."
    assert meanings["rate"] == "factor of the channels."
    assert paragraphs_of(ParametersConfig) == ["Convolutions, and a stem."]


def test_a_page_of_a_class_in_numpys_style_describes_every_field():
    (section,) = sections_of(NumpyConfig)

    assert section.summary == "Convolutions and poolings."
    assert all(field.meaning for field in section.fields)
