"""Digest, both sides: the RFC's example, every verdict, replays and what an attacker may learn."""

from __future__ import annotations

import re
import time

import pytest

from softswitch.sip.digest import Nonces, Verdict, answer, ha1_of, read_credentials, response_of
from softswitch.sip.errors import BadMessage
from softswitch.sip.limits import NONCES_TRACKED_MAX

RFC_NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
RFC_CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
RFC_RESPONSES = {
    "SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    "MD5": "8ca523f5e9506fed4657c9700eebdbec",
}
SOURCE, URI = "192.0.2.7", "sip:pbx.example.com"
HA1 = {each: ha1_of(each, "ann", "softswitch", "correct horse") for each in ("SHA-256", "MD5")}


def nonces() -> Nonces:
    return Nonces(b"0123456789abcdef")


def reply(
    challenge: str | list[str], password: str = "correct horse", nc: int = 1, body: bytes = b"", uri: str = URI
) -> str:
    challenges = [challenge] if isinstance(challenge, str) else challenge
    value = answer(challenges, "ann", password, "REGISTER", uri, body, "c0ffee", nc)
    assert value is not None
    return value


def verdict(
    ours: Nonces,
    header: str,
    now: float = 0.0,
    source: str = SOURCE,
    uri: str = URI,
    known: bool = True,
    body: bytes = b"",
) -> Verdict:
    return ours.verify(header, "REGISTER", uri, body, HA1 if known else None, now, source)


@pytest.mark.parametrize("algorithm", ["SHA-256", "MD5"])
def test_the_example_of_rfc_7616_is_answered_as_printed(algorithm: str) -> None:
    challenge = (
        f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm},'
        f' nonce="{RFC_NONCE}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    value = answer([challenge], "Mufasa", "Circle of Life", "GET", "/dir/index.html", b"", RFC_CNONCE)
    assert value is not None
    given = read_credentials(value)
    assert RFC_RESPONSES[algorithm] == given.response
    assert ("Mufasa", algorithm, "auth", 1) == (given.username, given.algorithm, given.qop, given.nc)
    assert 'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"' in value
    ha1 = ha1_of(algorithm, "Mufasa", "http-auth@example.org", "Circle of Life")
    assert RFC_RESPONSES[algorithm] == response_of(ha1, given, "GET", b"")


def test_the_example_of_rfc_2617_without_a_named_algorithm_is_md5() -> None:
    challenge = 'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    value = answer([challenge], "Mufasa", "Circle Of Life", "GET", "/dir/index.html", b"", "0a4f113b")
    assert value is not None
    assert "6629fae49393a05397450978507c4ef1" == read_credentials(value).response


def test_sha_256_is_offered_before_md5() -> None:
    challenges = nonces().challenge("softswitch", 0.0, SOURCE)
    assert ["SHA-256", "MD5"] == [re.findall("algorithm=(.*)", each)[0] for each in challenges]
    assert all('qop="auth"' in each and "stale" not in each for each in challenges)


@pytest.mark.parametrize("index", [0, 1])
def test_the_right_password_is_ok_in_both_algorithms(index: int) -> None:
    ours = nonces()
    assert Verdict.OK is verdict(ours, reply(ours.challenge("softswitch", 0.0, SOURCE)[index]))


def test_the_first_challenge_that_can_be_answered_is() -> None:
    ours = nonces()
    challenges = [
        'Basic realm="x"',
        'Digest realm="softswitch", nonce="n", algorithm=SHA3-1000',
        *ours.challenge("softswitch", 0.0, SOURCE),
    ]
    assert Verdict.OK is verdict(ours, reply(challenges))
    assert answer(challenges[:2], "ann", "x", "REGISTER", URI, b"", "c") is None


def test_a_wrong_password_is_wrong_and_counts() -> None:
    ours = nonces()
    assert Verdict.WRONG is verdict(ours, reply(ours.challenge("softswitch", 0.0, SOURCE), "guess"))


def test_an_unknown_user_looks_like_a_wrong_password() -> None:
    ours = nonces()
    assert Verdict.WRONG is verdict(ours, reply(ours.challenge("softswitch", 0.0, SOURCE)), known=False)


def test_a_guess_on_a_nonce_we_never_gave_does_not_count() -> None:
    ours = nonces()
    elsewhere = Nonces(b"another secret!!").challenge("softswitch", 0.0, SOURCE)
    assert Verdict.FOREIGN is verdict(ours, reply(elsewhere, "guess"))
    assert Verdict.FOREIGN is verdict(ours, reply(ours.challenge("softswitch", 0.0, "203.0.113.1"), "guess"))


def test_the_right_password_on_a_nonce_of_another_source_is_stale() -> None:
    ours = nonces()
    assert Verdict.STALE is verdict(ours, reply(ours.challenge("softswitch", 0.0, "203.0.113.1")))


@pytest.mark.parametrize(("now", "expected"), [(60.0, Verdict.OK), (60.5, Verdict.STALE)])
def test_a_nonce_lives_a_minute(now: float, expected: Verdict) -> None:
    ours = nonces()
    assert expected is verdict(ours, reply(ours.challenge("softswitch", 0.0, SOURCE)), now)


def test_a_replay_is_stale_and_the_next_count_is_ok() -> None:
    ours = nonces()
    challenge = ours.challenge("softswitch", 0.0, SOURCE)
    counts = [1, 1, 2, 5, 4, 6]
    ok, stale = Verdict.OK, Verdict.STALE
    assert [ok, stale, ok, ok, stale, ok] == [verdict(ours, reply(challenge, nc=nc)) for nc in counts]


def test_a_replay_stays_stale_when_its_count_was_forgotten() -> None:
    ours = nonces()
    first = reply(ours.challenge("softswitch", 0.0, SOURCE))
    assert Verdict.OK is verdict(ours, first)
    for number in range(NONCES_TRACKED_MAX + 1):
        ours._count(
            read_credentials(f'Digest username="u", realm="r", nonce="{number}", uri="u", response="r"'), 1.0, 1.0
        )
    assert Verdict.STALE is verdict(ours, first, 1.0)


def test_counts_are_forgotten_with_their_nonces() -> None:
    ours = nonces()
    for second in range(1000):
        assert Verdict.OK is verdict(ours, reply(ours.challenge("softswitch", second, SOURCE)), second)
    assert len(ours._counts) <= 62


def test_without_qop_a_nonce_works_once() -> None:
    ours = nonces()
    nonce = re.findall('nonce="(.*?)"', ours.challenge("softswitch", 0.0, SOURCE)[0])[0]
    header = reply(f'Digest realm="softswitch", nonce="{nonce}"')
    assert "qop" not in header
    assert [Verdict.OK, Verdict.STALE] == [verdict(ours, header), verdict(ours, header)]


def test_auth_int_protects_the_body() -> None:
    ours = nonces()
    challenge = ours.challenge("softswitch", 0.0, SOURCE)[0].replace('qop="auth"', 'qop="auth-int"')
    header = reply(challenge, body=b"v=0")
    assert Verdict.WRONG is verdict(ours, header, body=b"v=1")
    assert Verdict.OK is verdict(ours, header, body=b"v=0")


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("sip:pbx.example.com", Verdict.OK),
        ("sip:PBX.example.com:5060;transport=udp", Verdict.OK),
        ("sip:101@pbx.example.com", Verdict.OK),
        ("sip:other.example.com", Verdict.MALFORMED),
    ],
)
def test_the_uri_of_the_answer_names_the_target_of_the_request(uri: str, expected: Verdict) -> None:
    ours = nonces()
    assert expected is verdict(ours, reply(ours.challenge("softswitch", 0.0, SOURCE)), uri=uri)


def test_an_answer_for_another_user_of_the_host_is_refused() -> None:
    ours = nonces()
    header = reply(ours.challenge("softswitch", 0.0, SOURCE), uri="sip:102@pbx.example.com")
    assert Verdict.MALFORMED is verdict(ours, header, uri="sip:101@pbx.example.com")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic YTpi",
        "NoOneKnowsThisScheme opaque-data=here",
        "Digest",
        'Digest username="a"',
        'Digest username="a", username="b", realm="r", nonce="n", uri="u", response="r"',
        'Digest username="a", realm="r", nonce="n", uri="u", response="r", algorithm=SHA-1',
        'Digest username="a", realm="r", nonce="n", uri="u", response="r", qop=auth, cnonce="c"',
        'Digest username="a", realm="r", nonce="n", uri="u", response="r", qop=auth, cnonce="c", nc=0',
        'Digest username="a", realm="r", nonce="n", uri="u", response="r", qop=auth, cnonce="c", nc=00000000',
        'Digest username="a", realm="r", nonce="n", uri="u", response="r", qop=other, cnonce="c", nc=00000001',
        'Digest username="a, realm=',
    ],
)
def test_what_is_no_digest_answer_is_malformed(header: str) -> None:
    assert Verdict.MALFORMED is verdict(nonces(), header)
    with pytest.raises(BadMessage):
        read_credentials(header)


def test_unknown_users_cost_the_same_work() -> None:
    ours = nonces()
    header = reply(ours.challenge("softswitch", 0.0, SOURCE), "guess")

    def cost_s(known: bool) -> float:
        best = float("inf")
        for _ in range(20):
            begun = time.process_time()
            for _ in range(100):
                verdict(ours, header, known=known)
            best = min(best, time.process_time() - begun)
        return best

    known, unknown = cost_s(True), cost_s(False)
    assert 0.6 < known / unknown < 1.67
