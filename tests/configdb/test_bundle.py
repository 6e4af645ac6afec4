"""A tenant as a file: the same bytes each time, signed, and secrets that only the key opens."""

from __future__ import annotations

import json
from typing import Any

import pytest

from configdb.bundle import BundleKey, Objects, cloned, opened, pack, unpack
from configdb.errors import Refused
from configdb.secrets import Sealer

KEY, NODE = BundleKey(bytes(range(32))), Sealer(bytes(32))
PROMPTS = {"acme/prompt/hello.wav": {"sha256": "0" * 64, "size_bytes": 7}}


def objects() -> Objects:
    device = {"id": "d", "user": "ann", "username": "ann-desk", "ha1_md5": NODE.seal("a" * 32)}
    return {
        "tenant": {"acme": {"id": "acme", "name": "Acme", "caller_id": "+12025550123", "frozen": "audit"}},
        "user": {"ann": {"id": "ann", "name": "Zoë", "password_hash": "$argon2$secret", "caller_id": "+12025550123"}},
        "device": {"d": device | {"ha1_sha256": NODE.seal("b" * 64)}},
        "number": {"+12025550123": {"id": "+12025550123", "target": {"kind": "user", "id": "ann"}}},
        "api_key": {"k": {"id": "k", "name": "K", "key_sha256": "c" * 64}},
    }


def test_out_and_in_and_out_again_is_the_same_file_to_the_byte() -> None:
    other = Sealer(bytes([7] * 32))
    first = pack("acme", objects(), PROMPTS, KEY, NODE)
    second = pack("acme", opened(unpack(first), KEY, other), PROMPTS, KEY, other)
    assert first == second
    assert first == pack("acme", objects(), PROMPTS, KEY, NODE)
    assert opened(unpack(first), KEY, other)["user"] == objects()["user"]


def test_no_secret_is_in_a_file_in_clear_and_without_secrets_none_is_in_it_at_all() -> None:
    for node in (NODE, None):
        text = pack("acme", objects(), PROMPTS, KEY, node).decode()
        assert not [secret for secret in ("a" * 32, "b" * 64, "c" * 64, "argon2") if secret in text]
    assert "ha1" not in pack("acme", objects(), PROMPTS, KEY, None).decode()


@pytest.mark.parametrize("field", ["tenant", "objects", "prompts", "secrets", "signature", "signer", "bundle"])
def test_a_file_that_was_changed_is_refused(field: str) -> None:
    document: dict[str, Any] = json.loads(pack("acme", objects(), PROMPTS, KEY, NODE))
    changed = {"objects": {}, "prompts": {}, "bundle": 2}.get(field, BundleKey(bytes(32)).sign(b"x"))
    with pytest.raises(Refused) as refused:
        unpack(json.dumps({**document, field: changed}).encode())
    assert (422, "invalid_bundle") == (refused.value.status, refused.value.code)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b'{"signature": 1}', b"[" * 100_000, b"\xff"])
def test_what_is_no_file_of_ours_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        unpack(data)


def test_a_file_is_read_in_another_layout_but_secrets_need_its_key() -> None:
    document = json.loads(pack("acme", objects(), PROMPTS, KEY, NODE))
    bundle = unpack(json.dumps(document, indent=2).encode())
    assert (KEY.signer, "acme", True) == (bundle.signer, bundle.tenant, bundle.sealed)
    with pytest.raises(Refused):
        opened(bundle, BundleKey(bytes(32)), NODE)


def test_a_tenant_like_another_has_its_own_names_and_none_of_its_numbers_and_secrets() -> None:
    made = cloned(objects(), "acme", "acme2", "Acme Two")
    assert {"tenant", "user", "device"} == set(made)
    assert {"id": "acme2", "name": "Acme Two", "caller_id": None, "frozen": ""} == made["tenant"]["acme2"]
    assert {"id": "ann", "name": "Zoë", "caller_id": None} == made["user"]["ann"]
    assert {"id": "d", "user": "ann", "username": "acme2-ann-desk"} == made["device"]["d"]
