"""Sphinx configuration of Poise's documentation."""

from importlib.metadata import version as version_of

project = "Poise"
author = "Poise developers"
copyright = "2026, Poise developers"  # noqa: A001 - Sphinx wants this name
release = version = version_of("poise")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"Poise {release}"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
# Keras is installed without a backend here, and cannot be imported.
autodoc_mock_imports = ["keras"]
napoleon_numpy_docstring = False
napoleon_use_ivar = True
