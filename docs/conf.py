"""Sphinx configuration of Poise's documentation."""

import re
import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "Poise"
author = "Poise developers"
copyright = "2026, Poise developers"  # noqa: A001 - Sphinx wants this name
release = version = version_of("poise")

extensions = [
    "myst_parser",
    "poise.sphinx",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["_build", "examples"]

html_theme = "furo"
html_static_path = ["_static"]
html_title = f"Poise {release}"

# Keras has no backend here, so the facts of networks are measured beforehand.
poise_facts = "facts.json"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_mock_imports = ["keras"]
napoleon_numpy_docstring = False
napoleon_use_ivar = True

# Every link must have a target, except these.
nitpicky = True
nitpick_ignore_regex = [
    # Documented elsewhere; links to them would require a connection to build these pages.
    ("py:.*", r"(collections|contextlib|h5py|keras|numpy|os|pathlib|pluggy|typing)\..*"),
    ("py:.*", r"(PluginManager|PluginManager\..*)"),
    # Imported for type checkers only, so autodoc sees the bare name.
    ("py:class", r"(Path|PathLike|Image|PartialImage|Edition|Policy|Candidate)"),
    ("py:class", r"poise\.registry\.discovery\.(Candidate|Kind)"),
    # The machinery of a Predictor, which its own docstrings describe.
    ("py:class", r"poise_workflows\.(pipelines|tracking)\..*"),
]


def setup(app):
    """Called by Sphinx."""
    import changelog_page

    # The page of changes is assembled when Sphinx reads it.
    def read(app, docname, source):
        if docname == "changelog":
            source[0] = changelog_page.page()

    # attrs' sentinels and functions tell readers nothing; "…" shows that there is a default.
    def shorten(app, what, name, thing, options, signature, returned):
        if signature is None:
            return None
        return re.sub(r"=(NOTHING|<[^<>]*>)", "=…", signature), returned

    app.connect("source-read", read)
    app.connect("autodoc-process-signature", shorten)
