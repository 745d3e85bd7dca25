"""Makes .venv from the lock file unless it is so already. Run by the system's Python (`make venv`)."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements-dev.lock"
INPUTS = (LOCK, ROOT / "pyproject.toml")
OLDEST = (3, 11)


class StepError(Exception):
    """A step that did not work, in one sentence for people."""


def main() -> int:
    """0 when .venv is as the lock says, 3 when that could not be done."""
    if sys.version_info < OLDEST:
        return _refuse(f"Python 3.11 or later is needed; {sys.executable} is {sys.version.split()[0]}.")
    descriptor = os.open(str(ROOT / "scripts"), os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if not current():
            _install()
    except StepError as error:
        return _refuse(str(error))
    finally:
        os.close(descriptor)
    return 0


def current() -> bool:
    """Whether the environment holds what the lock and the project say now, for this Python."""
    stamp = _read(VENV / ".stamp")
    return stamp == wanted() and (VENV / "bin" / "python").exists()


def wanted() -> str:
    """What the stamp says when all is well: this Python, and a digest of the inputs."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in INPUTS)).hexdigest()
    return f"{_python()} {digest}\n"


def _install() -> None:
    started = time.monotonic()
    print("  making .venv from requirements-dev.lock (about a minute the first time) …", file=sys.stderr, flush=True)
    unfinished = VENV / ".unfinished"
    if unfinished.exists() or _of_another_python():
        shutil.rmtree(VENV)
    VENV.mkdir(exist_ok=True)
    unfinished.touch()
    (VENV / ".stamp").unlink(missing_ok=True)
    try:
        _fill()
    except StepError:
        unfinished.unlink()  # pip itself gave up, in good order: the next run may build on what is there
        raise
    (VENV / ".stamp").write_text(wanted(), encoding="utf-8")
    unfinished.unlink()
    print(f"  .venv is ready ({time.monotonic() - started:.0f} s)", file=sys.stderr, flush=True)


def _fill() -> None:
    if not (VENV / "bin" / "pip").exists():
        _make_venv()
    _pip("install", "--require-hashes", "--only-binary", ":all:", "-r", str(LOCK))
    _pip("install", "--no-deps", "--no-build-isolation", "--no-index", "--editable", str(ROOT))


def _make_venv() -> None:
    done = subprocess.run([sys.executable, "-m", "venv", str(VENV)], stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise StepError(f"{sys.executable} cannot make virtual environments (on Debian: apt-get install python3-venv).")


def _pip(*arguments: str) -> None:
    python = str(VENV / "bin" / "python")
    command = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    code = subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode
    if code:
        raise StepError(f"`{' '.join(command)}` ended with exit code {code}; its words are above.")


def _of_another_python() -> bool:
    stamp = _read(VENV / ".stamp")
    return bool(stamp) and not str(stamp).startswith(_python() + " ")


def _python() -> str:
    return ".".join(map(str, sys.version_info[:2]))


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _refuse(sentence: str) -> int:
    print(f"chartgen: {sentence}", file=sys.stderr)
    return 3


if __name__ == "__main__":
    sys.exit(main())
