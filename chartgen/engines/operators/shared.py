"""What several operators are told alike."""

from __future__ import annotations

from chartgen.engines.engine import OperatorObject, SecretKey, Store


def service_account(store: Store) -> OperatorObject:
    """An account for the pods of an operator that makes none: without it they run as `default`."""
    return OperatorObject(
        api_version="v1",
        kind="ServiceAccount",
        name=store.name,
        template="serviceaccount",
        file="serviceaccount-operator.yaml",
    )


def own_secret(store: Store, *keys: str) -> dict[str, SecretKey]:
    """Credential → its place in the Secret that the registry names; none without one."""
    return {key: SecretKey(secret=store.secret, key=key) for key in keys if store.secret}
