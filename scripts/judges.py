"""`make judges`: kube-score over the rendered platform and actionlint over the workflows, both built by Go."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from chartgen.errors import ChartgenError, ToolError
from chartgen.tools.helm import Helm, find_helm, tools_cache
from chartgen.tools.process import Completed, run
from scripts.progress import step

ROOT = Path(__file__).resolve().parent.parent
KUBE_SCORE = ("kube-score", "1.20.0", "github.com/zegl/kube-score/cmd/kube-score")
ACTIONLINT = ("actionlint", "1.7.12", "github.com/rhysd/actionlint/cmd/actionlint")


def main() -> int:
    """0 when no judge finds anything, 1 when one does, 3 when one cannot be had."""
    if shutil.which("go") is None:
        return _refuse("the judges are built by Go, and PATH has none; install Go 1.24 or later, or leave this to CI.")
    try:
        kube_score, actionlint = go_install(*KUBE_SCORE), go_install(*ACTIONLINT)
        verdicts = [_score(kube_score, chart, values) for chart, values in charts()]
        verdicts.append(_report("actionlint", run([str(actionlint), "-no-color"], cwd=ROOT)))
    except ChartgenError as error:
        return _refuse(str(error))
    return 0 if all(verdicts) else 1


def charts() -> list[tuple[Path, list[Path]]]:
    """What to judge, each umbrella with values: this repository's as production runs it (the registry's own floor of
    one replica is right for development), and the case with all five kinds of workload."""
    cases = ROOT / "tests" / "cases" / "generate"
    return [
        (ROOT / "charts" / "ticketing", [ROOT / "values" / "prod" / "values.yaml"]),
        (cases / "five-kinds" / "expected" / "charts" / "shop", []),
    ]


def go_install(name: str, version: str, module: str) -> Path:
    """The program, built into the tools cache unless it is there; Go's checksum database vouches for its sources."""
    folder = tools_cache() / name / version
    if not (folder / name).is_file():
        staging = folder.with_name(f".partial-{os.getpid()}")
        with step(f"building {name} {version} with Go (half a minute)"):
            environment = {"GOBIN": str(staging), "GOVCS": "*:off", "GOFLAGS": "-mod=mod"}
            done = run(["go", "install", f"{module}@v{version}"], environment=environment, timeout=900)
            if done.code:
                raise done.error()
        folder.mkdir(parents=True, exist_ok=True)
        (staging / name).replace(folder / name)
        staging.rmdir()
    return folder / name


def _score(program: Path, chart: Path, values: list[Path]) -> bool:
    argv = [str(program), "score", "--output-format", "ci", "-"]
    rendered = _rendered(find_helm(), chart, values)
    done = subprocess.run(argv, input=rendered, capture_output=True, text=True, check=False, timeout=300)
    found = [line for line in done.stdout.splitlines() if line.startswith(("[CRITICAL]", "[WARNING]"))]
    if done.returncode not in (0, 1) or "[OK]" not in done.stdout:
        raise ToolError(f"kube-score ended with exit code {done.returncode}:\n{done.stderr}")
    print(f"kube-score: {chart.relative_to(ROOT)}: {len(found)} findings")
    print(*(f"  {line}\n" for line in found), sep="", end="")
    return not found


def _rendered(helm: Helm, chart: Path, values: list[Path]) -> str:
    done = helm.template(chart, release=chart.name, values=values)
    if done.code:
        raise done.error()
    return done.stdout


def _report(name: str, done: Completed) -> bool:
    print(f"{name}: exit code {done.code}", done.stdout + done.stderr, sep="\n", end="")
    return done.code == 0


def _refuse(sentence: str) -> int:
    print(f"chartgen: {sentence}", file=sys.stderr)
    return 3


if __name__ == "__main__":
    sys.exit(main())
