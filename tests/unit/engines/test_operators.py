"""What is known of operators holds together; against their CRDs it is judged in tests/helm and tests/cluster."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chartgen.emit
from chartgen.emit import shapes
from chartgen.engines import ENGINES
from chartgen.engines.engine import Operated, Operator, Store, Topic, Topology
from chartgen.engines.operators import names
from scripts import operator_schema

TEMPLATES = Path(chartgen.emit.__file__).with_name("templates") / "operators"
KINDS = json.loads(operator_schema.FILE.read_text(encoding="utf-8"))["kinds"]
OPERATORS = {engine.name: engine.operator for engine in ENGINES.values() if engine.operator}
CASES = [(engine, topology) for engine, operator in OPERATORS.items() for topology in operator.topologies]
TOPICS = (Topic(name="tickets.sold", partitions=12), Topic(name="Odd_Name"))
DNS_LABEL = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")


def test_the_engines_that_people_run_by_operator_have_one() -> None:
    assert {"postgresql", "redis", "kafka", "rabbitmq", "mongodb", "mysql"} <= set(OPERATORS)


@pytest.mark.parametrize("engine", OPERATORS)
def test_an_operator_tells_where_its_facts_are_from(engine: str) -> None:
    operator = OPERATORS[engine]
    assert re.match(r"https://github\.com/[^ ]+( at |, branch )", operator.source)
    assert DNS_LABEL.fullmatch(operator.name)
    assert DNS_LABEL.fullmatch(operator.namespace)


@pytest.mark.parametrize(("engine", "topology"), CASES)
def test_the_usual_number_of_pods_is_one_that_it_takes(engine: str, topology: Topology) -> None:
    operator = OPERATORS[engine]
    assert operator.count(topology).takes(operator.topologies[topology])


@pytest.mark.parametrize(("engine", "topology"), CASES)
def test_values_take_the_numbers_that_the_registry_takes(engine: str, topology: Topology) -> None:
    count = OPERATORS[engine].count(topology)
    schema = jsonschema_rs.Draft7Validator(json.loads(shapes.pods(count)))
    assert [n for n in range(-1, 60) if schema.is_valid(n)] == [n for n in range(-1, 60) if count.takes(n)]
    assert not schema.is_valid("3")


@pytest.mark.parametrize(("engine", "topology"), CASES)
def test_what_is_in_the_way_of_another_way_goes_with_the_resource(engine: str, topology: Topology) -> None:
    """A Service and a StatefulSet can be missed for a moment, the rest is named otherwise; and the page tells it."""
    found = operated(engine, topology)
    assert found.objects[0].name == "orders-db"
    assert "." in found.objects[0].api_version, "the resource that stands for the whole is the operator's"
    assert set(found.makes).isdisjoint((each.kind, each.name) for each in found.objects)
    own = {("ServiceAccount", "orders-db-builtin"), ("PodDisruptionBudget", "orders-db-builtin")}
    assert set(found.makes).isdisjoint(own)


@pytest.mark.parametrize(("engine", "topology"), CASES)
def test_every_object_has_its_template_and_its_fields_are_known(engine: str, topology: Topology) -> None:
    for thing in operated(engine, topology).objects:
        assert (TEMPLATES / f"{thing.template}.yaml.j2").is_file(), thing.template
        own = thing.api_version in ("v1", "policy/v1")
        assert own or f"{thing.api_version} {thing.kind}" in KINDS


@pytest.mark.parametrize(("engine", "topology"), CASES)
def test_objects_do_not_share_a_name_or_a_file(engine: str, topology: Topology) -> None:
    things = operated(engine, topology, secret="login").objects
    assert len({(thing.kind, thing.name) for thing in things}) == len(things)
    files = [thing.file for thing in things if thing.file]
    assert len(set(files)) == len(files)
    assert all(file.endswith(".yaml") for file in files)


@pytest.mark.parametrize(("engine", "topology"), CASES)
def test_the_longest_name_leaves_room_for_all_that_is_named_after_it(engine: str, topology: Topology) -> None:
    operator = OPERATORS[engine]
    found = operated(engine, topology, name="d" * operator.max_name)
    assert DNS_LABEL.fullmatch(found.host)
    assert all(len(value) <= 63 for value in found.pods.values())
    assert len(found.account) <= 63


@pytest.mark.parametrize(("engine", "topology"), CASES)
def test_pods_are_told_apart_from_those_of_another_store(engine: str, topology: Topology) -> None:
    one, other = (operated(engine, topology, name=name).pods for name in ("orders-db", "users-db"))
    assert one != other
    assert "orders-db" in one.values()


@pytest.mark.parametrize(("engine", "topology"), CASES)
def test_ports_are_ports(engine: str, topology: Topology) -> None:
    found = operated(engine, topology)
    for port in (*found.peer_ports, *found.controller_ports, *found.ports.values()):
        assert 1 <= port <= 65535


@pytest.mark.parametrize(("engine", "topology"), CASES)
def test_a_secret_of_the_stores_own_is_the_one_that_callers_get(engine: str, topology: Topology) -> None:
    own = operated(engine, topology, secret="login").secrets
    assert own["password"].secret == "login"
    assert own["password"].key == "password"
    made = operated(engine, topology).secrets
    if OPERATORS[engine].makes_secret:
        assert {"username", "password"} <= set(made)
        assert all(place.secret.startswith("orders-db-") for place in made.values())
    else:
        assert made == {}


@pytest.mark.parametrize(("engine", "topology"), CASES)
def test_a_version_of_the_registry_is_the_one_that_runs(engine: str, topology: Topology) -> None:
    facts = [value for thing in operated(engine, topology, version="9.8.7").objects for value in thing.facts.values()]
    assert any("9.8.7" in str(value) for value in facts)
    assert not any("9.8.7" in str(thing.facts) for thing in operated(engine, topology).objects)


def test_names_are_those_that_the_operators_give() -> None:
    """Each is cited in its module; a change there is a change for every caller."""
    hosts = {f"{engine} {topology}": operated(engine, topology).host for engine, topology in CASES}
    assert hosts == {
        "postgresql single": "orders-db-rw",
        "postgresql ha": "orders-db-rw",
        "mysql single": "orders-db-mysql",
        "mysql ha": "orders-db-haproxy",
        "mongodb single": "orders-db-rs0",
        "mongodb ha": "orders-db-rs0",
        "mongodb cluster": "orders-db-mongos",
        "redis single": "orders-db",
        "redis ha": "orders-db-master",
        "redis cluster": "orders-db-leader",
        "kafka single": "orders-db-kafka-bootstrap",
        "kafka ha": "orders-db-kafka-bootstrap",
        "kafka cluster": "orders-db-kafka-bootstrap",
        "rabbitmq single": "orders-db",
        "rabbitmq ha": "orders-db",
        "rabbitmq cluster": "orders-db",
    }


def test_what_postgresql_tells_its_callers_is_in_one_secret() -> None:
    secrets = operated("postgresql", Topology.HA).secrets
    assert {place.secret for place in secrets.values()} == {"orders-db-app"}
    assert {"username", "password", "database", "host", "port", "uri"} <= set(secrets)


@pytest.mark.parametrize("engine", ["kafka", "rabbitmq"])
def test_a_broker_has_an_object_for_each_topic(engine: str) -> None:
    things = operated(engine, Topology.CLUSTER).objects
    topics = [thing.facts["topic"].name for thing in things if "topic" in thing.facts]
    assert topics == ["tickets.sold", "Odd_Name"]


@given(st.sets(st.text(st.characters(codec="ascii", categories=("L", "N"), include_characters="._-"), min_size=1)))
def test_topics_get_names_of_their_own_that_kubernetes_takes(topics: set[str]) -> None:
    found = [names.of_topic("bus", topic) for topic in sorted(topics)]
    assert len(set(found)) == len(found)
    for name in found:
        assert len(name) <= 253
        assert all(re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", part) for part in name.split("."))


def operated(
    engine: str, topology: Topology, *, name: str = "orders-db", secret: str = "", version: str = ""
) -> Operated:
    operator: Operator = OPERATORS[engine]
    return operator.operated(
        Store(
            name=name,
            topology=topology,
            instances=operator.topologies[topology],
            version=version,
            size="8Gi",
            database="orders",
            user="app",
            secret=secret,
            topics=TOPICS if ENGINES[engine].role == "broker" else (),
        )
    )
