"""The option ``--set NAME=VALUE``."""

from __future__ import annotations

import json
from typing import Any

from benchtools.errors import InvalidInput

__all__ = ["json_or_text", "name_and_value"]


def name_and_value(setting: str, example: str) -> tuple[str, str]:
    """Return both sides of a setting; the error shows an example."""
    name, equals, text = setting.partition("=")
    if not equals:
        raise InvalidInput(f"--set {setting!r} must be NAME=VALUE, such as {example}")
    return name, text


def json_or_text(text: str) -> Any:
    """Return a value of JSON, or else the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text
