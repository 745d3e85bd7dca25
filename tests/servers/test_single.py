"""One pod of each engine that can be had here: it starts from nothing, keeps what it is given, lets in whom it should,
and stops when it is asked to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from chartgen.engines.engine import Role
from tests.servers.conftest import SECRET, Pods
from tests.servers.harness.pod import Pod

PASSWORD = SECRET["password"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The engine's own client, over the pod's address: `write` and `read` one thing, `enter` with a password. `keeps`:
    whether it outlives the pod. `quick`: whether the pod starts so soon that it may be killed besides."""

    write: Callable[[Pod], object]
    read: Callable[[Pod], str]
    enter: Callable[[Pod, str], int] | None = None
    keeps: bool = True
    quick: bool = True


def _psql(pod: Pod, sql: str, password: str = PASSWORD) -> tuple[int, str]:
    argv = ["psql", "-h", pod.address, "-U", "app", "-d", "orders", "-Atc", sql]
    done = pod.run(argv, environment={"PGPASSWORD": password})
    return done.code, done.stdout.strip() + done.stderr


def _mariadb(pod: Pod, sql: str, password: str = PASSWORD) -> tuple[int, str]:
    argv = ["mariadb", "--no-defaults", "-h", pod.address, "-u", "app", f"-p{password}", "-N", "-e", sql, "orders"]
    done = pod.run(argv)
    return done.code, done.stdout.strip() + done.stderr


def _redis(pod: Pod, *words: str, password: str = PASSWORD) -> tuple[int, str]:
    done = pod.run(["redis-cli", "-e", "-h", pod.address, *words], environment={"REDISCLI_AUTH": password})
    return done.code, done.stdout.strip() + done.stderr


def _memcached(pod: Pod, words: str) -> str:
    script = f"exec 3<>/dev/tcp/{pod.address}/11211; printf '{words}' >&3; timeout 1 cat <&3"
    return pod.run(["bash", "-c", script]).stdout


def _rabbit(pod: Pod, *words: str) -> str:
    return pod.ask("rabbitmqctl", "-q", *words)


CLIENTS = {
    "postgresql": Client(
        write=lambda pod: _psql(pod, "CREATE TABLE t (x int); INSERT INTO t VALUES (42)"),
        read=lambda pod: _psql(pod, "SELECT x FROM t")[1],
        enter=lambda pod, password: _psql(pod, "SELECT 1", password)[0],
    ),
    "mariadb": Client(
        write=lambda pod: _mariadb(pod, "CREATE TABLE t (x int); INSERT INTO t VALUES (42)"),
        read=lambda pod: _mariadb(pod, "SELECT x FROM t")[1],
        enter=lambda pod, password: _mariadb(pod, "SELECT 1", password)[0],
    ),
    "redis": Client(
        write=lambda pod: _redis(pod, "set", "x", "42"),
        read=lambda pod: _redis(pod, "get", "x")[1],
        enter=lambda pod, password: _redis(pod, "ping", password=password)[0],
    ),
    "memcached": Client(
        write=lambda pod: _memcached(pod, r"set x 0 0 2\r\n42\r\n"),
        read=lambda pod: "".join(_memcached(pod, r"get x\r\n").splitlines()[1:2]),
        keeps=False,
    ),
    "rabbitmq": Client(
        write=lambda pod: _rabbit(pod, "add_vhost", "42"),
        read=lambda pod: "42" if "42" in _rabbit(pod, "list_vhosts").splitlines() else "",
        enter=lambda pod, password: pod.run(["rabbitmqctl", "-q", "authenticate_user", "app", password]).code,
        quick=False,
    ),
}


@pytest.mark.parametrize("engine", CLIENTS)
def test_a_pod_of_its_own(engine: str, pods: Pods) -> None:
    client = CLIENTS[engine]
    [pod] = pods(engine)
    pod.start()
    pod.until_ready()
    client.write(pod)
    assert client.read(pod) == "42", pod.log
    if client.enter:
        assert client.enter(pod, PASSWORD) == 0, pod.log
        assert client.enter(pod, "another") != 0
    assert pod.probe("liveness")
    assert PASSWORD not in pod.log
    assert pod.stop(), pod.log
    _comes_back(pod, client)
    if client.quick:
        pod.kill()
        _comes_back(pod, client)


@pytest.mark.parametrize("role", [Role.CACHE, Role.BROKER])
def test_a_full_redis_forgets_as_a_cache_and_refuses_as_a_broker(role: Role, pods: Pods) -> None:
    [pod] = pods("redis", role=role)
    pod.service["resources"]["limits"]["memory"] = "16Mi"
    pod.start()
    pod.until_ready()
    answers = [_redis(pod, "set", f"key-{number}", "x" * 100_000) for number in range(120)]
    full = [answer for code, answer in answers if code != 0]
    assert bool(full) == (role is Role.BROKER), answers[-1]
    assert all("OOM" in answer for answer in full)
    assert _redis(pod, "config", "get", "maxmemory")[1].split() == ["maxmemory", str(16 * 1024 * 1024 // 10 * 6)]
    kept = int(_redis(pod, "dbsize")[1])
    # Which keys a cache forgets is drawn: its clock counts seconds, in which many keys are of one age.
    assert kept < len(answers) if role is Role.CACHE else kept == len(answers) - len(full)


def _comes_back(pod: Pod, client: Client) -> None:
    """At another address, with what it was given."""
    pod.start()
    pod.until_ready()
    assert client.read(pod) == ("42" if client.keeps else ""), pod.log
