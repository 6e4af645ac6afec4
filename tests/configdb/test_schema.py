"""Documents and values: a document that says everything is the same value as one that says what is unusual, and as small."""

from __future__ import annotations

import json
from typing import Any

import pytest

from configdb.errors import Refused
from configdb.model import KINDS, Tenant, User
from configdb.schema import to_document, to_value
from installer import demo_tenant

DEMO = demo_tenant.documents(lambda *_: ("a" * 32, "b" * 64))


@pytest.mark.parametrize(("kind", "id"), list(DEMO))
def test_a_document_that_says_everything_is_the_same_value(kind: str, id: str) -> None:
    short = to_value(kind, id, DEMO[(kind, id)])
    whole = to_document(short)
    again = to_value(kind, id, json.loads(json.dumps(whole)))
    assert short == again
    assert whole == to_document(again)
    assert set(KINDS[kind].model_fields) == set(whole)
    assert short == KINDS[kind].model_validate(whole)


def test_values_share_what_is_usual() -> None:
    def full(id: str) -> Any:
        return to_value("user", id, to_document(User(id=id, name=id, extension="101")))

    assert full("ann").limits is full("ben").limits
    tenants = [to_value("tenant", id, to_document(Tenant(id=id, name=id))) for id in ("acme", "other")]
    assert tenants[0].outbound is tenants[1].outbound  # type: ignore[attr-defined]  # both are tenants


@pytest.mark.parametrize(("field", "wrong"), [("dnd", "perhaps"), ("ring_s", None), ("limits", []), ("rolf", None)])
def test_what_is_no_default_is_checked(field: str, wrong: object) -> None:
    document = to_document(User(id="ann", name="Ann", extension="101"))
    with pytest.raises(Refused) as refused:
        to_value("user", "ann", document | {field: wrong})
    assert (f"/user/ann/{field}",) == refused.value.pointers
