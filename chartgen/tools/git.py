"""Git, read only: the files of a commit. No work tree, index or remote is touched."""

from __future__ import annotations

import os
import posixpath
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chartgen.errors import ToolError, UsageError
from chartgen.tools.files import MAX_BYTES, Entry, matching
from chartgen.tools.process import Completed, run, run_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_ENVIRONMENT = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
_FOLDER, _LINK = "040000", "120000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A Git repository, seen from a folder of it. `prefix`: the folder's path below the top, empty or with a slash at
    its end."""

    program: str
    folder: Path
    prefix: str

    def commit(self, revision: str) -> str:
        """The name (a hash) of the commit that a revision means; UsageError when there is none."""
        if not revision or revision.startswith("-"):
            raise UsageError(f"{revision!r} is no revision")
        done = self._run("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        if done.code:
            raise UsageError(f'no revision "{revision}" in this repository{self._why(revision)}')
        return done.stdout.strip()

    def has(self, revision: str) -> bool:
        """Whether it means a commit."""
        return not self._run("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").code

    def merge_base(self, one: str, other: str) -> str:
        """The commit from which two revisions went their ways; UsageError when there is none."""
        first, second = self.commit(one), self.commit(other)
        done = self._run("merge-base", first, second)
        if done.code:
            raise UsageError(f'"{one}" and "{other}" have no commit in common{self._shallow()}')
        return done.stdout.strip()

    def snapshot(self, commit: str) -> Snapshot:
        """The files of a commit, below this folder."""
        return Snapshot(repository=self, commit=commit)

    def former_name(self, path: str, commit: str, other: str = "") -> str:
        """What the file of that path (below this folder) was called in a commit, if it has another name in the other
        one (empty: in the index) since; empty where Git sees no such thing, or a file outside this folder."""
        sides = [commit, other] if other else ["--cached", commit]
        done = self._run("diff", "--no-ext-diff", "-M", "--diff-filter=R", "--name-status", "-z", *sides, "--")
        words = done.stdout.split("\0")
        renames = dict(zip(words[2::3], words[1::3], strict=False))
        old = renames.get(self.prefix + path, "")
        return old.removeprefix(self.prefix) if old.startswith(self.prefix) else ""

    def names(self) -> list[str]:
        """Its branches and tags."""
        return self._run("for-each-ref", "--format=%(refname:short)").stdout.split()

    def _why(self, revision: str) -> str:
        from chartgen.registry.suggest import did_you_mean

        if revision == "HEAD":
            return ": it has no commit yet"
        hint = did_you_mean(revision, self.names())
        return f" ({hint})" if hint else self._shallow()

    def _shallow(self) -> str:
        shallow = self._run("rev-parse", "--is-shallow-repository").stdout.strip() == "true"
        return ": it is a shallow clone, fetch more of it (in CI, fetch-depth: 0)" if shallow else ""

    def _run(self, *arguments: str) -> Completed:
        return run([self.program, *arguments], cwd=self.folder, environment=_ENVIRONMENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The files of one commit, by their paths below the repository's folder; what was read is kept."""

    repository: Repository
    commit: str
    _read: dict[str, bytes | None] = field(default_factory=dict)
    _folders: dict[str, list[Entry]] = field(default_factory=dict)

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, at most one more than are read of any; None when the commit has no such file."""
        self.fetch([path])
        return self._read[path]

    def fetch(self, paths: Iterable[str]) -> None:
        """Reads several at once."""
        wanted = [path for path in dict.fromkeys(paths) if path not in self._read]
        self._read.update(dict.fromkeys(wanted))
        asked = [path for path in wanted if "\n" not in path and not _leaves(path)]
        if asked:
            self._read.update(zip(asked, _blobs(self._batch(asked), len(asked)), strict=True))

    def find(self, pattern: str) -> list[str]:
        """The files that a pattern means, sorted, as `files.find` knows them."""
        if not self._folders:
            self._folders.update(self._listed())
        found = matching(pattern, lambda folder: self._folders.get(folder, ()))
        self.fetch(found)
        return found

    def _batch(self, paths: Iterable[str]) -> bytes:
        prefix = self.repository.prefix
        names = "".join(f"{self.commit}:{posixpath.normpath(prefix + path)}\n" for path in paths)
        return self._git(["cat-file", "--batch", "--follow-symlinks"], os.fsencode(names))

    def _listed(self) -> Mapping[str, list[Entry]]:
        """Folder → what it holds."""
        prefix = self.repository.prefix
        text = self._git(["ls-tree", "-r", "-t", "-z", "--full-tree", self.commit, "--", prefix or "."])
        found: dict[str, list[Entry]] = {"": []}
        for line in filter(None, os.fsdecode(text).split("\0")):
            about, _, whole = line.partition("\t")
            if whole.startswith(prefix) and whole != prefix:
                folder, _, name = whole.removeprefix(prefix).rpartition("/")
                mode = about.partition(" ")[0]
                found.setdefault(folder, []).append(Entry(name, mode == _FOLDER, mode == _LINK))
        return found

    def _git(self, arguments: list[str], given: bytes = b"") -> bytes:
        argv = [self.repository.program, *arguments]
        code, out, words = run_bytes(argv, cwd=self.repository.folder, environment=_ENVIRONMENT, given=given)
        if code:
            raise Completed(argv=tuple(argv), code=code, stdout="", stderr=words).error()
        return out


def repository(folder: Path) -> Repository:
    """The repository in which a folder lies. ToolError when there is no git, UsageError when it lies in none."""
    program = shutil.which("git")
    if not program:
        raise ToolError("git was not found: install it, or compare two files (chartgen diff old.yaml new.yaml)")
    done = run([program, "rev-parse", "--show-prefix"], cwd=folder, environment=_ENVIRONMENT)
    if "not a git repository" in done.stderr:
        words = "is in no Git repository: name what to compare (chartgen diff old.yaml new.yaml)"
        raise UsageError(f"{folder.resolve()} {words}")
    if done.code:
        raise done.error()
    return Repository(program=program, folder=folder, prefix=done.stdout.removesuffix("\n"))


def _leaves(path: str) -> bool:
    normal = posixpath.normpath(path)
    return normal.startswith(("../", "/")) or normal in ("..", ".")


def _blobs(out: bytes, count: int) -> Iterable[bytes | None]:
    """The answers of `cat-file --batch --follow-symlinks`, in the order of the questions."""
    place = 0
    for _ in range(count):
        end = out.index(b"\n", place)
        words = out[place:end].split(b" ")
        place = end + 1
        if words[-1].isdigit() and words[0] != b"":
            size = int(words[-1])
            blob = out[place : place + min(size, MAX_BYTES + 1)]
            place += size + 1
            yield blob if len(words) == 3 and words[1] == b"blob" else None
        else:
            yield None
