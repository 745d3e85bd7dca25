"""`${name.url}` in environment variables: well formed, declared, and to a port that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.registry.checks.subject import Draft, Finding, Platform
from chartgen.registry.references import Callees, Mistake, callees, mistakes
from chartgen.registry.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.registry.model import Path

_CODES = {"form": "CG209", "undeclared": "CG210", "port": "CG211"}


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


def _known(draft: Draft, platform: Platform) -> Callees:
    targets = [platform.services[e.target] for e in draft.service.edges if e.target in platform.services]
    return callees(draft.service.edges, {target.name: target.ports for target in targets})


def _finding(draft: Draft, platform: Platform, known: Callees, path: Path, mistake: Mistake) -> Finding:
    message = f"{mistake.written} {mistake.reason}"
    hint = mistake.hint
    if mistake.kind == "undeclared":
        node = mistake.reason
        message = f'{mistake.written} refers to "{node}", which {draft.title} does not declare as a dependency'
        hint = f'add "{node}" to its dependencies' if node in platform.services else did_you_mean(node, known)
    elif mistake.kind == "port":
        message = f"{mistake.written}: {mistake.reason}"
    return Finding(code=_CODES[mistake.kind], path=path, message=message, hint=hint)
