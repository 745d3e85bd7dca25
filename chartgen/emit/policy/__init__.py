"""The policy chart: who may call whom, in the mesh's own words, and the door. A chart that can be installed alone."""

from __future__ import annotations

from collections.abc import Iterator

from chartgen.emit.chart import policy_chart_yaml
from chartgen.emit.policy.admissions import Callee, Who, callees
from chartgen.emit.policy.rules import only_if, rules
from chartgen.emit.render import Context, chart_label, context_of, go_string, render, with_more
from chartgen.emit.shared import policy_values
from chartgen.emit.tree import FileTree
from chartgen.registry.mesh import Mesh
from chartgen.registry.model import Datastore, Registry
from chartgen.registry.umbrellas import policy_home


def policy(registry: Registry) -> FileTree:
    """The chart's files, relative to its folder; none for a platform that has neither mesh nor gateway."""
    home = policy_home(registry)
    if not home:
        return {}
    values = policy_values(registry)
    return {
        "Chart.yaml": policy_chart_yaml(registry, home.name),
        "values.yaml": values.yaml,
        "values.schema.json": values.schema,
        "README.md": f"# {home.name}\n",
        **{f"templates/{file}": text for file, text in _templates(registry, home.name)},
    }


def _templates(registry: Registry, chart: str) -> Iterator[tuple[str, str]]:
    context = context_of(
        platform=registry.metadata.name,
        mesh=registry.mesh,
        measured=any(service.metrics for service in registry.services),
        chart_label=chart_label(chart, registry.metadata.version),
    )
    yield "_helpers.tpl", render("policy/_helpers.tpl", context)
    if registry.mesh:
        yield "mtls.yaml", render("policy/mtls.yaml", context)
        yield "deny-all.yaml", render("policy/deny-all.yaml", context)
        yield from _nodes(registry, registry.mesh, context)


def _nodes(registry: Registry, mesh: Mesh, context: Context) -> Iterator[tuple[str, str]]:
    """One file for each service and datastore."""
    found: dict[str, str] = {}
    for callee in callees(registry):
        text = _callee(callee, mesh, context)
        if text:
            folder = "datastores" if isinstance(callee.node, Datastore) else "services"
            file = f"{folder}/{callee.name}.yaml"
            found[file] = found.get(file, "") + text
    yield from found.items()


def _callee(callee: Callee, mesh: Mesh, context: Context) -> str:
    """The policies of one callee; empty where nothing is admitted, which is what the deny-all says."""
    found = rules(callee, mesh.jwt)
    if not found and not callee.plaintext:
        return ""
    several = isinstance(callee.node, Datastore) and len(callee.node.ways) > 1
    chosen = f"(index .Values.global.datastores {go_string(callee.name)}).provision" if several else ""
    more = with_more(
        context,
        callee=callee,
        rules=found,
        only_if=only_if(found),
        way_given=chosen,
        accounts=any(each.who in (Who.ACCOUNTS, Who.HELM_TEST, Who.INGRESS, Who.SCRAPER) for each in callee.admissions),
    )
    return render("policy/callee.yaml", more)
