"""Paths of calls: exact, or all below one. What a proxy would read in another way than a person does."""

from __future__ import annotations

import re

EVERYTHING = "/*"
NORMALISE = (
    "list exact paths, or let Istio normalise (DECODE_AND_MERGE_SLASHES) and write "
    "mesh.pathNormalization: decodeAndMergeSlashes"
)
"""The mend of a prefix that `..%2f` passes."""

_TEMPLATE = re.compile(r"/(?:\{[^/]*\}|:[^/]*|<[^/]*>)")
_EXPRESSION = re.compile(r"\.\*|\.\+|\(\?|[\[\]^\\|]|\$$|\+\)|\)\*")
_PLAIN = re.compile(r"[-A-Za-z0-9/._~!$&'()*+,;=:@]*")


def misread(path: str) -> tuple[str, str] | None:
    """What is wrong with the path, and the mend; None for one that every proxy reads as it is written."""
    body = path.removesuffix("/*")
    if found := _TEMPLATE.search(body):
        return "is a template", f"name all below {path[: found.start()] or '/'}: {path[: found.start()]}/*"
    if _EXPRESSION.search(path):
        return "is a regular expression", "a path is exact, such as /v1/users, or all below one, such as /v1/users/*"
    if "*" in body:
        return 'has a "*" that is not its end', "all below a path is written as /v1/users/*"
    return _uncalled(path, body)


def _uncalled(path: str, body: str) -> tuple[str, str] | None:
    """A path that no call has once proxies have read it, or that some read in two ways."""
    for mark, words in (("?", "a query"), ("#", "a fragment")):
        if mark in path:
            return f"holds {words}, which is no part of a path", f"write {path.partition(mark)[0] or '/'}"
    if {".", ".."} & set(body.split("/")):
        return "has dots for a part, which proxies resolve", "write the path that is meant"
    if "//" in path:
        return "has an empty part, which some proxies drop", f"write {re.sub('/+', '/', path)}"
    if "%" in path:
        return "holds an encoding, which some proxies decode", "write plain characters, or all below the part before it"
    if strange := path[_PLAIN.match(path).end() :]:  # type: ignore[union-attr]  # it matches no text too
        return f"holds {strange[0]}, which no call has in its path", "name all below the part before it: /v1/*"
    return None


def prefix(path: str) -> str:
    """The text with which all that the path admits begins, "" for an exact one."""
    return path[:-1] if path.endswith("/*") else ""


def is_open(paths: tuple[str, ...]) -> bool:
    """Whether every path is admitted."""
    return not paths or EVERYTHING in paths
