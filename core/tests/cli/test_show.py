"""What ``poise show`` prints of a backbone or head."""

from __future__ import annotations

import json
from typing import Any

import click
import pytest

from poise.cli import main
from poise.cli._group import OWN, group

RICH_PLUGIN = '''
from __future__ import annotations

import attrs
from poise import BackboneSpec, hookimpl
from poise.editions import Difference
from poise.fields import at_most, boolean, instance_of, optional, power_of_two, string


@attrs.frozen(kw_only=True)
class DecoderConfig:
    """How resolution comes back.

    Attributes:
        name: what it is called.
    """

    name: str | None = attrs.field(default=None, validator=optional(string()))


@attrs.frozen(kw_only=True)
class Config:
    """Made up to be
    shown.

    A paragraph that is not.

    Attributes:
        max_stride: stride at the bottom, in
            input pixels: ``32`` is deep.
        output_stride: stride of the features.
        sizes: of the blocks.
        decoder: how it goes up again.
        weights: what must be given.

    Raises:
        ConfigError: never.
    """

    max_stride: int = attrs.field(default=16, validator=power_of_two())
    output_stride: int = attrs.field(
        default=4, validator=[power_of_two(), at_most("max_stride")], metadata={"aliases": ("out",)}
    )
    sizes: tuple[float, ...] = (1.0, 2.0)
    decoder: DecoderConfig = attrs.field(
        factory=DecoderConfig, validator=instance_of(DecoderConfig)
    )
    weights: str
    undocumented: bool = attrs.field(default=True, validator=boolean())


@hookimpl
def poise_backbones():
    return [
        BackboneSpec(
            key="deep",
            config=Config,
            build=None,
            max_stride=lambda config: 16,
            summary="Deep",
            paper="Somebody: Deep networks",
            differences=(
                Difference(name="dilation", sleap="no effect", documented="dilates", path="sizes"),
            ),
        )
    ]
'''


@pytest.fixture
def deep(installed: Any) -> Any:
    installed.install(
        "poise-deep", {"poise_deep.py": RICH_PLUGIN}, {"poise.backbones": {"deep": "poise_deep"}}
    )
    return installed


def test_a_page_shows_types_defaults_domains_meanings_sections_and_differences(deep: Any) -> None:
    done = deep.poise("show", "deep")

    assert done.stderr == ""
    assert done.stdout == (
        "backbone deep\n"
        "  Deep\n"
        "\n"
        "  class         poise_deep.Config\n"
        "  distribution  poise-deep 1.0\n"
        "  entry point   poise_deep\n"
        "  api           2\n"
        "  paper         Somebody: Deep networks\n"
        "\n"
        "deep: Config\n"
        "  Made up to be shown.\n"
        "\n"
        "  max_stride: integer, default 16\n"
        "      must be a power of two ≥ 1\n"
        "      stride at the bottom, in input pixels: 32 is deep.\n"
        "\n"
        "  output_stride: integer, default 4\n"
        "      must be a power of two ≥ 1\n"
        "      must be at most max_stride\n"
        "      in SLEAP's files also out\n"
        "      stride of the features.\n"
        "\n"
        "  sizes: list of numbers, default [1.0, 2.0]\n"
        "      of the blocks.\n"
        "\n"
        "  decoder: DecoderConfig, see below\n"
        "      how it goes up again.\n"
        "\n"
        "  weights: string, required\n"
        "      what must be given.\n"
        "\n"
        "  undocumented: true or false, default true\n"
        "      must be true or false\n"
        "\n"
        "deep.decoder: DecoderConfig\n"
        "  How resolution comes back.\n"
        "\n"
        "  name: string or null, default null\n"
        "      must be a non-empty string, or null\n"
        "      what it is called.\n"
        "\n"
        "Where SLEAP 1.4 and its documentation differ\n"
        "\n"
        "  dilation @ sizes\n"
        "      sleap-1.4: no effect\n"
        "      2026: dilates\n"
    )


def test_the_json_page_says_the_same(deep: Any) -> None:
    page = json.loads(deep.poise("show", "deep", "--json").stdout)

    assert [section["path"] for section in page["sections"]] == ["", "decoder"]
    fields = {field["name"]: field for field in page["sections"][0]["fields"]}
    assert fields["output_stride"] == {
        "name": "output_stride",
        "type": "integer",
        "default": 4,
        "required": False,
        "domain": ["must be a power of two ≥ 1", "must be at most max_stride"],
        "meaning": "stride of the features.",
        "aliases": ["out"],
    }
    assert fields["weights"]["required"] is True
    assert page["differences"][0]["name"] == "dilation"


def test_a_heads_page_shows_its_stage(installed: Any) -> None:
    source = (
        "from poise import HeadSpec, hookimpl\nimport attrs\n"
        "@attrs.frozen(kw_only=True)\nclass Config:\n    '''A head.'''\n"
        "@hookimpl\ndef poise_heads():\n"
        "    return [HeadSpec(key='eyes', config=Config, outputs=print, stage='crop')]\n"
    )
    installed.install("poise-eyes", {"eyes.py": source}, {"poise.heads": {"eyes": "eyes"}})
    installed.install_backbone("tiny")

    assert "\n  stage         crop\n" in installed.poise("show", "eyes").stdout
    assert json.loads(installed.poise("show", "eyes", "--json").stdout)["stage"] == "crop"
    assert "stage" not in installed.poise("show", "tiny").stdout
    assert json.loads(installed.poise("show", "tiny", "--json").stdout)["stage"] is None


def test_one_key_of_two_kinds_asks_which(installed: Any) -> None:
    installed.install_backbone("same")
    source = (
        "from poise import HeadSpec, hookimpl\nimport attrs\n"
        "@attrs.frozen(kw_only=True)\nclass Config:\n    '''A head.'''\n"
        "@hookimpl\ndef poise_heads():\n"
        "    return [HeadSpec(key='same', config=Config, outputs=lambda *them: ())]\n"
    )
    installed.install("poise-other", {"other.py": source}, {"poise.heads": {"same": "other"}})

    done = installed.poise("show", "same")

    message = "poise: 'same' is a backbone and a head; use backbone:same or head:same\n"
    assert (done.stderr, done.returncode) == (message, 2)
    assert installed.poise("show", "head:same").stdout.startswith("head same\n")
    assert installed.poise("show", "backbone:same").stdout.startswith("backbone same\n")


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("tny", "poise: no backbone, head or encoder 'tny'; did you mean 'tiny'?\n"),
        ("backbone:tny", "poise: no backbone 'tny'; did you mean 'tiny'?\n"),
        ("spine:tiny", "poise: no kind 'spine'; kinds: backbone, encoder, head\n"),
        (
            "pretrained_encoder",
            "poise: no backbone 'pretrained_encoder' is installed: poise-pretrained provides it "
            "(pip install poise-pretrained)\n",
        ),
    ],
)
def test_an_unknown_key_is_answered_with_a_suggestion(
    installed: Any, key: str, message: str
) -> None:
    installed.install_backbone("tiny")
    done = installed.poise("show", key)
    assert (done.stdout, done.stderr, done.returncode) == ("", message, 2)


def test_a_broken_plugin_is_answered_with_cause_and_fix(installed: Any) -> None:
    installed.install("poise-bad", {"bad.py": "1 / 0"}, {"poise.backbones": {"bad": "bad"}})

    done = installed.poise("show", "bad")

    assert done.returncode == 1
    assert done.stderr.startswith(
        "poise: backbone 'bad' cannot be used: ZeroDivisionError: division by zero\n"
        "  from: poise-bad 1.0, entry point bad = 'bad'\n"
        "  fix: "
    )


def test_showing_one_plugin_loads_no_other(installed: Any) -> None:
    installed.install_backbone("tiny")
    installed.install("poise-bad", {"bad.py": "1 / 0"}, {"poise.backbones": {"bad": "bad"}})

    imported = installed.modules_after_poise("show", "tiny")

    assert "poise_tiny" in imported
    assert "bad" not in imported


def test_a_plugin_has_no_values_to_set(capsys: pytest.CaptureFixture[str]) -> None:
    """Configurations have, and ``--set`` is an option of the commands that read them."""
    assert main(["show", "unet", "--set", "filters=32"]) == 2
    assert "No such option '--set'" in capsys.readouterr().err
    commands = {name: group.get_command(click.Context(group), name) for name in OWN}
    takers = {
        name
        for name, command in commands.items()
        if command and any("--set" in parameter.opts for parameter in command.params)
    }
    assert takers == {"check", "build"}
