"""Topics with their publishers and subscribers, in every form; datastores and externals in the graph of calls."""

from __future__ import annotations

import json

import pytest

from chartgen.drawing import events
from chartgen.drawing.document import document
from chartgen.drawing.dot import dot
from chartgen.drawing.mermaid import mermaid
from chartgen.drawing.picture import picture
from chartgen.drawing.text import draw
from chartgen.registry import compile_registry
from chartgen.registry.model import Registry

REGISTRY = """
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: shop, version: 1.0.0}
datastores:
  - {name: bus, engine: kafka}
  - {name: orders-db, engine: redis, topology: cluster}
externals:
  - {name: stripe, host: api.stripe.com}
services:
  - {name: orders, dependencies: [orders-db, stripe], events: {publishes: [orders.placed], subscribes: [payments.done]}}
  - {name: payments, events: {publishes: [payments.done], subscribes: [orders.placed, orders_void]}}
"""


@pytest.fixture(scope="module")
def shop() -> Registry:
    compiled = compile_registry("registry.yaml", REGISTRY.encode(), lambda _: None)
    assert compiled.registry is not None
    return compiled.registry


def test_a_cycle_through_topics_is_none_and_an_unpublished_topic_is_said(shop: Registry) -> None:
    assert events.text(events.streams(shop)) == (
        "shop 1.0.0 · 3 topics\n\nbus kafka\n"
        "  orders   → orders.placed → payments\n"
        "  nobody   → orders_void   → payments\n"
        "  payments → payments.done → orders\n"
    )


def test_the_same_as_data(shop: Registry) -> None:
    assert json.loads(json.dumps(events.document(events.streams(shop, ["orders"])))) == {
        "platform": {"name": "shop", "version": "1.0.0"},
        "topics": [
            {"name": "orders.placed", "broker": "bus", "publishers": ["orders"], "subscribers": ["payments"]},
            {"name": "payments.done", "broker": "bus", "publishers": ["payments"], "subscribers": ["orders"]},
        ],
    }


def test_markup_leads_from_publisher_to_topic_to_subscriber(shop: Registry) -> None:
    drawn = events.streams(shop, ["orders"])
    chart = events.mermaid(drawn)
    assert "flowchart LR" in chart
    assert "s0 --> t0" in chart and "t0 --> s1" in chart
    assert "s0 -> t0" in events.dot(drawn) and 'label="orders.placed\\nbus"' in events.dot(drawn)


def test_the_graph_of_calls_tells_the_three_sorts_apart(shop: Registry) -> None:
    scene = picture(shop)
    assert "2 services, 2 datastores, 1 external, 4 calls, 2 waves" in draw(scene)
    assert "redis cluster" in draw(scene) and "external api.stripe.com" in draw(scene)
    assert 's_orders_db[("orders-db<br/>redis cluster redis:6379")]' in mermaid(scene)
    assert "shape=cylinder" in dot(scene) and "shape=ellipse" in dot(scene)
    sorts = {node["name"]: node["sort"] for node in document(scene)["nodes"]}  # type: ignore[call-overload,index,union-attr]
    assert sorts == {
        "bus": "datastore",
        "orders": "service",
        "orders-db": "datastore",
        "payments": "service",
        "stripe": "external",
    }
