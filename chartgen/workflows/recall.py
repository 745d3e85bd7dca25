"""An answer that was given before: to the same question, by the same program, of files with the same content.

It saves time and decides nothing. What the question depends on is read again and compared before an answer counts."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chartgen.tools import cache, files
from chartgen.workflows import load

if TYPE_CHECKING:
    from pathlib import Path

    from chartgen.registry.pod import JsonValue

_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`words`: all that was asked, and how it is to be printed. `state`: what the answer hangs on beside the registry
    and the files that it names (commits, a helm, the digest of folders); empty: nothing is to be remembered."""

    root: Path
    registry: str
    words: tuple[str, ...]
    state: str

    @property
    def _name(self) -> str:
        return "\0".join(("answer", os.path.realpath(self.root), self.registry, *self.words))

    def key(self) -> str:
        """Changes whenever the program, the state or the registry's own file does."""
        data = load.read_registry(self.root, self.registry)
        parts = (str(_FORMAT), cache.program_digest(), self.state, load.digest(data))
        return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()

    def recall(self) -> Mapping[str, JsonValue] | None:
        """The answer as it was stored; None when anything differs."""
        found = cache.load(self._name) if self.state else None
        if not isinstance(found, dict) or found.get("key") != self.key():
            return None
        read, matched, answer = found.get("read"), found.get("matched"), found.get("answer")
        if not isinstance(read, dict) or not isinstance(matched, dict) or not isinstance(answer, dict):
            return None
        base = str(self.root)
        if any(load.find_included(self.root, self.registry, pattern) != paths for pattern, paths in matched.items()):
            return None
        if any(load.digest(files.read_inside(base, path)) != digest for path, digest in read.items()):
            return None
        return answer

    def remember(
        self, key: str, read: Mapping[str, str], matched: Mapping[str, Sequence[str]], answer: dict[str, JsonValue]
    ) -> None:
        """Keeps the answer. `key` is of before it was sought; `read` and `matched`: what the registry was made of."""
        if self.state and key:
            named: dict[str, JsonValue] = {pattern: list(paths) for pattern, paths in matched.items()}
            cache.store(self._name, {"key": key, "read": dict(read), "matched": named, "answer": answer})
