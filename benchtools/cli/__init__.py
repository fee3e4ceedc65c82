"""The command line: one file per verb, each parses, calls one function of the library and prints."""

from benchtools.cli._app import app, main

__all__ = ["app", "main"]
