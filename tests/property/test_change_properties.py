"""What holds of every comparison: nothing for the same, the mirror for the reverse, and all that differs is there."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chartgen.mesh.accesses import platform_of
from chartgen.mesh.changes import Change, Platform, Turn, compare
from chartgen.mesh.comment import markdown
from chartgen.mesh.premises import premises_of
from chartgen.mesh.record import document
from chartgen.mesh.told import Comparison, text
from chartgen.registry import compile_registry
from tests.property.strategies import Data, as_yaml, registries, shuffled

FEW = settings(max_examples=20)
"""Two registries an example take their time to draw."""

MIRROR = {
    Turn.OPENED: Turn.CLOSED,
    Turn.CLOSED: Turn.OPENED,
    Turn.WIDENED: Turn.NARROWED,
    Turn.NARROWED: Turn.WIDENED,
    Turn.CHANGED: Turn.CHANGED,
}


def platform(data: Data) -> Platform:
    result = compile_registry("registry.yaml", as_yaml(data).encode(), lambda _path: b"")
    assert result.registry is not None and result.sources is not None, result.diagnostics
    return platform_of(result.registry, premises_of(result.registry, {}), result.sources.span)


def brief(changes: tuple[Change, ...], *, mirrored: bool = False) -> Counter[Any]:
    return Counter(
        (
            each.subject,
            MIRROR[each.turn] if mirrored else each.turn,
            each.name,
            each.caller,
            each.port,
            each.why,
        )
        for each in changes
    )


@FEW
@given(registries(most=4), st.data())
def test_the_order_of_keys_is_no_change(data: Data, draw: st.DataObject) -> None:
    assert compare(platform(data), platform(shuffled(data, draw.draw))) == ()


@FEW
@given(registries(most=4), registries(most=4))
def test_the_reverse_is_the_mirror_and_both_can_be_written(one: Data, other: Data) -> None:
    before, after = platform(one), platform(other)
    there, back = compare(before, after), compare(after, before)
    assert brief(there) == brief(back, mirrored=True)
    found = Comparison(before="a", after="b", changes=there)
    assert all(character.isprintable() for character in text(found).replace("\n", ""))
    assert len(markdown(found)) < 65_536
    result: Any = document(found)
    assert result["changed"] is bool(there) and len(result["changes"]) == len(there)


@FEW
@given(registries(most=4), st.data())
def test_an_edge_that_goes_closes_its_call(data: Data, draw: st.DataObject) -> None:
    calling = [service for service in data["services"] if service.get("dependencies")]
    if not calling:
        return
    service = draw.draw(st.sampled_from(calling))
    before = platform(data)
    kept = {**service, "dependencies": service["dependencies"][1:]}
    services = [kept if each is service else each for each in data["services"]]
    result = compile_registry("registry.yaml", as_yaml({**data, "services": services}).encode(), lambda _path: b"")
    if result.registry is None or result.sources is None:  # an env entry refers to it, or a version narrows it
        return
    after = platform_of(result.registry, premises_of(result.registry, {}), result.sources.span)
    changes = compare(before, after)
    assert all(each.turn in (Turn.CLOSED, Turn.NARROWED) for each in changes if each.subject == "call"), changes
    assert {each.caller.partition("@")[0] for each in changes if each.subject == "call"} <= {service["name"]}
