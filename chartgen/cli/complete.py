"""What a shell may offer after <TAB>: names of the registry. Nothing here ever fails."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import click

    Names = Callable[[Path, str], list[str]]


def environments(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The environments that begin so."""
    from chartgen.workflows import names

    return _offered(names.environments, ctx, incomplete)


def services(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The services that begin so."""
    from chartgen.workflows import names

    return _offered(names.services, ctx, incomplete)


def callers(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The services that begin so, and the callers that are none."""
    from chartgen.workflows import names

    return _offered(names.callers, ctx, incomplete)


def revisions(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The branches and tags that begin so."""
    from chartgen.workflows import names

    return _offered(names.revisions, ctx, incomplete)


def _offered(names: Names, ctx: click.Context, incomplete: str) -> list[str]:
    given = ctx.find_root().params
    root, registry = Path(given.get("directory") or "."), given.get("registry") or "registry.yaml"
    with contextlib.suppress(Exception):
        return [name for name in names(root, registry) if name.startswith(incomplete)]
    return []
