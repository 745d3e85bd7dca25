"""Would this call pass, and what says so? Asked of the rendered charts, or of manifests that are rendered already."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chartgen.audit.helm_words import rendering_failed
from chartgen.mesh.answers import Answer, Scene, answers
from chartgen.mesh.assumed import world_of
from chartgen.mesh.datagrams import over_udp
from chartgen.mesh.expected import Expected
from chartgen.mesh.leaving import outward
from chartgen.mesh.manifests import Manifests, read_text
from chartgen.mesh.model import Ref, Tree
from chartgen.mesh.parties import Cast, Strangers
from chartgen.mesh.premises import premises_of, with_door
from chartgen.mesh.world import World
from chartgen.workflows import load
from chartgen.workflows.releases import releases
from chartgen.workflows.strange import read_whole, strange_world
from chartgen.workflows.value_sets import places, value_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from chartgen.diagnostics import Diagnostic
    from chartgen.mesh.asking import Asking
    from chartgen.mesh.parties import Party, Target
    from chartgen.tools.process import Completed
    from chartgen.workflows.early import Early
    from chartgen.workflows.load import Loaded
    from chartgen.workflows.releases import Release
    from chartgen.workflows.value_set import ValueSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The answers; none when the diagnostics say why not. `loaded`: the registry that was asked, if one was."""

    answers: tuple[Answer, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    loaded: Loaded | None = None


def run(root: Path, registry: str, asking: Asking, early: Early) -> Explained:
    """Asks the charts, as an environment's values render them; `early` has begun with that. UsageError for an unknown
    name, environment or port, and for missing charts; ToolError without helm."""
    loaded = load.run(root, registry)
    if loaded.registry is None or loaded.sources is None:
        return Explained(diagnostics=loaded.diagnostics)
    values = value_set(root, loaded.registry, early.environment)
    if values.unreadable:
        return Explained(diagnostics=values.unreadable)
    premises = premises_of(loaded.registry, values.given)
    files, made = tuple(values.texts), releases(loaded.registry, values)
    wanted = [(each, early.wanted(each.folder, files, premises.namespace, each.name)) for each in made]
    renders = [(release, early.done(render)) for release, render in wanted]
    failures = [finding for release, done in renders if done.code for finding in _failure(done, values, release)]
    if failures:
        return Explained(diagnostics=tuple(dict.fromkeys(failures)))
    manifests = _read(renders)
    world = world_of(manifests, loaded.registry, premises)
    world.closely = True
    cast = Cast(world=world, expected=Expected(loaded.registry, with_door(premises, loaded.registry, world)))
    parties = cast.parties(asking.caller, asking.callee)
    scene = Scene(world=world, objects=_objects(manifests, world), expected=cast.expected, place=loaded.sources.span)
    if cast.is_elsewhere(asking.callee):
        return _together(asking, loaded, [outward(scene, asking, party, asking.callee) for party in parties])
    target = cast.target(asking.callee)
    return _together(asking, loaded, [_inside(scene, asking, party, target) for party in parties])


def _inside(scene: Scene, asking: Asking, party: Party, target: Target) -> tuple[Answer, ...]:
    """The answers for a callee of the platform; a number may be a port of TCP, of UDP, or of both."""
    datagrams = over_udp(scene, asking, party, target)
    both = asking.port.isdigit() and int(asking.port) in target.ports
    return (*datagrams, *(answers(scene, asking, party, target) if both or not datagrams else ()))


def _together(asking: Asking, loaded: Loaded, found: list[tuple[Answer, ...]]) -> Explained:
    """The answers to each version of the caller; once, where they are the same."""
    verdicts = {tuple((each.port, each.decision.verdict) for each in of_one) for of_one in found}
    if len(verdicts) == 1:
        found = [tuple(replace(each, caller=asking.caller) for each in found[0])]
    return Explained(answers=tuple(each for of_one in found for each in of_one), loaded=loaded)


def of_manifests(root: Path, path: str, asking: Asking) -> Explained:
    """Asks manifests that somebody rendered (a file, a folder, `-` for standard input). UsageError where they cannot be
    read, and for an unknown name or port."""
    manifests = read_whole(root, path)
    world = strange_world(manifests)
    world.closely = True
    strangers = Strangers(world=world)
    target = strangers.target(asking.callee)
    party = strangers.party(asking.caller, asking.callee)
    return Explained(answers=answers(Scene(world=world, objects=_objects(manifests, world)), asking, party, target))


def _failure(done: Completed, values: ValueSet, release: Release) -> tuple[Diagnostic, ...]:
    where = places(values, release.umbrella, release.chart)
    if "Error: " not in done.stderr:
        raise done.error()
    return tuple(rendering_failed(done.stderr, where, where.file("Chart.yaml")))


def _read(renders: Iterable[tuple[Release, Completed]]) -> Manifests:
    """The objects with the templates' files as they lie in the repository."""
    found = Manifests()
    for release, done in renders:
        one = read_text(done.stdout)
        found.objects.extend((tree, replace(ref, file=release.file(ref.file))) for tree, ref in one.objects)
        found.problems.extend(one.problems)
    return found


def _objects(manifests: Manifests, world: World) -> Mapping[Ref, Tree]:
    """The manifests by the names that answers use."""
    home = world.assumed.namespace
    return {replace(ref, namespace=ref.namespace or home): tree for tree, ref in manifests.objects}
