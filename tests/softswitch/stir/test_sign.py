"""Our word for a caller."""

from __future__ import annotations

from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from softswitch.stir.cache import Cache
from softswitch.stir.credential import expires_at, read_chain
from softswitch.stir.faults import Fault, Kind
from softswitch.stir.limits import CACHED_MAX
from softswitch.stir.passport import canonical, decode
from softswitch.stir.sign import Signer, attestation_of
from softswitch.stir.verify import Question, judge, read_claims
from tests.softswitch.stir.ca import DAY_S, DEST, NOW, ORIG, URL, Ca

ROOT, KEY = Ca(), ec.generate_private_key(ec.SECP256R1())
SIGNER = Signer(KEY, URL, UUID(int=7))


def test_what_we_sign_is_what_we_would_believe() -> None:
    header = SIGNER.identity("A", "riverside", ORIG, DEST, NOW)
    (claim,), faults = read_claims([header], Question(ORIG, DEST, NOW, NOW))
    verdict = judge(claim, [read_chain(ROOT.leaf(KEY))], (ROOT.certificate,), NOW)
    assert ([], "passed", "A") == (faults, verdict.outcome, verdict.attestation)


def test_the_token_is_written_as_the_rfcs_say() -> None:
    header = SIGNER.identity("B", "riverside", ORIG, DEST, NOW)
    token, _, tail = header.partition(";")
    passport = decode(token)
    assert ["alg", "ppt", "typ", "x5u"] == list(passport.header)
    assert ["attest", "dest", "iat", "orig", "origid"] == list(passport.claims)
    assert ({"tn": ORIG}, {"tn": [DEST]}, int(NOW)) == tuple(passport.claims[name] for name in ("orig", "dest", "iat"))
    assert f"info=<{URL}>;alg=ES256;ppt=shaken" == tail


def test_the_origin_is_one_for_each_tenant() -> None:
    def origin(tenant: str) -> object:
        return decode(SIGNER.identity("A", tenant, ORIG, DEST, NOW).partition(";")[0]).claims["origid"]

    assert origin("one") == origin("one") != origin("two")
    assert "one" not in str(origin("one"))


@pytest.mark.parametrize(
    ("number", "is_customers", "expected"),
    [
        ("+12025550100", True, "A"),
        ("+12025550199", True, "B"),
        ("+12025550100", False, "C"),
        ("anonymous", True, None),
        ("", True, None),
    ],
)
def test_the_attestation_is_what_we_know(number: str, is_customers: bool, expected: str | None) -> None:
    assert expected == attestation_of(number, {"+12025550100"}, is_customers)


@pytest.mark.parametrize(
    ("written", "signed"),
    [
        ("+1 (202) 555-0100", "12025550100"),
        ("+1.202.555.0100", "12025550100"),
        ("911", "911"),
        ("*67", "*67"),
        ("ann", ""),
        ("", ""),
        ("1" * 41, ""),
        ("+1202555\u0660", ""),
    ],
)
def test_a_number_is_signed_without_its_looks(written: str, signed: str) -> None:
    assert signed == canonical(written)


def test_a_chain_is_kept_for_an_hour_and_a_failure_for_a_minute() -> None:
    cache, chain, fault = Cache(expires_at), read_chain(ROOT.leaf(KEY)), Fault(Kind.BAD_INFO, "gone")
    cache.keep("a", chain, NOW)
    cache.keep("b", fault, NOW)
    assert [chain, fault] == [cache.find(url, NOW + 59) for url in ("a", "b")]
    assert [chain, None] == [cache.find(url, NOW + 60) for url in ("a", "b")]
    assert None is cache.find("a", NOW + 3600)


def test_a_chain_is_kept_no_longer_than_it_is_good() -> None:
    cache = Cache(expires_at)
    cache.keep("a", read_chain(ROOT.leaf(KEY, ends_s=100)), NOW)
    assert [True, False] == [cache.find("a", NOW + seconds) is not None for seconds in (99, 100)]
    cache.keep("a", read_chain(ROOT.leaf(KEY, begins_s=-2 * DAY_S, ends_s=-DAY_S)), NOW)
    assert cache.find("a", NOW + 60) is not None


def test_the_oldest_gives_way() -> None:
    cache, chain = Cache(expires_at), read_chain(ROOT.leaf(KEY))
    for number in range(CACHED_MAX + 1):
        cache.keep(str(number), chain, NOW)
    assert [False, True, True] == [cache.find(url, NOW) is not None for url in ("0", "1", str(CACHED_MAX))]
    for number in range(CACHED_MAX + 1):
        cache.keep(f"none {number}", Fault(Kind.BAD_INFO, "gone"), NOW)
    assert [True, False, True] == [cache.find(url, NOW) is not None for url in ("1", "none 0", "none 1")]


def verdict_of(headers: tuple[str, ...], dest: str) -> str:
    claims, faults = read_claims(headers, Question(ORIG, dest, NOW, NOW))
    if not claims:
        return str(faults[0])
    chain = read_chain(ROOT.leaf(KEY))
    return judge(claims[0], [chain] * len(claims[0].tokens), (ROOT.certificate,), NOW).outcome


def test_a_call_that_is_sent_on_twice_has_a_chain_of_signatures() -> None:
    once = SIGNER.sent_on([SIGNER.identity("A", "riverside", ORIG, DEST, NOW)], DEST, "12025550177", NOW)
    twice = SIGNER.sent_on(once, "12025550177", "12025550188", NOW)
    assert [1, 2, 3] == [len(each) for each in (once[:1], once, twice)]
    assert ["passed", "passed"] == [verdict_of(once, "12025550177"), verdict_of(twice, "12025550188")]
    assert verdict_of(twice, "12025550199").startswith("438")
    assert {"tn": DEST} == decode(once[1].partition(";")[0]).claims["div"]


@pytest.mark.parametrize(
    ("came", "by", "to"),
    [
        ((), DEST, "12025550177"),
        (("no token;info=<https://x>",), DEST, "12025550177"),
        ((SIGNER.identity("A", "riverside", ORIG, DEST, NOW),), "12025550155", "12025550177"),
        ((SIGNER.identity("A", "riverside", ORIG, DEST, NOW),), DEST, DEST),
    ],
)
def test_what_did_not_come_signed_for_this_number_is_not_signed_on(came: tuple[str, ...], by: str, to: str) -> None:
    assert () == SIGNER.sent_on(came, by, to, NOW)


def test_two_tokens_about_one_caller_get_one_token_that_the_call_was_sent_on() -> None:
    came = [SIGNER.identity("A", tenant, ORIG, DEST, NOW) for tenant in ("one", "two")]
    assert 3 == len(SIGNER.sent_on(came, DEST, "12025550177", NOW))
