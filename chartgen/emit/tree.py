"""A tree of generated files as a value."""

from __future__ import annotations

from typing import TypeAlias

FileTree: TypeAlias = dict[str, str]
"""Path relative to the repository's root, with slashes → text. Built in any order, sorted where it is written."""


def under(folder: str, files: FileTree) -> FileTree:
    """The same files below a folder."""
    return {f"{folder}/{path}": text for path, text in files.items()}
