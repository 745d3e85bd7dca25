"""Packages that cannot live beside the project's own, because theirs conflict: each in an environment of its own in the
tools cache, from a lock file with hashes."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from chartgen.errors import ChartgenError
from chartgen.tools.helm import tools_cache
from chartgen.tools.process import run
from scripts.alone import alone
from scripts.progress import step

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """A package with its lock file."""

    package: str
    lock: Path

    def main(self) -> int:
        """0 when it is there, 3 with the reason when it could not be put there."""
        try:
            print(self.install())
        except (ChartgenError, OSError) as error:
            print(f"chartgen: {error}", file=sys.stderr)
            return 3
        return 0

    def home(self) -> Path:
        """The environment's folder: one for each version, Python and lock."""
        text = self.lock.read_text(encoding="utf-8")
        version = re.search(rf"^{self.package}==(\S+)", text, re.MULTILINE)
        assert version is not None
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        return tools_cache() / self.package / f"{version[1]}-py{sys.version_info[0]}.{sys.version_info[1]}-{digest}"

    def python(self) -> str:
        """Its Python: the environment was renamed into place, so its scripts cannot be started."""
        return str(self.home() / "bin" / "python")

    def install(self) -> Path:
        """The environment's folder, made unless it is there; one at a time, staged beside and renamed."""
        target = self.home()
        with alone(target.parent):
            if not _runs(target):
                with step(f"fetching {self.package} (half a minute)"):
                    self._place(target)
        return target

    def _place(self, target: Path) -> None:
        shutil.rmtree(target, ignore_errors=True)
        staged = Path(tempfile.mkdtemp(prefix=".partial-", dir=target.parent))
        try:
            _run(sys.executable, "-m", "venv", str(staged))
            pip = [str(staged / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
            _run(*pip, "install", "--require-hashes", "--only-binary", ":all:", "-r", str(self.lock))
            staged.replace(target)
        finally:
            shutil.rmtree(staged, ignore_errors=True)


def _run(*argv: str) -> None:
    done = run(argv, timeout=900)
    if done.code:
        raise done.error()


def _runs(folder: Path) -> bool:
    """Whether the environment's Python still starts: the one it was made from may be gone."""
    python = folder / "bin" / "python"
    try:
        return subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode == 0
    except OSError:
        return False
