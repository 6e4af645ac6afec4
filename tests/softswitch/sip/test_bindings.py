"""The registrar's rule (RFC 3261 10.3), row by row."""

from __future__ import annotations

import random

import pytest

from softswitch.sip.bindings import Bindings, Policy, Refused, Registered, Source, expire, register
from tests.softswitch.sip import messages

HOME = Source("udp", "203.0.113.7", 40000)
DESK, CELL = "<sip:ann@192.0.2.7:5060>", "<sip:ann@198.51.100.2:5062;transport=tcp>"


def apply(
    bindings: Bindings,
    *headers: str,
    now: float = 0.0,
    cseq: int = 1,
    call_id: str = "a@phone",
    source: Source = HOME,
    policy: Policy | None = None,
) -> Registered | Refused:
    return register(bindings, messages.register(*headers, cseq=cseq, call_id=call_id), now, source, policy)


def bound(*headers: str, **options: int | str) -> Bindings:
    result = apply((), *headers, **options)  # type: ignore[arg-type]  # cseq or call_id
    assert isinstance(result, Registered)
    return result.bindings


def listed(result: Registered, now: float = 0.0) -> tuple[str, ...]:
    return tuple(binding.contact(now) for binding in result.bindings)


def uris(bindings: Bindings) -> list[str]:
    return [binding.uri for binding in bindings]


def test_a_new_contact_is_bound_to_where_it_came_from() -> None:
    result = apply((), f"Contact: {DESK};q=0.5;expires=600", "User-Agent: Desk 1")
    assert isinstance(result, Registered)
    [binding] = result.bindings
    assert ("sip:ann@192.0.2.7:5060", 0.5, 600.0, "a@phone", 1, HOME, "Desk 1") == (
        binding.uri,
        binding.q,
        binding.expires_at,
        binding.call_id,
        binding.cseq,
        binding.source,
        binding.user_agent,
    )
    assert ("<sip:ann@192.0.2.7:5060>;expires=600;q=0.5",) == listed(result)
    assert (result.bindings, (), ()) == (result.added, result.refreshed, result.removed)


@pytest.mark.parametrize(
    "headers, expires_s",
    [
        ([f"Contact: {DESK};expires=120", "Expires: 300"], 120),
        ([f"Contact: {DESK}", "Expires: 300"], 300),
        ([f"Contact: {DESK}"], 3600),
        ([f"Contact: {DESK};expires=soon"], 3600),
        ([f"Contact: {DESK};expires=99999999999999"], 3600),
        ([f"Contact: {DESK};expires=60"], 60),
    ],
)
def test_the_life_of_a_contact_is_its_own_or_the_requests_or_the_default(headers: list[str], expires_s: int) -> None:
    assert expires_s == bound(*headers)[0].expires_in_s(0.0)


def test_too_short_a_life_is_423_and_changes_nothing() -> None:
    refused = apply((), f"Contact: {CELL}", f"Contact: {DESK};expires=59")
    assert Refused(423, "Interval Too Brief", (("Min-Expires", "60"),)) == refused


def test_a_request_without_contacts_only_asks() -> None:
    before = bound(f"Contact: {DESK}")
    result = apply(before, cseq=2, now=600.0)
    assert isinstance(result, Registered)
    assert (before, ("<sip:ann@192.0.2.7:5060>;expires=3000;q=1",)) == (result.bindings, listed(result, 600.0))


def test_a_refresh_keeps_one_binding_and_follows_the_source() -> None:
    moved = Source("udp", "203.0.113.7", 40001)
    result = apply(bound(f"Contact: {DESK}"), f"Contact: {DESK}", now=1800.0, cseq=2, source=moved)
    assert isinstance(result, Registered)
    assert [(moved, 5400.0, 2)] == [(each.source, each.expires_at, each.cseq) for each in result.bindings]
    assert ((), ()) == (result.added, result.removed)


def test_equal_uris_in_other_words_are_one_binding() -> None:
    result = apply(bound("Contact: <sip:%61nn@Host.example.com;x=1>"), "Contact: <sip:ann@host.example.com>", cseq=2)
    assert isinstance(result, Registered)
    assert ["sip:ann@host.example.com"] == uris(result.bindings)


def test_headers_and_method_of_a_contact_are_kept_and_no_part_of_what_is_called() -> None:
    written = "sip:ann@host.example.com;method=BYE;x=1?Route=%3Csip:192.0.2.66%3E&Subject=a"
    result = bound(f"Contact: <{written}>")
    assert ([written], ["sip:ann@host.example.com;x=1"]) == (uris(result), [b.target for b in result])
    again = apply(result, f"Contact: <{written}>", cseq=2)
    assert isinstance(again, Registered)
    assert ([written], (), 1) == (uris(again.bindings), again.added, len(again.refreshed))


def test_a_phone_with_an_instance_id_has_one_binding_after_a_restart() -> None:
    instance = ';+sip.instance="<urn:uuid:1>"'
    result = apply(bound(f"Contact: {DESK}{instance}"), f"Contact: {CELL}{instance}", call_id="b@phone")
    assert isinstance(result, Registered)
    assert ["sip:ann@198.51.100.2:5062;transport=tcp"] == uris(result.bindings)
    assert ["sip:ann@192.0.2.7:5060"] == uris(result.removed)


def test_two_phones_are_two_bindings_best_first() -> None:
    result = apply(bound(f"Contact: {DESK};q=0.2"), f"Contact: {CELL};q=0.8", call_id="b@phone")
    assert isinstance(result, Registered)
    assert ["sip:ann@198.51.100.2:5062;transport=tcp", "sip:ann@192.0.2.7:5060"] == uris(result.bindings)


@pytest.mark.parametrize("life", [";expires=0", ""])
def test_expires_0_removes_a_contact(life: str) -> None:
    result = apply(bound(f"Contact: {DESK}, {CELL}"), f"Contact: {DESK}{life}", "Expires: 0", cseq=2)
    assert isinstance(result, Registered)
    assert ["sip:ann@198.51.100.2:5062;transport=tcp"] == uris(result.bindings)


def test_a_wildcard_removes_all() -> None:
    result = apply(bound(f"Contact: {DESK}, {CELL}"), "Contact: *", "Expires: 0", cseq=2)
    assert isinstance(result, Registered)
    assert ((), (), 2) == (result.bindings, listed(result), len(result.removed))


@pytest.mark.parametrize(
    "headers",
    [
        ["Contact: *"],
        ["Contact: *", "Expires: 60"],
        ["Contact: *", f"Contact: {DESK}", "Expires: 0"],
        ["Contact: <name:John>"],
        ["Contact: <tel:+12025550123>"],
        ["Contact: sip:a@b?Route=%3Csip:c%3E"],
        ["Contact: ???"],
        [f"Contact: {', '.join(f'<sip:ann@h{n}>' for n in range(11))}"],
    ],
)
def test_contacts_that_cannot_be_are_400(headers: list[str]) -> None:
    result = apply((), *headers)
    assert isinstance(result, Refused)
    assert 400 == result.status


@pytest.mark.parametrize(
    "cseq, call_id, expected",
    [(5, "a@phone", Refused), (4, "a@phone", Refused), (6, "a@phone", Registered), (1, "b@phone", Registered)],
)
@pytest.mark.parametrize("headers", [[f"Contact: {DESK}"], ["Contact: *", "Expires: 0"]])
def test_an_older_request_of_the_same_phone_changes_nothing(
    cseq: int, call_id: str, expected: type, headers: list[str]
) -> None:
    result = apply(bound(f"Contact: {DESK}", cseq=5), *headers, cseq=cseq, call_id=call_id)
    assert expected is type(result)
    assert not isinstance(result, Refused) or 500 == result.status


def test_an_update_is_made_whole_or_not_at_all() -> None:
    before = bound(f"Contact: {DESK}", cseq=5)
    assert isinstance(apply(before, f"Contact: {CELL}, {DESK};expires=0", cseq=5), Refused)
    assert ["sip:ann@192.0.2.7:5060"] == uris(before)


def test_beyond_the_limit_the_contact_that_ends_first_gives_way() -> None:
    policy = Policy(contacts_max=2)
    before = bound(f"Contact: {DESK};expires=100, {CELL};expires=200")
    result = apply(before, "Contact: <sip:ann@third>;expires=300", call_id="b@phone", policy=policy)
    assert isinstance(result, Registered)
    assert {"sip:ann@198.51.100.2:5062;transport=tcp", "sip:ann@third"} == set(uris(result.bindings))
    assert ["sip:ann@192.0.2.7:5060"] == uris(result.removed)


def test_contacts_end_with_their_life() -> None:
    before = bound(f"Contact: {DESK};expires=100, {CELL};expires=200")
    assert (before, ()) == expire(before, 99.9)
    alive, ended = expire(before, 100.0)
    assert (["sip:ann@198.51.100.2:5062;transport=tcp"], ["sip:ann@192.0.2.7:5060"]) == (uris(alive), uris(ended))


def test_parameters_of_a_contact_stay_out_of_its_uri() -> None:
    assert ["sip:ann@h"] == uris(bound("Contact: sip:ann@h;unknownparam"))
    assert ["sip:ann@h;unknownparam"] == uris(bound("Contact: <sip:ann@h;unknownparam>"))


FLOW_1 = '<sip:ann@192.0.2.7>;+sip.instance="<urn:uuid:1>";reg-id=1'
FLOW_2 = '<sip:ann@192.0.2.7>;+sip.instance="<urn:uuid:1>";reg-id=2'


def test_each_flow_of_a_phone_is_a_contact_of_its_own() -> None:
    both = apply(
        bound(f"Contact: {FLOW_1}", "Supported: outbound"), f"Contact: {FLOW_2}", "Supported: outbound", cseq=2
    )
    assert isinstance(both, Registered)
    assert ({1, 2}, True, ()) == ({binding.reg_id for binding in both.bindings}, both.outbound, both.removed)
    again = apply(both.bindings, f"Contact: {FLOW_1}", "Supported: outbound", cseq=3, call_id="other")
    assert isinstance(again, Registered)
    assert ([1], (), ()) == ([binding.reg_id for binding in again.refreshed], again.added, again.removed)


def test_without_the_outbound_tag_or_an_instance_a_reg_id_means_nothing() -> None:
    for headers in ([f"Contact: {FLOW_1}"], ["Contact: <sip:a@h>;reg-id=1", "Supported: outbound"]):
        result = apply((), *headers)
        assert isinstance(result, Registered)
        assert (None, False) == (result.bindings[0].reg_id, result.outbound)


def test_flows_through_a_proxy_that_does_not_keep_them_are_439() -> None:
    via = "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKup"
    refused = apply((), f"Contact: {FLOW_1}", "Supported: outbound", "Path: <sip:edge;lr>", via)
    assert Refused(439, "First Hop Lacks Outbound Support") == refused
    kept = apply((), f"Contact: {FLOW_1}", "Supported: outbound, path", "Path: <sip:edge;lr;ob>", via)
    assert isinstance(kept, Registered)
    assert (1, ("<sip:edge;lr;ob>",)) == (kept.bindings[0].reg_id, kept.bindings[0].path)


def test_two_flows_in_one_request_are_400() -> None:
    refused = apply((), f"Contact: {FLOW_1}", f"Contact: {FLOW_2}", "Supported: outbound")
    assert Refused(400, "One Flow At A Time") == refused


def test_a_phone_that_came_back_without_flows_replaces_all_of_them() -> None:
    before = bound(f"Contact: {FLOW_1}", "Supported: outbound")
    after = apply(before, 'Contact: <sip:ann@192.0.2.9>;+sip.instance="<urn:uuid:1>"', call_id="new")
    assert isinstance(after, Registered)
    assert ["sip:ann@192.0.2.9"] == uris(after.bindings)


def test_two_contacts_of_one_phone_in_one_request_are_two() -> None:
    instance = '+sip.instance="<urn:uuid:1>"'
    both = bound(f"Contact: <sip:a@h>;{instance}", f"Contact: <sip:b@h>;{instance}")
    assert {"sip:a@h", "sip:b@h"} == set(uris(both))


def test_too_many_or_malformed_path_values_are_400() -> None:
    for path in (", ".join(f"<sip:p{n};lr>" for n in range(11)), "<mailto:x@y>"):
        result = apply((), f"Contact: {DESK}", f"Path: {path}")
        assert isinstance(result, Refused)
        assert 400 == result.status


@pytest.mark.parametrize(
    "providers, params, status",
    [
        (frozenset(), "pn-provider=acme;pn-prid=1", 200),
        (frozenset({"fcm"}), "pn-provider=fcm;pn-prid=1", 200),
        (frozenset({"fcm"}), "pn-provider", 200),
        (frozenset({"fcm"}), "pn-provider=acme;pn-prid=1", 555),
    ],
)
def test_a_push_service_that_is_not_ours_is_555_where_there_is_any(
    providers: frozenset[str], params: str, status: int
) -> None:
    result = apply((), f"Contact: <sip:a@h;{params}>", policy=Policy(push_providers=providers))
    assert status == (200 if isinstance(result, Registered) else result.status)


def test_a_phone_that_can_be_woken_may_sleep_for_days_and_another_may_not() -> None:
    ours = Policy(push_providers=frozenset({"webpush"}))
    sleepy = apply((), "Contact: <sip:a@h;pn-provider=webpush;pn-prid=1>;expires=604800", policy=ours)
    plain = apply((), "Contact: <sip:a@h>;expires=604800", policy=ours)
    foreign = apply((), "Contact: <sip:a@h;pn-provider=webpush;pn-prid=1>;expires=604800")
    results = [sleepy, plain, foreign]
    assert [604_800, 3600, 3600] == [
        one.bindings[0].expires_in_s(0.0) for one in results if isinstance(one, Registered)
    ]
    assert [True, False, False] == [one.bindings[0].push is not None for one in results if isinstance(one, Registered)]


def test_an_answer_lists_instance_flow_and_names() -> None:
    [binding] = bound(f"Contact: {FLOW_1}", "Supported: outbound")
    expected = '<sip:ann@192.0.2.7>;expires=3600;q=1;+sip.instance="<urn:uuid:1>";reg-id=1;pub-gruu="sip:x"'
    assert expected == binding.contact(0.0, {"pub-gruu": '"sip:x"'})


class Model:
    """The registrar's rule said once more, as simply as it can be: a table of URIs."""

    def __init__(self) -> None:
        self.table: dict[str, tuple[float, str, int]] = {}

    def apply(self, now: float, call_id: str, cseq: int, wanted: dict[str, int], star: bool) -> int:
        self.table = {uri: row for uri, row in self.table.items() if row[0] > now}
        touched = list(self.table) if star else [uri for uri in wanted if uri in self.table]
        if not star and any(0 < expires_s < 60 for expires_s in wanted.values()):
            return 423
        if any(self.table[uri][1] == call_id and cseq <= self.table[uri][2] for uri in touched):
            return 500
        for uri in touched:
            del self.table[uri]
        self.table |= {uri: (now + life, call_id, cseq) for uri, life in wanted.items() if life}
        return 200


@pytest.mark.parametrize("seed", range(20))
def test_any_sequence_of_requests_leaves_what_the_model_says(seed: int) -> None:
    rng, model, bindings, now = random.Random(seed), Model(), (), 0.0
    for _ in range(100):
        now += rng.choice((0, 1, 30, 200, 4000))
        call_id, cseq, star = rng.choice("ab"), rng.randrange(1, 40), rng.random() < 0.1
        chosen = rng.sample(["sip:a@h", "sip:b@h", "sip:c@h;transport=tcp", "sips:d@h"], rng.randrange(0, 4))
        wanted = {} if star else {uri: rng.choice((0, 30, 60, 600, 3600)) for uri in chosen}
        headers = [f"Contact: <{uri}>;expires={life}" for uri, life in wanted.items()]
        result = apply(
            bindings, *(["Contact: *", "Expires: 0"] if star else headers), now=now, cseq=cseq, call_id=call_id
        )
        status = 200 if isinstance(result, Registered) else result.status
        assert model.apply(now, call_id, cseq, wanted, star) == status
        bindings = result.bindings if isinstance(result, Registered) else expire(bindings, now)[0]
        assert model.table == {b.uri: (b.expires_at, b.call_id, b.cseq) for b in bindings}
