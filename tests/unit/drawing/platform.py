"""A small platform, built by hand, with one of everything that a drawing shows."""

from __future__ import annotations

from chartgen.drawing.picture import Picture, picture
from chartgen.registry.model import Images, Metadata, Registry
from chartgen.registry.pod import Container, Image, Port
from chartgen.registry.service import Edge, Kind, Service, ServiceAccount

HOSTILE = 'a"b\n\x1b[31m<script> #quot; `x` é 世界 \\ &amp; {{ y }}'


def port(name: str, number: int, *, expose: bool = True) -> Port:
    return Port(
        name=name,
        emitted_name=name,
        port=number,
        target_port=number,
        protocol="http",
        app_protocol="http",
        expose=expose,
    )


def service(name: str, ports: tuple[Port, ...] = (), edges: tuple[Edge, ...] = (), **facts: object) -> Service:
    return Service(
        name=name,
        path=("services", 0),
        image=Image(repository=name),
        main=Container(name=name),
        account=ServiceAccount(name=name),
        ports=ports,
        edges=edges,
        **facts,  # type: ignore[arg-type]
    )


def shop() -> Registry:
    """Five services in three waves: `end` (a keyword of Mermaid's) has a hostile owner and description."""
    store = (port("http", 8080), port("grpc", 9090), port("metrics", 9100, expose=False))
    return Registry(
        metadata=Metadata(name="shop", version="1.2.3", app_version="1.2.3", description="A shop"),
        images=Images(),
        services=(
            service("end", (port("http", 80),), (_waits("stock", "grpc"),), owner=HOSTILE, description=HOSTILE),
            service("mail", (port("http", 81),), owner="post", enabled=False),
            service("nightly", (), (_waits("end", "http"),), kind=Kind.CRON_JOB, owner="post"),
            service(
                "shop-front",
                (port("http", 82),),
                (_waits("end", "http"), Edge(target="mail", ports=("http",), optional=True)),
                exposed=True,
            ),
            service(
                "stock", store, (Edge(target="end", ports=("http",), startup=False),), kind=Kind.STATEFUL_SET, type="db"
            ),
        ),
    )


def scene() -> Picture:
    """Its picture."""
    return picture(shop())


def _waits(target: str, *ports: str) -> Edge:
    return Edge(target=target, ports=ports)
