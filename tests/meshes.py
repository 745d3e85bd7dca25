"""Platforms in a mesh, for the judges: this repository's, the published systems with a mesh added, the cases, and
drawn ones. Each is compiled, rendered by the real helm, and handed on as objects."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import yaml

from chartgen import emit
from chartgen.diagnostics import Severity
from chartgen.registry import compile_registry
from chartgen.registry.mesh import Mode
from chartgen.registry.umbrellas import policy_home, umbrellas
from chartgen.workflows import load

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chartgen.diagnostics import Diagnostic
    from chartgen.registry.model import Registry
    from chartgen.tools.helm import Helm

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "tests" / "cases" / "generate"
DOORS = {
    "bookinfo": "productpage",
    "online-boutique": "frontend",
    "opentelemetry-demo": "frontend-proxy",
    "train-ticket": "ts-ui-dashboard",
}
"""Published systems → where their users come in."""
_ADDED = """
mesh:
  type: istio
  pathNormalization: decodeAndMergeSlashes
  jwt:
    issuer: https://id.example.com
    audiences: [{name}]
    jwksUri: https://id.example.com/keys
    requiredClaims: {{tenant: [acme, other]}}
gateway:
  hosts: [{name}.example.com]
  tls: {name}-tls
  routes:
    - {{service: {door}, paths: [/, /health], methods: [GET], public: true}}
    - {{service: {door}, paths: [/orders, /orders/*], methods: [GET, POST]}}
    - {{service: {door}, paths: [/admin/*], roles: [admin], claims: {{scope: manage}}}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A registry with a mesh."""

    name: str
    registry: Registry

    def rendered(self, helm: Helm, folder: Path, *settings: str, namespace: str = "here") -> list[Any]:
        """The objects of all its charts, as an installation with these `--set`s would have them."""
        text = self.manifests(helm, folder, *settings, namespace=namespace)
        return [each for each in yaml.load_all(text, yaml.CSafeLoader) if each]

    def manifests(self, helm: Helm, folder: Path, *settings: str, namespace: str = "default") -> str:
        """The same, as helm prints it."""
        for name, text in emit.platform(self.registry).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        charts = {umbrella.folder for umbrella in umbrellas(self.registry)}
        if (home := policy_home(self.registry)) and home.alone:
            charts.add(home.folder)
        found = []
        for chart in sorted(charts):
            extra = [part for setting in settings for part in ("--set", setting)]
            done = helm.template(folder / chart, release=Path(chart).name, extra=["--namespace", namespace, *extra])
            assert not done.code, done.stderr
            found.append(done.stdout)
        return "---\n".join(found)

    @property
    def other_mode(self) -> Platform:
        """The same in ambient instead of sidecar mode, or the reverse."""
        mesh = self.registry.mesh
        assert mesh
        other = Mode.AMBIENT if mesh.mode is Mode.SIDECAR else Mode.SIDECAR
        return Platform(name=f"{self.name}-{other}", registry=replace(self.registry, mesh=replace(mesh, mode=other)))


def ticketing() -> Platform:
    """This repository's own."""
    return Platform(name="ticketing", registry=_loaded(ROOT))


def published(name: str, folder: Path) -> Platform:
    """A published system, in a mesh with a door and tokens."""
    shutil.copytree(ROOT / "examples" / name, folder, dirs_exist_ok=True)
    with (folder / "registry.yaml").open("a", encoding="utf-8") as file:
        file.write(_ADDED.format(name=name, door=DOORS[name]))
    return Platform(name=name, registry=_loaded(folder))


def named(name: str, folder: Path) -> Platform:
    """This repository's own, a published system (in the folder), or a case."""
    if name == "ticketing":
        return ticketing()
    return published(name, folder) if name in DOORS else case(name)


def case(name: str) -> Platform:
    """A case of tests/cases/generate."""
    return Platform(name=name, registry=_loaded(CASES / name))


def cases() -> list[str]:
    """The cases with a mesh or a door."""
    return [name for name in _names() if (made := _loaded(CASES / name)).mesh or made.gateway]


def cases_in_sidecars() -> list[str]:
    """The cases with a mesh of sidecars."""
    return [name for name in cases() if (mesh := _loaded(CASES / name).mesh) and mesh.mode is Mode.SIDECAR]


def drawn(seed: int) -> Platform:
    """A registry by chance; the same for the same seed."""
    data = _Drawing(Random(seed)).registry()
    result = compile_registry("registry.yaml", json.dumps(data).encode(), lambda _path: None)
    assert result.registry, (data, _errors(result.diagnostics))
    return Platform(name=f"drawn-{seed}", registry=result.registry)


def _names() -> list[str]:
    return sorted(path.parent.name for path in CASES.glob("*/registry.yaml"))


def _loaded(folder: Path) -> Registry:
    result = load.run(folder)
    assert result.registry, _errors(result.diagnostics)
    return result.registry


def _errors(diagnostics: Iterable[Diagnostic]) -> list[str]:
    return [f"{each.code} {each.message}" for each in diagnostics if each.severity is Severity.ERROR]


class _Drawing:
    """Services that call earlier ones, with everything that a policy speaks of."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def registry(self) -> dict[str, Any]:
        """The registry, as data."""
        services: list[dict[str, Any]] = []
        for number in range(self._random.randint(3, 9)):
            services.append(self._service(number, services))
        stores = [{"name": "db", "engine": "postgresql", "provision": "builtin"}] if self._some() else []
        if stores:
            services[-1].setdefault("dependencies", []).append({"datastore": "db"})
        doors = [service["name"] for service in services if _pages(service)]
        mesh: dict[str, Any] = {"type": "istio"}
        if self._some():
            mesh["pathNormalization"] = "decodeAndMergeSlashes"
        if self._some():
            mesh["jwt"] = self._jwt()
        if mesh.get("jwt", {}).get("enforce") == "everyHop":
            _without_tokens(services)
        found = {
            "apiVersion": "chartgen.dev/v1",
            "kind": "ServiceRegistry",
            "metadata": {"name": "shop", "version": "1.0.0"},
            "images": {"prefix": "example"},
            "mesh": mesh,
            "services": services,
            **({"datastores": stores} if stores else {}),
        }
        return found | ({"gateway": self._gateway(doors, mesh)} if doors and self._some(0.8) else {})

    def _service(self, number: int, earlier: list[dict[str, Any]]) -> dict[str, Any]:
        kind = self._random.choice(("Deployment", "Deployment", "StatefulSet", "DaemonSet"))
        service: dict[str, Any] = {"name": f"s{number}", "kind": kind, "ports": self._ports()}
        if not service["ports"]:
            del service["ports"]
        if (pages := _pages(service)) and self._some():
            service["metrics"] = {"port": pages, "path": "/metrics"}
        called = self._random.sample(earlier, self._random.randint(0, min(3, len(earlier))))
        edges = [self._edge(target) for target in called if target.get("ports")]
        return service | ({"dependencies": edges} if edges else {})

    def _ports(self) -> list[dict[str, Any]]:
        all_ports = [
            {"name": "http", "port": 80, "targetPort": self._random.choice((8080, 3000))},
            {"name": "grpc", "port": 9000},
            {"name": "tcp-raw", "port": 7000, "targetPort": 7001},
            {"name": "http-admin", "port": 8090},
        ]
        ports = self._random.sample(all_ports, self._random.randint(0, 3))
        for port in ports:
            if port["name"] in ("tcp-raw", "grpc") and self._some(0.2):  # the others may be narrowed
                port["plaintext"] = "an old client"
        return ports

    def _edge(self, target: dict[str, Any]) -> dict[str, Any]:
        port = self._random.choice(target["ports"])["name"]
        edge: dict[str, Any] = {"service": target["name"], "ports": [port], "startup": False}
        if port.startswith("http") and self._some():
            edge["methods"] = self._random.sample(["GET", "HEAD", "POST", "PUT", "DELETE"], self._random.randint(1, 3))
        if port.startswith("http") and self._some():
            edge["paths"] = self._random.sample(["/", "/a", "/a/*", "/v1/orders/*", "/b"], self._random.randint(1, 3))
        return edge

    def _jwt(self) -> dict[str, Any]:
        jwt: dict[str, Any] = {"issuer": "https://id.example.com", "audiences": ["shop", "other"]}
        jwt["jwksUri"] = "https://id.example.com/keys"
        if self._some():
            jwt["requiredClaims"] = {"tenant": "acme", "scope": ["read", "write"]}
        if self._some():
            jwt["roleClaim"] = "realm_access[roles]"
        if self._some():
            jwt["enforce"] = "everyHop"
        if self._some():
            jwt["claimHeaders"] = {"x-user-id": "sub"}
        return jwt

    def _gateway(self, doors: list[str], mesh: dict[str, Any]) -> dict[str, Any]:
        door = self._random.choice(doors)
        routes: list[dict[str, Any]] = [
            {"service": door, "paths": ["/health", "/"], "methods": ["GET"], "public": True}
        ]
        if "jwt" in mesh:
            below = "/*" if "pathNormalization" in mesh else ""  # a prefix admits ..%2f elsewhere
            routes.append({"service": door, "paths": [f"/orders{below}"], "methods": ["GET", "POST"]})
            routes.append({"service": door, "paths": [f"/admin{below}"], "roles": ["admin", "owner"]})
            if self._some():
                routes[1]["cors"] = {"origins": ["https://app.example.com"], "methods": ["GET"]}
        for route in routes:
            route["port"] = "http"
        api = self._random.choice(("gateway", "istio"))
        return {"hosts": ["shop.example.com"], "tls": "shop-tls", "api": api, "routes": routes}

    def _some(self, share: float = 0.5) -> bool:
        return self._random.random() < share


def _without_tokens(services: list[dict[str, Any]]) -> None:
    """Who takes no calls has no token to hand on."""
    for service in services:
        for edge in service.get("dependencies", ()) if not service.get("ports") else ():
            if edge.get("ports") in (["http"], ["grpc"], ["http-admin"]):
                edge["token"] = False


def _pages(service: dict[str, Any]) -> str:
    """The port where a service shows pages, if it has it."""
    return next((port["name"] for port in service.get("ports", ()) if port["name"] == "http"), "")
