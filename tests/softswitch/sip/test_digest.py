"""Digest as server: every verdict, replays, the writing of real phones, what an attacker may learn."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from softswitch.sip.challenge import Account, answer_challenges
from softswitch.sip.digest import Credentials, Nonces, Verdict, ha1_of, read_credentials, response_of
from softswitch.sip.errors import BadMessage
from softswitch.sip.headers import Headers
from softswitch.sip.limits import CREDENTIAL_CHARS_MAX, NONCES_TRACKED_MAX
from softswitch.sip.message import Request, Response

SOURCE, URI = "192.0.2.7", "sip:pbx.example.com"
HA1 = {each: ha1_of(each, "ann", "softswitch", "correct horse") for each in ("SHA-512-256", "SHA-256", "MD5")}


def nonces() -> Nonces:
    return Nonces(b"0123456789abcdef")


def reply(
    challenge: str | list[str], password: str = "correct horse", nc: int = 1, body: bytes = b"", uri: str = URI
) -> str:
    challenges = [challenge] if isinstance(challenge, str) else challenge
    response = Response(401, "Unauthorized", Headers([("WWW-Authenticate", each) for each in challenges]))
    account = Account("ann", password, lambda realm: True)
    ((_, value),) = answer_challenges(response, Request("REGISTER", uri, body=body), account, "c0ffee")
    return value if nc == 1 else recounted(value, password, f"{nc:08x}", body)


def recounted(header: str, password: str, nc: str, body: bytes = b"") -> str:
    """The same answer with another nonce count."""
    old = read_credentials(header)
    given = Credentials(*[getattr(old, name) for name in Credentials.__slots__[:-2]], int(nc, 16), nc)
    response = response_of(ha1_of(old.algorithm, "ann", old.realm, password), given, "REGISTER", body)
    return header.replace(f"nc={old.nc_text}", f"nc={nc}").replace(old.response, response)


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


def test_sha_256_is_offered_before_md5() -> None:
    challenges = nonces().challenge("softswitch", 0.0, SOURCE)
    assert ["SHA-256", "MD5"] == [re.findall("algorithm=(.*)", each)[0] for each in challenges]
    assert all('qop="auth"' in each and "stale" not in each for each in challenges)


@pytest.mark.parametrize("index", [0, 1])
def test_the_right_password_is_ok_in_both_algorithms(index: int) -> None:
    ours = nonces()
    assert Verdict.OK is verdict(ours, reply(ours.challenge("softswitch", 0.0, SOURCE)[index]))


def test_the_algorithms_and_their_order_are_the_operator_s() -> None:
    ours = Nonces(b"0123456789abcdef", ("MD5",))
    (challenge,) = ours.challenge("softswitch", 0.0, SOURCE)
    assert Verdict.OK is verdict(ours, reply(challenge))
    other = ours.challenge("softswitch", 0.0, SOURCE)[0].replace("algorithm=MD5", "algorithm=SHA-256")
    assert Verdict.MALFORMED is verdict(ours, reply(other))


def test_sha_512_256_is_asked_for_where_the_operator_wants_it() -> None:
    ours = Nonces(b"0123456789abcdef", ("SHA-512-256", "SHA-256", "MD5"))
    challenges = ours.challenge("softswitch", 0.0, SOURCE)
    assert ["SHA-512-256", "SHA-256", "MD5"] == [re.findall("algorithm=(.*)", each)[0] for each in challenges]
    assert 3 * [Verdict.OK] == [
        verdict(ours, reply(ours.challenge("softswitch", 0.0, SOURCE)[index])) for index in range(3)
    ]
    assert Verdict.WRONG is verdict(ours, reply(challenges, "guess"))


def test_a_password_from_before_an_algorithm_proves_nothing_against_who_answers_with_it() -> None:
    ours = Nonces(b"0123456789abcdef", ("SHA-512-256", "MD5"))
    header = reply(ours.challenge("softswitch", 0.0, SOURCE))
    old = {"MD5": HA1["MD5"]}
    assert Verdict.MALFORMED is ours.verify(header, "REGISTER", URI, b"", old, 0.0, SOURCE)
    assert Verdict.WRONG is ours.verify(header, "REGISTER", URI, b"", None, 0.0, SOURCE)


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
        given = f'Digest username="u", realm="r", nonce="{number}", uri="u", response="r"'
        ours._count(read_credentials(given), 1.0, 1.0)
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


@pytest.mark.parametrize("nc", ["0000000A", "b", "00c", "0000000d"])
def test_a_count_is_hashed_as_it_was_written(nc: str) -> None:
    ours = nonces()
    first = reply(ours.challenge("softswitch", 0.0, SOURCE))
    assert Verdict.OK is verdict(ours, recounted(first, "correct horse", nc))


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda text: text.replace("qop=auth", 'qop="auth"'),
        lambda text: text.replace("nc=00000001", 'nc="00000001"'),
        lambda text: text.replace("algorithm=SHA-256", 'algorithm="sha-256"'),
        lambda text: text.replace(", ", ","),
        lambda text: text.replace(", ", " ,  ").replace("=", " = "),
        lambda text: text.replace("Digest ", "digest  ") + ",",
        lambda text: text.replace(", ", ",, "),
        lambda text: text.replace('"', ""),
        lambda text: text.replace("response=", "Response="),
        lambda text: text.replace("username=", "USERNAME="),
        lambda text: text + ', auth-param="x", another=y',
    ],
)
def test_the_writing_of_real_phones_is_understood(rewrite: Callable[[str], str]) -> None:
    ours = nonces()
    assert Verdict.OK is verdict(ours, rewrite(reply(ours.challenge("softswitch", 0.0, SOURCE))))


def test_an_answer_from_before_a_restart_is_stale() -> None:
    before, after = Nonces(b"secret of a run!"), Nonces(b"secret of the next")
    header = reply(before.challenge("softswitch", 0.0, SOURCE))
    assert Verdict.OK is verdict(before, header)
    assert Verdict.STALE is verdict(after, header)


FIELDS = 'Digest username="{}", realm="r", nonce="n", uri="{}", response="r"'


@pytest.mark.parametrize(
    "header",
    [
        FIELDS.format("a\0b", "u"),
        FIELDS.format("a", "u\x1b"),
        FIELDS.format("a" * (CREDENTIAL_CHARS_MAX + 1), "u"),
        FIELDS.format("a", "u" * 2049),
        FIELDS.format("a", "u") + "".join(f", p{number}=1" for number in range(100)),
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
