"""What chartgen knows of a datastore's engine: ports, topologies, how to run one, what its operator makes of it.

An engine module is a list of facts. What runs inside the platform is told in the registry's own words (a service, as a
person would write it), so the compiler has one way to make a workload; what an operator runs is told by the names,
labels and ports that the operator really gives it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

Data: TypeAlias = dict[str, Any]
"""A service in the registry's words; short forms are fine."""


class Topology(StrEnum):
    """One pod; copies that take over from each other; or data spread over several."""

    SINGLE = "single"
    HA = "ha"
    CLUSTER = "cluster"


class Role(StrEnum):
    """What a datastore is to its callers."""

    DATABASE = "database"
    CACHE = "cache"
    BROKER = "broker"


class Way(StrEnum):
    """How a datastore is provided; in the order in which they are written everywhere."""

    BUILTIN = "builtin"
    OPERATOR = "operator"
    EXTERNAL = "external"


class Credentials(StrEnum):
    """Whether the engine runs without a Secret: never, if one is named, or always."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnginePort:
    """A port that clients use; `protocol` is the registry's word."""

    name: str
    port: int
    protocol: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic of a broker; 0: the broker's own number."""

    name: str
    partitions: int = 0
    replicas: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A datastore in one of its ways. `instances`: pods. `secret` empty: none. `size` and `storage_class` are those of
    one pod's claim; an empty class is the cluster's own."""

    name: str
    topology: Topology
    instances: int
    version: str
    size: str
    storage_class: str = ""
    database: str = ""
    user: str = ""
    secret: str = ""
    topics: tuple[Topic, ...] = ()
    role: Role = Role.DATABASE


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretKey:
    """Where a credential stands: the Secret's name and its key in there."""

    secret: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorObject:
    """A resource that an operator reads. `template`: a file of emit/templates/operators/, without its endings;
    `file`: its name in the chart, where several objects share a kind."""

    api_version: str
    kind: str
    name: str
    template: str
    file: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def resource(self) -> str:
        """What kubectl calls it: `kind.group name`."""
        group, _, _ = self.api_version.rpartition("/")
        return f"{self.kind.lower()}.{group} {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operated:
    """What an operator makes of a store. `objects`: what it is told, first the resource that stands for the whole: with
    that one goes all that the operator made of it. `host`: the Service that clients use. `ports`: port name → number,
    where it differs from the engine's. `pods`: labels that every pod of it has, and no other. `secrets`: credential →
    its place. `account`: the pods' ServiceAccount. `makes`: (kind, name) of what the operator itself makes, of the
    kinds that a chart of one's own has: the same name there would be in its way. `peer_ports`: between the pods, and
    `controller_ports`: what the operator's own pod calls on them (all TCP). `addressed`: of both, those that are called
    by a pod's address, and that no Service of the operator lists; `encrypted`: of the controller's, those among them
    that speak TLS of their own. `calls_api_server`: the pods talk to Kubernetes' API."""

    host: str
    pods: Mapping[str, str]
    objects: tuple[OperatorObject, ...]
    ports: Mapping[str, int] = field(default_factory=dict)
    secrets: Mapping[str, SecretKey] = field(default_factory=dict)
    account: str = ""
    makes: tuple[tuple[str, str], ...] = ()
    peer_ports: tuple[int, ...] = ()
    controller_ports: tuple[int, ...] = ()
    addressed: tuple[int, ...] = ()
    encrypted: tuple[int, ...] = ()
    calls_api_server: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many pods there can be: `least`, and `step` more each time. `most` 0: as many as one likes."""

    least: int = 1
    most: int = 0
    step: int = 1

    def takes(self, pods: int) -> bool:
        """Whether there can be so many."""
        fits = pods >= self.least and (not self.most or pods <= self.most)
        return fits and (pods - self.least) % self.step == 0

    def nearest(self, pods: int) -> int:
        """The next number above that there can be, else the highest."""
        steps = max(0, -(-(pods - self.least) // self.step))
        number = self.least + steps * self.step
        return min(number, self.most) if self.most else number

    def __str__(self) -> str:
        """The numbers that there can be, for people: `3, 5, 7, …`."""
        if self.least == self.most:
            return str(self.least)
        first = [self.least + step * self.step for step in range(3)]
        shown = [str(number) for number in first if not self.most or number <= self.most]
        more = not self.most or first[-1] < self.most
        return ", ".join([*shown, "…"] if more else shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Builtin:
    """How an engine runs inside the platform. `topologies`: those that it can really give → pods by default.
    `service`: the workload, in the registry's words. `peer_ports`: between the pods (all TCP).
    `secrets`: keys of the store's Secret that it honours, where the store has one; none: nobody has a password.
    `refused`: topology → why not, and the way out, for those that people would expect. `grows`: a cluster that runs
    takes further pods. `any_number`: nothing is known of what its pods are to each other, so any number will do.
    `needs`: settings of the container's security that its image cannot do without, though they are less than
    restricted; `chartgen lint` takes them from this engine. `ignores`: as the engine's, in this way alone."""

    topologies: Mapping[Topology, int]
    service: Callable[[Store], Data]
    grows: bool = False
    peer_ports: tuple[int, ...] = ()
    secrets: tuple[str, ...] = ("username", "password")
    refused: Mapping[Topology, str] = field(default_factory=dict)
    needs: Mapping[str, object] = field(default_factory=dict)
    ignores: Mapping[str, str] = field(default_factory=dict)
    any_number: bool = False

    def count(self, topology: Topology) -> Count:
        """How many pods the registry may ask for: several servers that do not know each other would be several stores;
        fewer than a cluster begins with, none."""
        least = self.topologies.get(topology, 1)
        return Count() if self.any_number else Count(least=least, most=least if topology is Topology.SINGLE else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """The operator that people use for the engine. `name`: its own, a key of `global.operators`; `namespace`: where it
    is by default; `source`: where the facts come from. `topologies`: topology → pods by default; `counts`: how many
    it takes. `resources`: what a pod needs to run at all. `makes_secret`: without a Secret of the store's own it makes
    one with username and password. `login_type`, `login_labels`: what it wants a Secret of the store's own to be.
    `max_name`: the longest name that a store can have, so that all that the operator names after it can be made."""

    name: str
    title: str
    namespace: str
    source: str
    topologies: Mapping[Topology, int]
    operated: Callable[[Store], Operated]
    counts: Mapping[Topology, Count] = field(default_factory=dict)
    resources: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    makes_secret: bool = False
    login_type: str = ""
    login_labels: Mapping[str, str] = field(default_factory=dict)
    max_name: int = 63

    def count(self, topology: Topology) -> Count:
        """How many pods it takes for that topology."""
        return self.counts.get(topology, Count())


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """One engine. The first of `ports` is the one that is meant where none is named. `scheme`: of its URL;
    `tls_scheme`: where it is spoken to through TLS. `ignores`: what a registry can say of a datastore and this engine
    has no use for (`topics`: their partitions and replicas) → why, and the way out."""

    name: str
    title: str
    role: Role
    version: str
    ports: tuple[EnginePort, ...]
    scheme: str
    tls_scheme: str = ""
    credentials: Credentials = Credentials.NONE
    builtin: Builtin | None = None
    operator: Operator | None = None
    size: str = "8Gi"
    ignores: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_custom(self) -> bool:
        """Whether its image, its ports and what a Secret does are the registry's to say."""
        return not self.ports
