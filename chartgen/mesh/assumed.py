"""What is taken for granted of cluster and mesh, where a registry speaks of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chartgen.mesh.model import Dataplane
from chartgen.mesh.paths import Normalization
from chartgen.mesh.reading import read
from chartgen.mesh.world import Assumptions, World
from chartgen.registry.mesh import Mode

if TYPE_CHECKING:
    from chartgen.mesh.manifests import Manifests
    from chartgen.mesh.premises import Premises
    from chartgen.registry.model import Registry


def assumptions(registry: Registry | None, premises: Premises) -> Assumptions:
    """The settings of the mesh as the registry states them; its defaults without one."""
    mesh = registry.mesh if registry else None
    plane = Dataplane.AMBIENT if mesh and mesh.mode is Mode.AMBIENT else Dataplane.SIDECAR
    how = Normalization.DECODE_AND_MERGE_SLASHES if mesh and mesh.normalises else Normalization.BASE
    return Assumptions(
        trust_domain=premises.trust_domain,
        root_namespace=premises.control_plane,
        normalization=how,
        dataplane=plane if mesh or registry is None else Dataplane.NONE,
        namespace=premises.namespace,
    )


def world_of(manifests: Manifests, registry: Registry, premises: Premises) -> World:
    """What manifests say that are a registry's. Where it has no mesh and they have policies of one, there is one."""
    assumed = assumptions(registry, premises)
    world = read(manifests.objects, assumed, manifests.problems)
    if registry.mesh or not world.has_policies:
        return world
    return read(manifests.objects, replace(assumed, dataplane=Dataplane.SIDECAR), manifests.problems)
