"""`${name.url}` in environment variables: well formed, declared, and to a port that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.registry.checks.subject import Draft, Finding, Platform, port_list
from chartgen.registry.datastores import callee_to
from chartgen.registry.references import Callees, Mistake, callees, main_reference, mistakes, url_variable
from chartgen.registry.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.registry.service import Path

_CODES = {"form": "CG209", "undeclared": "CG210", "port": "CG211", "secret": "CG217", "host": "CG218"}


def bad_references(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """References that are malformed, undeclared, or to a port that is not there."""
    known: Callees | None = None
    for place, data, _ in draft.containers:
        for name, value in data.get("env", {}).items():
            if isinstance(value, str) and "${" in value:
                if known is None:
                    known = _known(draft, platform)
                path = (*place, "env", name)
                yield from (_finding(draft, platform, known, path, mistake) for mistake in mistakes(value, known))


def undiscovered_dependency(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """Dependencies whose address `discovery` cannot tell (a warning)."""
    if not draft.data.get("discovery"):
        return
    known = _known(draft, platform)
    for edge in draft.service.edges:
        callee, variable = known.get(edge.target), url_variable(edge.target)
        if callee is None or not callee.ports or not callee.host or main_reference(callee):
            continue
        if not any(variable in draft.data.get(field, {}) for field in ("env", "settings")):
            yield Finding(
                code="CG409",
                path=edge.path[2:],
                message=f'discovery adds no {variable} to {draft.title}: "{edge.target}" has several ports and none is '
                f"named http ({port_list(callee.ports)})",
                hint=f"narrow the ports of the dependency to one, or set {variable} in env",
            )


def _known(draft: Draft, platform: Platform) -> Callees:
    targets = (platform.nodes[e.target] for e in draft.service.edges if e.target in platform.nodes)
    return callees(draft.service.edges, {target.name: callee_to(target) for target in targets})


def _finding(draft: Draft, platform: Platform, known: Callees, path: Path, mistake: Mistake) -> Finding:
    message = f"{mistake.written} {mistake.reason}"
    hint = mistake.hint
    if mistake.kind == "undeclared":
        node = mistake.reason
        message = f'{mistake.written} refers to "{node}", which {draft.title} does not declare as a dependency'
        hint = f'add "{node}" to its dependencies' if node in platform.nodes else did_you_mean(node, known)
        if node == draft.service.app:
            message = f"{mistake.written} refers to {draft.title} itself: references are for dependencies"
            hint = f"write the service's own name, such as http://{node} with its port"
    elif mistake.kind != "form":
        message = f"{mistake.written}: {mistake.reason}"
    return Finding(code=_CODES[mistake.kind], path=path, message=message, hint=hint)
