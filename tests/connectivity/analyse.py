"""Run by the Python of network-config-analyzer: `analyse.py MANIFESTS`, with the paths of interest as JSON on stdin;
prints, for each layer, who may call whom: [callers, callees, ports, methods, paths]."""

from __future__ import annotations

import json
import sys
from typing import Any

from nca.CoreDS.MethodSet import MethodSet
from nca.NetworkConfig.NetworkLayer import NetworkLayerName
from nca.NetworkConfig.ResourcesHandler import ResourcesHandler

LAYERS = {"network": NetworkLayerName.K8s_Calico, "authorization": NetworkLayerName.Istio}
WHOLE = {"src_peers", "dst_peers", "protocols", "dst_ports", "methods", "paths", "hosts"}


def main() -> None:
    said, sys.stdout = sys.stdout, sys.stderr  # it has much to say
    paths = json.load(sys.stdin)
    manifests = [sys.argv[1]]
    config = ResourcesHandler().get_network_config(manifests, None, None, manifests)
    found = {name: list(cubes(config, layer, paths)) for name, layer in LAYERS.items()}
    json.dump(found, said)


def cubes(config: Any, layer: NetworkLayerName, paths: list[str]) -> Any:
    """The parts of which a layer's allowed connections are the union."""
    allowed = config.allowed_connections(layer).all_allowed_conns
    assert set(allowed.active_dimensions) <= WHOLE, allowed.active_dimensions
    for each in allowed:
        cube = allowed.get_connectivity_cube(each)
        if "TCP" not in str(cube["protocols"]).split(", ") and not cube.is_full_dim("protocols"):
            continue
        assert cube.is_full_dim("hosts")
        yield [
            names(cube["src_peers"]),
            names(cube["dst_peers"]),
            [[interval.start, interval.end] for interval in cube["dst_ports"].port_set],
            [word for number, word in enumerate(MethodSet.all_methods_list) if number in numbers(cube["methods"])],
            [path for path in paths if cube.is_full_dim("paths") or path in cube["paths"]],
        ]


def names(peers: Any) -> list[str]:
    """The pods among the peers."""
    return sorted(str(peer.full_name()) for peer in peers if type(peer).__name__ == "Pod")


def numbers(methods: MethodSet) -> set[int]:
    return {number for interval in methods for number in range(interval.start, interval.end + 1)}


if __name__ == "__main__":
    main()
