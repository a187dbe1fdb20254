"""Tests of the code that prose pages include, and of the lessons."""

from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
APPENDICES = "Look up"
"""The part of the contents whose notebooks are no lessons."""


@cache
def page(name: str) -> str:
    """Read a page, or another file, by its path from the root."""
    return (ROOT / name).read_text(encoding="utf-8")


def lessons() -> list[Path]:
    """List the notebooks with exercises and minutes: all but appendices."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text())
    looked_up = {
        chapter["file"]
        for part in contents["parts"]
        for chapter in part["chapters"]
        if part["caption"] == APPENDICES
    }
    return [
        path
        for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
        if f"notebooks/{path.stem}" not in looked_up
    ]
