"""Digest as client: the RFCs' examples, which challenges are answered and which are not."""

from __future__ import annotations

import hashlib

import pytest

from softswitch.sip.challenge import Account, Pairs, answer_challenges
from softswitch.sip.digest import read_credentials, read_fields
from softswitch.sip.headers import Headers
from softswitch.sip.message import Request, Response

NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
OPAQUE = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
MUFASA = Account("Mufasa", "Circle of Life", lambda realm: True)
ANN = Account("ann", "secret", lambda realm: realm in ("a", "b"))


def asked(*challenges: str, proxy: tuple[str, ...] = (), status: int = 401) -> Response:
    fields = [("WWW-Authenticate", each) for each in challenges] + [("Proxy-Authenticate", each) for each in proxy]
    return Response(status, "", Headers(fields))


def answers(response: Response, request: Request | None = None, account: Account = ANN) -> Pairs:
    return answer_challenges(response, request or Request("INVITE", "sip:101@a.example"), account, "c0ffee")


def realms(pairs: Pairs) -> list[tuple[str, str]]:
    return [(name, read_fields(value)["realm"]) for name, value in pairs]


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
    ],
)
def test_the_example_of_rfc_7616_is_answered_as_printed(algorithm: str, response: str) -> None:
    challenge = (
        f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm},'
        f' nonce="{NONCE}", opaque="{OPAQUE}"'
    )
    ((name, value),) = answer_challenges(asked(challenge), Request("GET", "/dir/index.html"), MUFASA, CNONCE)
    given = read_credentials(value)
    assert ("Authorization", response) == (name, given.response)
    assert ("Mufasa", algorithm, "auth", 1) == (given.username, given.algorithm, given.qop, given.nc)
    assert f'opaque="{OPAQUE}"' in value


def test_the_example_of_rfc_2617_without_a_named_algorithm_is_md5() -> None:
    challenge = 'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    account = Account("Mufasa", "Circle Of Life", lambda realm: True)
    ((_, value),) = answer_challenges(asked(challenge), Request("GET", "/dir/index.html"), account, "0a4f113b")
    assert "6629fae49393a05397450978507c4ef1" == read_credentials(value).response
    assert "algorithm" not in value


def test_sha_512_256_is_hashed_as_its_standard_says() -> None:
    def h(text: str) -> str:
        return hashlib.new("sha512_256", text.encode()).hexdigest()

    challenge = 'Digest realm="a", nonce="n", algorithm=SHA-512-256, qop="auth"'
    ((_, value),) = answers(asked(challenge))
    wanted = h(f"{h('ann:a:secret')}:n:00000001:c0ffee:auth:{h('INVITE:sip:101@a.example')}")
    assert wanted == read_fields(value)["response"]


@pytest.mark.parametrize("name", ["MD5-sess", "SHA-256-sess"])
def test_a_session_variant_hashes_nonce_and_cnonce_into_the_first_hash(name: str) -> None:
    def h(text: str) -> str:
        return hashlib.new("md5" if name == "MD5-sess" else "sha256", text.encode()).hexdigest()

    ((_, value),) = answers(asked(f'Digest realm="a", nonce="n", algorithm={name}, qop="auth"'))
    first = h(f"{h('ann:a:secret')}:n:c0ffee")
    wanted = h(f"{first}:n:00000001:c0ffee:auth:{h('INVITE:sip:101@a.example')}")
    assert (wanted, name) == (read_fields(value)["response"], read_fields(value)["algorithm"])


def test_auth_int_is_used_when_it_is_all_there_is() -> None:
    challenge = 'Digest realm="a", nonce="n", qop="auth-int"'
    one, other = (answers(asked(challenge), Request("INVITE", "sip:x@a", body=body)) for body in (b"1", b"2"))
    assert "auth-int" == read_fields(one[0][1])["qop"]
    assert read_fields(one[0][1])["response"] != read_fields(other[0][1])["response"]


def test_the_first_challenge_of_a_realm_that_can_be_answered_is() -> None:
    challenges = (
        'Basic realm="a"',
        'Digest realm="a", nonce="n", algorithm=SHA3-1000',
        'Digest realm="a", nonce="n", qop="other"',
        'Digest realm="a"',
        'Digest realm="a", nonce="one", algorithm=SHA-256',
        'Digest realm="a", nonce="two", algorithm=MD5',
    )
    assert "one" == read_fields(answers(asked(*challenges))[0][1])["nonce"]
    assert () == answers(asked(*challenges[:4]))


def test_only_realms_that_are_admitted_get_an_answer() -> None:
    assert () == answers(asked('Digest realm="evil", nonce="n"'))
    assert [("Authorization", "a")] == realms(
        answers(asked('Digest realm="evil", nonce="n"', 'Digest realm="a", nonce="n"'))
    )


def test_proxies_and_the_user_agent_behind_them_are_answered_together() -> None:
    response = asked(
        'Digest realm="a", nonce="1"', proxy=('Digest realm="b", nonce="2"', 'Digest realm="x", nonce="3"')
    )
    assert [("Authorization", "a"), ("Proxy-Authorization", "b")] == realms(answers(response))


def test_credentials_of_another_realm_go_along_again() -> None:
    request = Request("INVITE", "sip:101@a.example")
    ((name, first),) = answers(asked(proxy=('Digest realm="a", nonce="1"',), status=407), request)
    request.headers.set(name, first)
    then = answers(asked('Digest realm="b", nonce="2"'), request)
    assert [("Authorization", "b"), ("Proxy-Authorization", "a")] == realms(then)
    assert first == then[1][1]
    also = answers(asked(proxy=('Digest realm="b", nonce="2"',), status=407), request)
    assert [("Proxy-Authorization", "a"), ("Proxy-Authorization", "b")] == realms(also)


@pytest.mark.parametrize(
    ("challenge", "answered"),
    [
        ('Digest realm="a", nonce="1"', False),
        ('Digest realm="a", nonce="1", stale=false', False),
        ('Digest realm="a", nonce="1", stale=TRUE', True),
        ('Digest realm="a", nonce="2"', True),
        ('Digest realm="b", nonce="1"', True),
    ],
)
def test_refused_credentials_are_not_repeated(challenge: str, answered: bool) -> None:
    request = Request("INVITE", "sip:101@a.example")
    ((name, first),) = answers(asked('Digest realm="a", nonce="1"'), request)
    request.headers.set(name, first)
    assert answered is bool(answers(asked(challenge), request))


@pytest.mark.parametrize(
    "challenge", ["", "Digest", "Digest realm", 'Digest realm="a", nonce="\0"', 'Digest nonce="n"']
)
def test_what_is_no_challenge_is_not_answered(challenge: str) -> None:
    assert () == answers(asked(challenge))


def test_quotes_in_what_the_challenger_wrote_come_back_escaped() -> None:
    account = Account('a"nn', "secret", lambda realm: True)
    ((_, value),) = answers(asked(r'Digest realm="the \"realm\"", nonce="n\\x", opaque=""'), None, account)
    fields = read_fields(value)
    assert ('a"nn', 'the "realm"', "n\\x", "") == tuple(
        fields[name] for name in ("username", "realm", "nonce", "opaque")
    )
