"""What another release makes from now on (CG618)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chartgen.registry.service import Service
from chartgen.registry.umbrellas import POLICY, POLICY_GROUP, homes, policy_home, umbrella_name
from chartgen.workflows.hazard import Hazard, first_of, kept, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.registry.model import Registry
    from chartgen.tools.tree import Survey
    from chartgen.workflows.hazard import Kept
    from chartgen.workflows.stored import Read

FOLDER = re.compile(r"(charts/[^/]+/charts/([^/]+))/(?:values\.yaml$|templates/)")


def moves(survey: Survey, registry: Registry, read: Read) -> Iterator[tuple[Service, Hazard]]:
    """Services and datastores that leave a release for another: one warning for each pair of releases."""
    home = homes(registry)
    workloads = {node.name: node if isinstance(node, Service) else node.workload for node in registry.charts()}
    left = {match[2]: match[1] for path in survey.plan.remove if (match := FOLDER.match(path))}
    pairs: dict[tuple[str, str], list[str]] = {}
    for name in sorted(left.keys() & home.keys()):
        old = left[name].split("/")[1]
        if old != home[name]:
            pairs.setdefault((old, home[name]), []).append(name)
    for (old, new), names in pairs.items():
        folders = tuple(f"{left[name]}/" for name in names)
        stay = list(kept(sorted(path for path in survey.plan.remove if path.startswith(folders)), read))
        first = f"upgrade {old}" if old in home.values() else f"uninstall {old}"
        yield workloads[names[0]], _move(first, new, names, stay)


def policy_moves(survey: Survey, registry: Registry) -> Iterator[tuple[Service, Hazard]]:
    """The policy chart, where it leaves an umbrella for a release of its own, or comes back into one."""
    home, platform = policy_home(registry), registry.metadata.name
    alone = umbrella_name(platform, POLICY_GROUP)
    inside = f"charts/{platform}/charts/{POLICY}/Chart.yaml"
    if home is None or (inside if home.alone else f"charts/{alone}/Chart.yaml") not in survey.plan.remove:
        return
    old, new = (platform, alone) if home.alone else (alone, platform)
    of = next((node for node in registry.charts() if node.group), registry.charts()[0])
    first = f"upgrade {old}" if old in homes(registry).values() else f"uninstall {old}"
    yield (
        of if isinstance(of, Service) else of.workload,
        Hazard(
            "CG618",
            f'the policy chart moves from the release "{old}" to "{new}"',
            f"helm takes over nothing of another release: {first} first, then install {new}; between, the network "
            "policies alone hold",
        ),
    )


def _move(first: str, new: str, names: list[str], stay: list[Kept]) -> Hazard:
    """What stays, the new release must be told to take over: claims that a StatefulSet makes are nobody's, and found
    again."""
    old = first.rpartition(" ")[2]
    verb = "moves" if len(names) == 1 else "move"
    message = f'{first_of([listed([name]) for name in names])} {verb} from the release "{old}" to "{new}"'
    hint = f"helm takes over nothing of another release: {first} first, then install {new}"
    data = [str(each) for each in stay if each.data]
    more = [f"{len(stay) - len(data)} more"] if len(stay) > len(data) else []
    stays = "stays" if len(stay) == 1 else "stay"
    owned = f" with --take-ownership, because {' and '.join([', '.join(data), *more])} {stays}" if data else ""
    return Hazard("CG618", message, hint + owned)
