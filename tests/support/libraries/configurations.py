"""Tests of a configuration and of what works without the library."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import attrs
import pytest

from libraries.cases import Cases
from poise import ConfigError
from poise.libraries.library import Library

LOOK = """
import contextlib, io, json, sys
from poise.cli import main
key, file, *heavy = sys.argv[1:]
commands = (["list"], ["show", key], ["weights", "list"], ["check", file])
with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(out):
    codes = [main(command) for command in commands]
said = out.getvalue()
print(json.dumps([codes, said, [name for name in heavy if name in sys.modules]]))
"""


class Configurations(Cases):
    """The configuration's class.

    Attributes:
        library: the library.
        config: the class.
        defaults: its fields and their defaults.
        heavy: modules that listing must not import.
        cases: ``fields,message``, refused fields and the message.
    """

    library: Library
    config: type
    defaults: Mapping[str, Any]
    heavy: tuple[str, ...]

    def test_the_fields_and_their_defaults(self):
        assert attrs.asdict(self.config()) == self.defaults

    def test_a_value_outside_its_domain_is_refused_with_the_accepted_values(self, fields, message):
        with pytest.raises(ConfigError, match=re.escape(message)):
            self.config(**fields)

    @pytest.mark.parametrize("path", ["weights/mine", "./folder", "mine.weights.h5", "old.h5"])
    def test_weights_may_be_any_path(self, path):
        assert self.config(weights=path).weights == path

    def test_every_preset_is_for_a_variant_of_the_table(self):
        presets = self.library.presets
        assert {preset.variant for preset in presets.values()} <= set(self.library.variants)
        assert all(name.startswith(preset.variant) for name, preset in presets.items())

    def test_listing_showing_and_checking_import_no_library(self, tmp_path):
        key = self.library.key
        file = tmp_path / "model.json"
        file.write_text(json.dumps({"backbone": {key: {"variant": "mit_b00"}}}))
        command = [sys.executable, "-c", LOOK, key, str(file), *self.heavy]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        codes, said, heavy = json.loads(done.stdout)
        assert codes == [0, 0, 0, 1], said
        assert f"got 'mit_b00'; did you mean 'mit_b0'? @ model.backbone.{key}.variant" in said
        assert "decoder_filters_rate" in said
        assert f"{key}-{next(iter(self.library.presets))}" in said
        assert heavy == []
