"""Sphinx: ``python -m sphinx docs docs/_build`` (extra ``docs``)."""

from benchtools import __version__

project = "benchtools"
author = "benchtools contributors"
version = release = __version__
extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.mathjax"]
autosummary_generate = True
numpydoc_show_class_members = False
exclude_patterns = ["_build"]
html_theme = "furo"
