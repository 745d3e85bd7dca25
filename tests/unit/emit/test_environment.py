"""Order of environment variables: by name, but for those that others use as $(NAME)."""

from __future__ import annotations

from chartgen.emit.environment import env_value, in_order
from chartgen.registry.pod import ConfigKey, EnvVar, FieldPath, SecretKey


def names_in_order(**env: str) -> list[str]:
    return [name for name, _ in in_order([EnvVar(name=n, value=(v,)) for n, v in env.items()], {})]


def test_variables_are_sorted_by_name():
    assert names_in_order(B="1", A="2") == ["A", "B"]


def test_a_variable_precedes_its_user():
    assert names_in_order(A="$(Z)", Z="1", B="") == ["Z", "A", "B"]


def test_what_a_used_variable_uses_comes_before_it():
    assert names_in_order(A="$(Y)/$(Z)", Y="$(Z)", Z="1") == ["Z", "Y", "A"]


def test_an_escaped_use_is_none():
    assert names_in_order(A="$$(Z)", Z="1") == ["A", "Z"]
    assert names_in_order(A="$$$(Z)", Z="1") == ["Z", "A"]


def test_variables_that_use_each_other_in_a_ring_do_not_hang():
    assert sorted(names_in_order(A="$(B)", B="$(A)")) == ["A", "B"]


def test_references_to_secrets_configs_and_fields_are_kubernetes_own():
    assert env_value(SecretKey(name="db", key="pw", optional=True), {}) == {
        "secretKeyRef": {"name": "db", "key": "pw", "optional": True}
    }
    assert env_value(ConfigKey(name="c", key="k"), {}) == {"configMapKeyRef": {"name": "c", "key": "k"}}
    assert env_value(FieldPath(field="metadata.name"), {}) == {"fieldRef": {"fieldPath": "metadata.name"}}
