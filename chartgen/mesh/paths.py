"""What an Envoy makes of a request's path before it compares it."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache


class Normalization(StrEnum):
    """MeshConfig's pathNormalization; BASE is the default."""

    NONE = "NONE"
    BASE = "BASE"
    MERGE_SLASHES = "MERGE_SLASHES"
    DECODE_AND_MERGE_SLASHES = "DECODE_AND_MERGE_SLASHES"


_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
_ESCAPED = frozenset('"<>`{}^|')
_TRIPLET = re.compile(r"%([0-9A-Fa-f]{2})")
_NEEDS_WORK = re.compile(r"""[%\\"<>`{}^|]|/\.""")
_NO_PATH = re.compile(r"[^\x21-\x7e]")


def is_path(path: str) -> bool:
    """Whether a proxy takes the text for the path of a request."""
    return path.startswith("/") and not _NO_PATH.search(path)


@lru_cache(maxsize=8192)
def compared(path: str, how: Normalization) -> str:
    """The path that policies are compared with: without query and fragment, normalised. The empty text where the
    proxy answers 400, for what is no path."""
    path = path.partition("#")[0].partition("?")[0]
    if not is_path(path):
        return ""
    if how is Normalization.NONE:
        return path
    if "%00" in path:
        return ""
    if how is Normalization.DECODE_AND_MERGE_SLASHES:
        path = re.sub(r"%2[fF]", "/", path)
        path = re.sub(r"%5[cC]", r"\\", path)
    if _NEEDS_WORK.search(path):
        path = _canonical(path)
    return path if how is Normalization.BASE else _merged(path)


def query(path: str) -> str:
    """What follows a path, from its `?` on; proxies leave it as it is sent."""
    text = path.partition("#")[0]
    return text[len(text.partition("?")[0]) :]


def _merged(path: str) -> str:
    """The path with one slash between its segments; of nothing but slashes Envoy leaves two."""
    if set(path) == {"/"}:
        return path[:2]
    return re.sub("/{2,}", "/", path)


def _canonical(path: str) -> str:
    """Escapes that need none undone, what needs them escaped, backslashes turned, dot segments resolved."""
    text = _TRIPLET.sub(_decoded, path.replace("\\", "/"))
    text = "".join(_encoded(each) for each in text)
    kept: list[str] = []
    segments = text.split("/")[1:]
    for place, segment in enumerate(segments):
        last = place == len(segments) - 1
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
            continue
        if last:
            kept.append("")
    return "/" + "/".join(kept)


def _decoded(found: re.Match[str]) -> str:
    char = chr(int(found[1], 16))
    return char if char in _PLAIN else found[0]


def _encoded(char: str) -> str:
    return f"%{ord(char):02X}" if char in _ESCAPED else char
