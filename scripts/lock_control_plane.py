"""`make lock-control-plane`: writes tests/cluster/control_plane/go.mod and go.sum anew, for the versions named here."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path

from chartgen.errors import ChartgenError
from chartgen.tools.process import run
from scripts.control_plane import MODULE, PACKAGES

KUBERNETES, KWOK = "1.37.2", "0.8.0"


def main() -> int:
    """0 when both files are written."""
    try:
        MODULE.mkdir(parents=True, exist_ok=True)
        (MODULE / "go.sum").unlink(missing_ok=True)
        (MODULE / "go.mod").write_text(go_mod(kubernetes_go_mod()), encoding="utf-8")
        go("mod", "tidy", cwd=MODULE)
    except ChartgenError as error:
        print(f"chartgen: {error}", file=sys.stderr)
        return 3
    return 0


def kubernetes_go_mod() -> str:
    """The go.mod of Kubernetes itself."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "go.mod").write_text("module asks\n", encoding="utf-8")
        answer = json.loads(go("mod", "download", "-json", f"k8s.io/kubernetes@v{KUBERNETES}", cwd=folder))
    return Path(answer["GoMod"]).read_text(encoding="utf-8")


def go_mod(kubernetes: str) -> str:
    """One module for all programs. etcd comes at the version that Kubernetes pins, so no dependency that both share
    moves; Kubernetes' own libraries, which its go.mod takes from its source tree, come at their published versions."""
    [go_version] = re.findall(r"^go .*$", kubernetes, re.MULTILINE)
    [etcd] = re.findall(r"^\s*go\.etcd\.io/etcd/server/v3 (\S+)", kubernetes, re.MULTILINE)
    libraries = re.findall(r"^\s*(k8s\.io/[a-z-]+) => \./staging/", kubernetes, re.MULTILINE)
    required = [f"k8s.io/kubernetes v{KUBERNETES}", f"go.etcd.io/etcd/server/v3 {etcd}", f"sigs.k8s.io/kwok v{KWOK}"]
    published = f"v0.{KUBERNETES.removeprefix('1.')}"
    return "\n\n".join(
        [
            "// Written by `make lock-control-plane`.\nmodule chartgen.test/control-plane",
            "\n".join([go_version, *re.findall(r"^godebug .*$", kubernetes, re.MULTILINE)]),
            _block("tool", sorted(PACKAGES.values())),
            _block("require", required),
            _block("replace", [f"{name} => {name} {published}" for name in libraries]),
        ]
    )


def go(*arguments: str, cwd: Path) -> str:
    """What go prints; no module is ever taken from a source repository."""
    done = run(["go", *arguments], cwd=cwd, environment={"GOVCS": "*:off"}, timeout=600)
    if done.code:
        raise done.error()
    return done.stdout


def _block(word: str, lines: list[str]) -> str:
    return "\n".join([f"{word} (", *(f"\t{line}" for line in lines), ")"])


if __name__ == "__main__":
    sys.exit(main())
