"""`make judges`: kube-score over rendered platforms, actionlint over the workflows, tests/editor with a language server
(which needs Node.js), tests/envoy with a real Envoy, tests/servers with the servers of datastores (which need apt and
Maven), and tests/cluster on a real control plane; Go builds the others."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from chartgen.errors import ChartgenError, ToolError
from chartgen.tools.helm import Helm, find_helm, tools_cache
from chartgen.tools.process import Completed, run
from chartgen.workflows import generate
from scripts import definitions, get_busybox, get_envoy, get_language_server, get_servers
from scripts.cluster import passing
from scripts.control_plane import go, programs
from scripts.get_helm import kubectl
from scripts.progress import step

ROOT = Path(__file__).resolve().parent.parent
KUBE_SCORE = ("kube-score", "1.20.0", "github.com/zegl/kube-score/cmd/kube-score")
ACTIONLINT = ("actionlint", "1.7.12", "github.com/rhysd/actionlint/cmd/actionlint")

ONE_POD = "Deployment few replicas"
PINNED = "ImagePullPolicy is not set to Always"
UNASKED = "Container is missing a readinessProbe"
LOW_FLOOR = "HPA few replicas"
OPERATED = "The NetworkPolicys selector doesn't match any pods"
BY_ADDRESS = "The services selector does not match any pods"
SAME_PROBES = "Container has the same readiness and liveness probe"
EXAMPLES = {
    "bookinfo": (ONE_POD, UNASKED),
    "online-boutique": (ONE_POD, PINNED, SAME_PROBES),
    "opentelemetry-demo": (
        ONE_POD,
        UNASKED,
        SAME_PROBES,
        "The container running with a low group ID",
        "The container is running with a low user ID",
        "The pod has a container with a writable root filesystem",
    ),
    "train-ticket": (ONE_POD, UNASKED, "The service is of type NodePort"),
}
"""What kube-score says of the published systems: they are so, and docs/auditors.md says why that stays."""

SIMULATED = "kwok.x-k8s.io/node"
"""The annotation of a node without containers."""
STAND_IN = "docker.io/library/python:3.13-alpine"
"""What runs in place of every service where containers are real: tests/cluster/harness/stub.py, in this image."""


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when no judge finds anything, 1 when one does, 3 when one cannot be had."""
    options = _options(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the cluster is ended as after Ctrl-C
    try:
        if options.only:
            return 0 if _only(options) else 1
        verdicts = [*audits(), *(judge([folder]) for folder, judge in _APART.items()), on_a_cluster(options)]
    except KeyboardInterrupt:
        return 130
    except (ChartgenError, OSError) as error:
        print(f"chartgen: {error}", file=sys.stderr)
        return 3
    return 0 if all(verdicts) else 1


def audits() -> list[bool]:
    """Whether each auditor finds nothing."""
    kube_score, actionlint = go_install(*KUBE_SCORE), go_install(*ACTIONLINT)
    with tempfile.TemporaryDirectory() as folder:
        verdicts = [_score(kube_score, render) for render in (*renders(), *examples(Path(folder)))]
    return [*verdicts, _report("actionlint", run([str(actionlint), "-no-color"], cwd=ROOT))]


def in_an_editor(tests: Sequence[str]) -> bool:
    """Whether these tests of tests/editor pass."""
    get_language_server.fetch()
    return _tests([sys.executable, "-m", "pytest", "-q", *tests])


def against_envoy(tests: Sequence[str]) -> bool:
    """Whether these tests of tests/envoy pass."""
    get_envoy.envoy()
    get_envoy.judge()
    return _tests([sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "worksteal", *tests])


def with_servers(tests: Sequence[str]) -> bool:
    """Whether these tests of tests/servers pass; they mostly wait."""
    for name in get_servers.SERVERS:
        get_servers.fetch(name)
    return _tests([sys.executable, "-m", "pytest", "-q", "-n", "4", "--dist", "worksteal", *tests])


_APART = {
    "tests/editor": in_an_editor,
    "tests/envoy": against_envoy,
    "tests/servers": with_servers,
}
"""Tests that need no cluster."""


def _only(options: argparse.Namespace) -> bool:
    """Whether the tests that were asked for pass."""
    for folder, judge in _APART.items():
        if all(test.startswith(folder) for test in options.only):
            return judge(options.only)
    return on_a_cluster(options)


def on_a_cluster(options: argparse.Namespace) -> bool:
    """Whether the tests of tests/cluster pass: on a control plane of their own, or on the cluster of KUBECONFIG."""
    tests = options.only or ["tests/cluster"]
    argv = [sys.executable, "-m", "pytest", "-q", "-n", options.workers, "--dist", "worksteal", *tests]
    argv += ["--keep"] if options.keep else []
    environment = _own() if options.cluster == "own" else {}
    if not environment:
        _built()
    get_busybox.fetch()  # the test pods' commands are run by it
    if environment:
        with definitions.known(environment["KUBECONFIG"], forget=True):
            return _tests(argv, **environment)
    with passing() as cluster, definitions.known(str(cluster.kubeconfig), forget=False):
        return _tests(argv, KUBECONFIG=str(cluster.kubeconfig))


def _built() -> None:
    """Sees to it that the control plane's programs are there; ToolError with both ways out when they cannot be."""
    try:
        programs()
    except ToolError as error:
        own = "Or let CI judge; or take a cluster of your own: KUBECONFIG=… make judges CLUSTER=own ONLY=tests/cluster"
        raise ToolError(f"{error} {own}") from error


def _tests(argv: Sequence[str], **environment: str) -> bool:
    process = subprocess.Popen(argv, cwd=ROOT, env={**os.environ, **environment})
    try:
        return process.wait() == 0
    except SystemExit:
        process.send_signal(signal.SIGINT)
        raise
    finally:
        process.wait()  # it has namespaces to take away, and the cluster must outlive it


def _own() -> dict[str, str]:
    """What the tests are told of the cluster of KUBECONFIG; ToolError when none answers."""
    found = os.environ.get("KUBECONFIG")
    if not found:
        raise ToolError("CLUSTER=own takes the cluster of KUBECONFIG, which is not set.")
    done = run([str(kubectl()), "get", "nodes", "-o", "json"], environment={"KUBECONFIG": found})
    if done.code:
        raise done.error()
    real = [node for node in json.loads(done.stdout)["items"] if SIMULATED not in node["metadata"]["annotations"]]
    image = os.environ.get("CHARTGEN_STAND_IN", STAND_IN if real else "")
    print(f"the cluster of KUBECONFIG={found}, in namespaces chartgen-…", flush=True)
    print(f"each service is a server in {image}" if image else "pods are simulated", flush=True)
    return {"KUBECONFIG": found, "CHARTGEN_CLUSTER": "own", "CHARTGEN_STAND_IN": image}


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.judges", description=__doc__)
    parser.add_argument(
        "only", nargs="*", help="only these tests of tests/cluster, or of one of the other folders that make test skips"
    )
    parser.add_argument("--cluster", choices=["own"], help="use the cluster of KUBECONFIG")
    parser.add_argument("--keep", action="store_true", help="leave the namespaces of failed tests where they are")
    parser.add_argument("--workers", default="4")
    return parser.parse_args(arguments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Render:
    """What kube-score judges: a chart with values, and the findings that docs/auditors.md excepts for it."""

    title: str
    chart: Path
    values: tuple[Path, ...] = ()
    settings: tuple[str, ...] = ()
    excepted: tuple[str, ...] = ()


def renders() -> list[Render]:
    """This repository's platform as production runs it (the registry's own floor of one replica is right for
    development), as a laptop does with its datastores builtin, with the test pods and with every image's digest; and
    the case with all kinds of workload, also with one pod each."""
    ticketing = ROOT / "charts" / "ticketing"
    production = Render(
        title="ticketing",
        chart=ticketing,
        values=(ROOT / "values" / "prod" / "values.yaml",),
        excepted=(OPERATED, BY_ADDRESS),
    )
    kinds = ROOT / "tests" / "cases" / "generate" / "five-kinds" / "expected" / "charts" / "shop"
    digest = f"image.digest=sha256:{'a' * 64}"
    services = sorted(path.name for path in (ticketing / "charts").iterdir() if path.name != "mesh-policy")
    return [
        production,
        replace(
            production,
            title="ticketing on a laptop",
            values=(ROOT / "values" / "dev" / "values.yaml",),
            excepted=(LOW_FLOOR, OPERATED),
        ),
        replace(production, title="ticketing with test pods", settings=("global.helmTest.enabled=true",)),
        replace(
            production,
            title="ticketing with digests",
            settings=tuple(f"{name}.{digest}" for name in services),
            excepted=(PINNED, OPERATED, BY_ADDRESS),
        ),
        Render(title="five kinds", chart=kinds),
        Render(
            title="five kinds, one pod each",
            chart=kinds,
            settings=("web.autoscaling.enabled=false", "web.replicaCount=1"),
            excepted=(ONE_POD,),
        ),
    ]


def examples(folder: Path) -> list[Render]:
    """The published systems, compiled into the folder."""
    made = []
    for name, excepted in EXAMPLES.items():
        shutil.copytree(ROOT / "examples" / name, folder / name)
        generate.run(folder / name)
        made.append(Render(title=name, chart=folder / name / "charts" / name, excepted=excepted))
    return made


def go_install(name: str, version: str, module: str) -> Path:
    """The program, built into the tools cache unless it is there; Go's checksum database vouches for its sources."""
    folder = tools_cache() / name / version
    if not (folder / name).is_file():
        program = go()
        staging = folder.with_name(f".partial-{os.getpid()}")
        with step(f"building {name} {version} with Go (half a minute)"):
            environment = {"GOBIN": str(staging), "GOVCS": "*:off", "GOFLAGS": "-mod=mod"}
            done = run([program, "install", f"{module}@v{version}"], environment=environment, timeout=900)
            if done.code:
                raise done.error()
        folder.mkdir(parents=True, exist_ok=True)
        (staging / name).replace(folder / name)
        staging.rmdir()
    return folder / name


def _score(program: Path, render: Render) -> bool:
    """Whether kube-score finds nothing but the exception, and that one indeed."""
    argv = [str(program), "score", "--output-format", "ci", "-"]
    rendered = _rendered(find_helm(), render)
    done = subprocess.run(argv, input=rendered, capture_output=True, text=True, check=False, timeout=300)
    found = [line for line in done.stdout.splitlines() if line.startswith(("[CRITICAL]", "[WARNING]"))]
    if done.returncode not in (0, 1) or "[OK]" not in done.stdout:
        raise ToolError(f"kube-score ended with exit code {done.returncode}:\n{done.stderr}")
    excepted = [line for line in found if line.endswith(render.excepted)]
    others = [line for line in found if line not in excepted]
    unused = [ending for ending in render.excepted if not any(line.endswith(ending) for line in excepted)]
    print(f"kube-score: {render.title}: {len(others)} findings, {len(excepted)} that docs/auditors.md excepts")
    print(*(f"  {line}\n" for line in others), sep="", end="")
    print(*(f"  docs/auditors.md excepts what is no longer found: {ending}\n" for ending in unused), sep="", end="")
    return not others and not unused


def _rendered(helm: Helm, render: Render) -> str:
    extra = [part for setting in render.settings for part in ("--set", setting)]
    done = helm.template(render.chart, release=render.chart.name, values=render.values, extra=extra)
    if done.code:
        raise done.error()
    return done.stdout


def _report(name: str, done: Completed) -> bool:
    print(f"{name}: exit code {done.code}", done.stdout + done.stderr, sep="\n", end="")
    return done.code == 0


if __name__ == "__main__":
    sys.exit(main())
