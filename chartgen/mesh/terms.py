"""What a grant lets through, taken apart so that two can be compared: one method, path and host each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product

from chartgen.mesh.grants import Grant
from chartgen.registry.mesh import Claim


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Term:
    """Calls to one port. Empty `method`, `path`, `host`: any. `token`: one is asked for; `claims`: what it must say,
    beside what the mesh asks of every token; `where`: what else is asked, or excepted, in the manifests' words."""

    method: str = ""
    path: str = ""
    host: str = ""
    token: bool = False
    claims: tuple[tuple[str, tuple[str, ...]], ...] = ()
    where: tuple[str, ...] = ()

    def reaches(self, other: Term) -> bool:
        """Whether it lets all calls of the other one through, if the tokens are right."""
        return (
            self.method in ("", other.method)
            and _reaches(self.path, other.path)
            and (self.host in ("", other.host) or _wildcard(self.host, other.host))
        )

    def covers(self, other: Term) -> bool:
        """Whether it lets all calls of the other one through, and asks no more of their tokens."""
        asks_less = not self.token or (other.token and self._asks_less(other))
        return self.reaches(other) and asks_less and {*self.where} <= {*other.where}

    def meet(self, other: Term) -> Term | None:
        """The calls that both let through: one as it is led, the other as it is admitted; None where there are none."""
        method = _narrower(self.method, other.method, lambda wide, narrow: wide in ("", narrow))
        path = _narrower(self.path, other.path, _reaches)
        host = _narrower(self.host, other.host, lambda wide, narrow: wide in ("", narrow) or _wildcard(wide, narrow))
        if method is None or path is None or host is None:
            return None
        token, claims = self.token or other.token, tuple(sorted({*self.claims, *other.claims}))
        where = tuple(dict.fromkeys((*self.where, *other.where)))
        return Term(method=method, path=path, host=host, token=token, claims=claims, where=where)

    def _asks_less(self, other: Term) -> bool:
        """Whether each demand on a token is one of the other's too, or a wider one."""
        given = dict(other.claims)
        return all(name in given and {*given[name]} <= {*values} for name, values in self.claims)


def _reaches(path: str, other: str) -> bool:
    if path in ("", other):
        return True
    return path.endswith("*") and other.startswith(path[:-1])


def _narrower(one: str, other: str, reaches: Callable[[str, str], bool]) -> str | None:
    return other if reaches(one, other) else one if reaches(other, one) else None


def _wildcard(host: str, other: str) -> bool:
    return host.startswith("*.") and other.endswith(host[1:])


def terms_of(grant: Grant, everywhere: Sequence[Claim] = ()) -> tuple[Term, ...]:
    """What it lets through, one by one; `everywhere`: the claims that the mesh asks of every token."""
    demand = grant.demand
    asked = [claim for claim in demand.claims if claim not in everywhere] if demand else []
    claims = tuple(sorted((claim_name(claim.path), tuple(sorted(claim.values))) for claim in asked))
    each = product(grant.methods or ("",), grant.paths or ("",), grant.hosts or ("",))
    return tuple(
        Term(method=method, path=path, host=host, token=demand is not None, claims=claims)
        for method, path, host in each
    )


def claim_name(path: Sequence[str]) -> str:
    """As people write it: `realm_access[roles]`."""
    return path[0] + "".join(f"[{step}]" for step in path[1:])


def words(terms: Iterable[Term]) -> tuple[str, ...]:
    """The terms for people: `GET, POST /orders, /orders/*`, those that are asked the same put together."""
    groups: dict[Term, list[Term]] = {}
    for term in terms:
        groups.setdefault(replace(term, method="", path=""), []).append(term)
    return tuple(
        " ".join(filter(None, (calls, _at(group[0]), _token(group[0]), _where(group[0]))))
        for group in groups.values()
        for calls in _calls(group)
    )


def _calls(group: Sequence[Term]) -> Iterable[str]:
    """`GET, POST /a, /b`: paths that take the same methods stand together; `all` for calls that nothing narrows."""
    methods: dict[str, list[str]] = {}
    for term in group:
        methods.setdefault(term.path, []).append(term.method)
    paths: dict[tuple[str, ...], list[str]] = {}
    for path, listed in methods.items():
        paths.setdefault(tuple(dict.fromkeys(listed)), []).append(path)
    for listed_methods, listed_paths in paths.items():
        named = [", ".join(filter(None, listed)) for listed in (listed_methods, listed_paths)]
        yield " ".join(filter(None, named)) or "all"


def _at(term: Term) -> str:
    return f"at {term.host}" if term.host else ""


def _where(term: Term) -> str:
    return f"where {' and '.join(term.where)}" if term.where else ""


def _token(term: Term) -> str:
    if not term.token:
        return ""
    asked = " and ".join(f"{name} {' or '.join(values)}" for name, values in term.claims)
    return f"with a token ({asked})" if asked else "with a token"
