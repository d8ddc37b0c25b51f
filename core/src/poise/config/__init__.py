"""Configurations of models.

- ``one_of``: the containers ``BackboneConfig`` and ``HeadsConfig``, which accept every key;
- ``model``: ``ModelConfig``, which holds both;
- ``overrides``: single values of it, by dotted paths;
- ``data``: its plain data, as stored in files;
- ``conversion``: its numbers in the units of another edition.
"""

from __future__ import annotations

from poise.config.model import ModelConfig as ModelConfig
from poise.config.one_of import BackboneConfig as BackboneConfig
from poise.config.one_of import HeadsConfig as HeadsConfig
from poise.config.one_of import UninstalledSection as UninstalledSection
from poise.config.one_of import unwarned as unwarned
from poise.config.one_of import warn_uninstalled as warn_uninstalled
