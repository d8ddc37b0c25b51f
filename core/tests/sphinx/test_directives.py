"""Pages of any plugin in any documentation."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import attrs
import pytest

from poise import BackboneSpec, HeadSpec, ModelConfig, Output
from poise.editions import Difference
from poise.fields import at_most, integer, power_of_two
from poise.sphinx import facts

sphinx_application = pytest.importorskip("sphinx.application", reason="needs poise[docs]")
sphinx_docutils = pytest.importorskip("sphinx.util.docutils", reason="needs poise[docs]")


@attrs.frozen(kw_only=True)
class GateConfig:
    """How features are gated.

    Attributes:
        slope: of the gate.
    """

    slope: int = attrs.field(default=3, validator=integer(at_least=1))


@attrs.frozen(kw_only=True)
class TinyConfig:
    """A tiny network.

    Attributes:
        max_stride: stride at the end, at least ``output_stride``.
        output_stride: stride of the finest features.
        gate: how features are gated.
    """

    max_stride: int = attrs.field(default=8, validator=power_of_two(at_least=2))
    output_stride: int = attrs.field(default=2, validator=[power_of_two(), at_most("max_stride")])
    gate: GateConfig = attrs.field(factory=GateConfig)


TINY = BackboneSpec(
    key="tiny",
    config=TinyConfig,
    build=lambda config, image: [{1: image}],
    max_stride=lambda config: config.max_stride,
    summary="Small <and> quick",
    paper="Nobody: Small Networks. 2026. https://doi.org/10.1000/182",
    differences=(
        Difference(
            name="gate_is_open",
            sleap="the gate is always open",
            documented="the gate opens at zero",
            path="gate.slope",
        ),
    ),
)


@attrs.frozen(kw_only=True)
class SpotConfig:
    """One map.

    Attributes:
        output_stride: input pixels per cell.
    """

    output_stride: int = attrs.field(default=4, validator=power_of_two())


def spots(config: Any, skeleton: Any, classes: Any) -> tuple[Output, ...]:
    output = Output(
        name="spots",
        layer_name="SpotHead",
        stride=config.output_stride,
        channels=len(skeleton.parts),
        build=lambda features, suffix: features,
        loss_weight=0.5,
    )
    return (output,)


SPOT = HeadSpec(key="spot", config=SpotConfig, outputs=spots, summary="A spot for each part")

NETWORK = facts.Facts(
    configuration={},
    parameters=1234,
    channels=1,
    stacks=1,
    segments=(
        facts.Segment(stride=1, channels=1, layers=0, parameters=0),
        facts.Segment(stride=2, channels=16, layers=3, parameters=1234, sources=(0,), offered=True),
    ),
)


class Site:
    """Documentation of one page.

    Attributes:
        html: of the page.
        text: what a reader sees of it.
        warnings: what Sphinx complained of.
    """

    def __init__(self, folder: Path, page: str, **settings: str) -> None:
        source = folder / "source"
        source.mkdir()
        (source / "conf.py").write_text("extensions = ['poise.sphinx']\n", encoding="utf-8")
        (source / "index.rst").write_text(page, encoding="utf-8")
        facts.write(source / "facts.json", {"backbone:tiny": NETWORK})
        warnings = io.StringIO()
        with sphinx_docutils.patch_docutils(str(source)), sphinx_docutils.docutils_namespace():
            app = sphinx_application.Sphinx(
                *(str(source), str(source), str(folder / "html"), str(folder / "doctrees"), "html"),
                confoverrides={"html_theme": "basic", "poise_facts": "facts.json", **settings},
                status=None,
                warning=warnings,
                freshenv=True,
            )
            app.build()
        self.html = (folder / "html" / "index.html").read_text(encoding="utf-8")
        self.text = " ".join(unescape(re.sub(r"<[^>]+>", "", self.html)).split())
        self.warnings = warnings.getvalue()


@pytest.fixture
def site(use: Callable[..., Any], tmp_path: Path) -> Callable[..., Site]:
    use(TINY, SPOT)
    return lambda page, **settings: Site(tmp_path, f"Title\n=====\n\n{page}\n", **settings)


def test_a_backbones_page_says_all_that_its_spec_says(site: Callable[..., Site]) -> None:
    page = site(".. poise-key:: tiny")

    assert page.warnings == ""
    for words in (
        "Small <and> quick.",
        "toy-tiny",
        "doi.org/10.1000/182",
        "1,234 parameters for gray images",
        "100.0 %",
        "Stride at the end, at least output_stride.",
        "Must be a power of two ≥ 1; must be at most max_stride.",
        "gate: GateConfig",
        "Of the gate.",
        "gate is open",
        "sleap-1.4: the gate is always open.",
        "2026: the gate opens at zero.",
    ):
        assert words in page.text
    assert '<svg class="poise-network"' in page.html


def test_the_example_of_a_page_is_a_configuration(site: Callable[..., Site]) -> None:
    page = site(".. poise-key:: tiny")
    block = re.search(r'<div class="highlight-json.*?</div>', page.html, re.DOTALL)
    assert block is not None
    data = json.loads(unescape(re.sub(r"<[^>]+>", "", block[0])))

    config = ModelConfig.from_data(data)

    assert config.backbone.which_oneof() == TinyConfig()


def test_a_heads_page_has_its_outputs(site: Callable[..., Site]) -> None:
    page = site(".. poise-key:: head:spot")

    assert page.warnings == ""
    assert "spots SpotHead 4 4 mean squared error 0.5" in page.text
    assert "image: sees whole images" in page.text
    assert "<svg" not in page.html


def test_a_table_of_keys_leads_to_their_pages(site: Callable[..., Site]) -> None:
    page = site(
        ".. poise-keys:: backbones\n\n.. poise-key:: tiny\n\nAnd :ref:`poise-backbone-tiny`."
    )

    assert page.warnings == ""
    assert page.html.count('href="#poise-backbone-tiny"') == 2
    assert page.html.count('id="poise-backbone-tiny"') == 1
    assert "tiny 1,234 Small <and> quick" in page.text


def test_a_key_without_a_page_is_a_broken_link(site: Callable[..., Site]) -> None:
    assert "undefined label: 'poise-backbone-tiny'" in site(".. poise-keys:: backbones").warnings


def test_sections_hold_all_keys_of_a_kind(site: Callable[..., Site]) -> None:
    page = site(".. poise-keys:: heads\n   :sections:")

    assert page.warnings == ""
    assert 'id="poise-head-spot"' in page.html
    assert "A spot for each part." in page.text


def test_a_long_table_is_folded(site: Callable[..., Site], tmp_path: Path) -> None:
    box = facts.Segment(stride=1, channels=1, layers=1, parameters=1, sources=(0,), offered=True)
    segments = (NETWORK.segments[0], *[box] * 30)
    long = attrs.evolve(NETWORK, parameters=30, segments=segments)
    facts.write(tmp_path / "long.json", {"backbone:tiny": long})

    page = site(".. poise-key:: tiny", poise_facts="../long.json")

    assert "<summary>Parameters of all 30 boxes</summary>" in page.html
    assert page.html.count("<details") == page.html.count("</details>") == 1


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (".. poise-key:: tinny", "'tinny'; did you mean 'tiny'?"),
        (".. poise-key:: back:tiny", "no kind 'back'; did you mean 'backbone'?"),
        (".. poise-keys:: backbone_s", "no kind 'backbone_s'; did you mean 'backbones'?"),
    ],
)
def test_a_wrong_name_is_an_error_at_its_line(
    site: Callable[..., Site], page: str, message: str
) -> None:
    warnings = site(page).warnings

    assert message in warnings
    assert "index.rst:4: ERROR" in warnings


def test_a_key_without_facts_is_a_warning_that_says_how_to_get_them(
    site: Callable[..., Site], tmp_path: Path
) -> None:
    facts.write(tmp_path / "other.json", {})

    warnings = site(".. poise-key:: tiny", poise_facts="../other.json").warnings

    assert "has no facts of backbone:tiny; run: python -m poise.sphinx ../other.json" in warnings


def test_a_file_of_facts_that_is_not_there_is_an_error(site: Callable[..., Site]) -> None:
    warnings = site(".. poise-key:: tiny", poise_facts="none.json").warnings

    assert "none.json: No such file or directory" in warnings


@pytest.mark.usefixtures("keras")
def test_without_a_file_of_facts_the_network_is_built(site: Callable[..., Site]) -> None:
    page = site(".. poise-key:: tiny", poise_facts="")

    assert page.warnings == ""
    assert "0 parameters for gray images" in page.text
