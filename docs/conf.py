"""Sphinx configuration of Poise's documentation."""

import re
import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import repository_links

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
    "sphinx_click",
]
exclude_patterns = ["_build", "examples"]

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_title = f"Poise {release}"
html_logo = html_favicon = "_static/logo.svg"
html_theme_options = repository_links.of_poise()

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

smartquotes_action = "qe"  # two hyphens begin an option, and are no dash

# Every link must have a target, except these.
nitpicky = True
nitpick_ignore_regex = [
    # Documented elsewhere; links to them would require a connection to build these pages.
    ("py:.*", r"(click|collections|contextlib|h5py|keras|numpy|os|pathlib|pluggy|typing)\..*"),
    ("py:.*", r"(PluginManager|PluginManager\..*)"),
    # Imported for type checkers only, so autodoc sees the bare name.
    ("py:class", r"(Path|PathLike|Image|PartialImage|Edition|Policy|Candidate)"),
    ("py:class", r"poise\.registry\.discovery\.(Candidate|Kind)"),
    # Not public: what ``train`` takes, described below it.
    ("py:class", r"Options"),
    # The machinery of a Predictor and of a run, which its own docstrings describe.
    ("py:class", r"poise_workflows\.(pipelines|tracking)\..*"),
    ("py:class", r"poise_workflows\.frames\.path_maps\..*"),
    ("py:class", r"poise_workflows\.(training\.plans|prediction\.(devices|fastest))\..*"),
]


def setup(app):
    """Called by Sphinx."""
    import changelog_page
    import runtimes_table
    import settings_table
    import zoo_table

    # These are assembled when Sphinx reads them.
    def read(app, docname, source):
        if docname == "changelog":
            source[0] = changelog_page.page()
        if docname == "reference/cli":
            source[0] = source[0].replace(settings_table.MARK, settings_table.table())
        if docname == "howto/choose-backbone":
            source[0] = zoo_table.page(source[0])
        if docname == "howto/fast-runtimes":
            source[0] = runtimes_table.page(source[0])

    # attrs' sentinels and functions tell readers nothing; "…" shows that there is a default.
    def shorten(app, what, name, thing, options, signature, returned):
        if signature is None:
            return None
        return re.sub(r"=(NOTHING|<[^<>]*>)", "=…", signature), returned

    # sphinx-click keeps the lines of examples, but writes them as prose.
    def as_code(app, context, lines):
        examples = [line.removeprefix("|").removeprefix(" ") for line in lines]
        if any(line.startswith("|") for line in lines):
            lines[:] = [".. code-block:: none", "", *("   " + line for line in examples), ""]

    app.connect("sphinx-click-process-epilog", as_code)
    app.connect("source-read", read)
    app.connect("autodoc-process-signature", shorten)
