"""What a person sees who writes a registry in an editor: keys and values offered, words under the cursor, mistakes
marked. The server is the one that VS Code, Neovim, Emacs and others start."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from chartgen import manual
from chartgen.registry.schema import schema
from tests.editor.server import Mark

ROOT = Path(__file__).resolve().parents[2]
HEAD = """\
# yaml-language-server: $schema=registry.schema.json
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: shop, version: 1.0.0}
"""
BODY = len(HEAD.splitlines())
REGISTRIES = [ROOT / "registry.yaml", *sorted(ROOT.glob("examples/*/registry.yaml"))]
DATASTORE = "datastores:\n  - name: orders-db\n"
SERVICE = "services:\n  - name: orders\n"


def keys(mapping: str) -> set[str]:
    return {field.key for field in manual.fields(schema()).values() if field.mapping == mapping}


@pytest.mark.parametrize(
    ("text", "mapping"),
    [
        (f"{SERVICE}    |\n", "service"),
        (f"{SERVICE}    probes:\n      |\n", "probes"),
        (f"{SERVICE}    probes:\n      readiness:\n        |\n", "probe"),
        (f"{SERVICE}    probes:\n      liveness:\n        |\n", "probe"),
        (f"{SERVICE}    image:\n      |\n", "image"),
        (f"{SERVICE}    dependencies:\n      - |\n", "dependency"),
        (f"{SERVICE}    ports:\n      - port: 80\n        |\n", "port"),
        (f"{SERVICE}    env:\n      PASSWORD:\n        |\n", "envValue"),
        (f"{SERVICE}    volumes:\n      - name: data\n        claim:\n          |\n", "volume.claim"),
        (f"{SERVICE}    scaling:\n      |\n", "scaling"),
        (f"{SERVICE}    securityContext:\n      |\n", "podSecurity"),
        (f"{SERVICE}    patches:\n      - kind: Service\n        |\n", "patch"),
        (f"{SERVICE}    events:\n      |\n", "events"),
        (f"images:\n  |\n{SERVICE}", "registry.images"),
        (f"{DATASTORE}    |\n", "datastore"),
        (f"{DATASTORE}    storage:\n      |\n", "storage"),
        (f"{DATASTORE}    provision:\n      |\n", "provision"),
        (f"{DATASTORE}    provision:\n      builtin:\n        |\n", "builtin"),
        (f"{DATASTORE}    provision:\n      operator:\n        |\n", "provision.operator"),
        (f"{DATASTORE}    provision:\n      external:\n        |\n", "provision.external"),
        (f"externals:\n  - name: stripe\n    |\n{SERVICE}", "external"),
        (f"mesh:\n  |\n{SERVICE}", "mesh"),
        (f"mesh:\n  jwt:\n    |\n{SERVICE}", "jwt"),
        (f"gateway:\n  |\n{SERVICE}", "gateway"),
        (f"gateway:\n  routes:\n    - |\n{SERVICE}", "route"),
        (f"{SERVICE}    dependencies:\n      - circuitBreaker:\n          |\n", "circuitBreaker"),
    ],
)
def test_the_keys_of_a_mapping_are_offered(server, text: str, mapping: str) -> None:
    offered = server.completions(HEAD + text)
    written = {line.strip(" -").split(":")[0] for line in text.splitlines()}
    assert keys(mapping) - written <= set(offered) | {"name"}
    for key in (keys(mapping) - written) & set(offered):
        assert offered[key]["insertText"].startswith(f"{key}:"), offered[key]
        assert offered[key]["documentation"]["value"]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (f"{SERVICE}    kind: |\n", {"Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job"}),
        (f"{SERVICE}    ports:\n      - port: 80\n        protocol: |\n", {"http", "grpc", "tcp", "udp", "kafka"}),
        (f"{SERVICE}    exposed: |\n", {"true", "false"}),
        (f"{DATASTORE}    engine: |\n", {"postgresql", "valkey", "kafka", "opensearch", "custom"}),
        (f"{DATASTORE}    topology: |\n", {"single", "ha", "cluster"}),
        (f"{DATASTORE}    provision:\n      default: |\n", {"builtin", "operator", "external"}),
        (f"{DATASTORE}    provision:\n      - |\n", {"builtin", "operator", "external"}),
        (f"{DATASTORE}    provision: |\n", {"builtin", "operator", "external"}),
    ],
)
def test_values_are_offered(server, text: str, values: set[str]) -> None:
    assert values <= set(server.completions(HEAD + text))


def test_nothing_is_written_that_is_so_by_default(server) -> None:
    """Whoever takes an offer gets a short registry, and no value that chartgen would refuse."""
    top = server.completions(f"{HEAD}|")
    assert top["services"]["insertText"] == "services:\n  - name: "
    offered = server.completions(f"{HEAD}{SERVICE}    |\n")
    assert offered["port"]["insertText"] == "port: ${1:3002}"
    assert offered["healthEndpoint"]["insertText"] == "healthEndpoint: ${1:/health}"
    assert offered["env"]["insertText"] == "env:\n  "
    assert [label for label, item in offered.items() if "object" in item["insertText"]] == []
    assert [label for label, item in offered.items() if re.search(r"\b(true|false)\b", item["insertText"])] == []


def entry(example: manual.Example) -> str:
    """The example as an entry of a list."""
    name = "" if re.search(r"^name:", example.text, re.MULTILINE) else "name: orders\n"
    return "  -\n" + textwrap.indent(name + example.text, "    ")


def documents() -> list[str]:
    """The examples of the page as few documents: those of the file itself alone, those of a service in one list."""
    lists: dict[str, str] = {"service": ""}
    found: list[str] = []
    for example in manual.examples():
        if example.part == "registry":
            top = [line for line in (HEAD + "services: []\n").splitlines() if line.split(":")[0] not in example.text]
            found.append("\n".join([HEAD.splitlines()[0], *top, example.text]).replace("services: []", SERVICE))
        elif example.part == "part":
            found.append(example.text.replace("../", ""))
        else:
            lists[example.part] = lists.get(example.part, "") + entry(example)
    lists = {part: text if part == "service" else f"{text}{SERVICE}" for part, text in lists.items()}
    return [*found, *(f"{HEAD}{part}s:\n{text}" for part, text in lists.items())]


@pytest.mark.parametrize("text", documents(), ids=range(len(documents())))
def test_the_page_has_no_mistake_for_the_server(server, text: str) -> None:
    """Whatever the page shows, an editor takes: the two judges of shape agree."""
    lines = text.splitlines()
    assert [(mark.message, lines[mark.line - 1]) for mark in server.marks(text)] == []


@pytest.mark.parametrize("path", REGISTRIES, ids=lambda path: str(path.relative_to(ROOT)))
def test_this_repositorys_registries_have_no_mistake(server, path: Path) -> None:
    text = re.sub(r"^# yaml-language-server: .*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert server.marks(HEAD.splitlines()[0] + "\n" + text) == []


def test_the_keys_of_an_included_file_are_offered(server) -> None:
    offered = server.completions("# yaml-language-server: $schema=registry-part.schema.json\n|")
    assert {"services", "datastores", "externals"} <= set(offered)
    assert "metadata" not in offered


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ser|vices:\n  - name: orders\n", "The services of the platform, in any order."),
        (f"{SERVICE}    health|Endpoint: /health\n", "The path of the health check"),
        (f"{SERVICE}    scaling:\n      cpu|Threshold: 75\n", "Average CPU use, in percent of the request"),
        (f"{SERVICE}    dependencies:\n      - service: auth\n        start|up: false\n", "Default: `true`."),
    ],
)
def test_a_key_is_explained(server, text: str, words: str) -> None:
    shown = server.hover(HEAD + text)
    assert words in shown
    key = re.search(r"(\w*)\|(\w*):", text)
    assert key is not None
    assert re.search(rf"```yaml\n[^`]*\b{key[1]}{key[2]}:", shown), "it shows an example"


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("    healthEndpiont: /x\n", Mark(line=3, column=5, message="Property healthEndpiont is not allowed.")),
        (
            "    port: 80\n    ports: []\n",
            Mark(line=4, column=5, message="cannot stand beside port: write every port under ports"),
        ),
        (
            "    healthEndpoint: health\n",
            Mark(line=3, column=21, message='must be a path that begins with "/" and holds no spaces, or none'),
        ),
        (
            "    volumes: [{name: data, mountPath: /data}]\n",
            Mark(
                line=3, column=15, message="needs one of emptyDir, claim, existingClaim, hostPath, secret and config"
            ),
        ),
        (
            "    kind: Deploymnet\n",
            Mark(
                line=3, column=11,
                message="Value is not accepted. Valid values: "
                '"Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job".',
            ),
        ),
        ("    port: eighty\n", Mark(line=3, column=11, message='Incorrect type. Expected "integer".')),
    ],
)  # fmt: skip
def test_a_mistake_is_marked(server, text: str, mark: Mark) -> None:
    (found,) = server.marks(HEAD + SERVICE + text)
    assert found == Mark(line=mark.line + BODY, column=mark.column, message=mark.message)
