"""Every header of the table: the examples of its RFC are read, printed, and read again as the same value."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.table import FIELDS
from softswitch.sip.grammar import split_list
from softswitch.sip.headers import canonical

JWS = "eyJhbGciOiJFUzI1NiJ9.eyJkZXN0Ijp7InVyaSI6WyJzaXA6YWxpY2VAZXhhbXBsZS5jb20iXX19.r-Zr_J4sX_-jW5Q"
EXAMPLES = {
    "Accept": ["application/sdp;level=1, application/x-private, text/html;q=0.7, */*;q=0"],
    "Accept-Contact": ['*;audio;require, *;sip.mobility="fixed";explicit'],
    "Accept-Encoding": ["gzip, compress;q=0.5, *;q=0"],
    "Accept-Language": ["da, en-gb;q=0.8, en;q=0.7"],
    "Accept-Resource-Priority": ["dsn.flash-override, dsn.routine"],
    "Alert-Info": ["<http://www.example.com/sounds/moo.wav>, <urn:alert:service:call-waiting>;info=alert-autoanswer"],
    "Allow": ["INVITE, ACK, OPTIONS, CANCEL, BYE"],
    "Allow-Events": ["presence, message-summary, presence.winfo"],
    "Authentication-Info": ['nextnonce="47364c23432d2e131a5fb210812c", qop=auth, nc=00000001'],
    "Authorization": [
        'Digest username="Alice", realm="atlanta.com", nonce="84a4cc6f3082121f32b42a2187831a9e", '
        'response="7587245234b3434cc3412213e5f113a5432"',
        "NoOneKnowsThisScheme opaque-data=here",
    ],
    "Call-ID": ["f81d4fae-7dec-11d0-a765-00a0c91e6bf6@biloxi.com"],
    "Call-Info": ["<http://www.example.com/alice/photo.jpg> ;purpose=icon, <http://x.example/a,b>;purpose=info"],
    "Contact": [
        '"Mr. Watson" <sip:watson@worcester.bell-telephone.com>;q=0.7; expires=3600, <sips:bob@192.0.2.4>;expires=60',
        "*",
        'sip:a@b;reg-id=1;+sip.instance="<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>"',
    ],
    "Content-Disposition": ["session", "session;handling=optional", "attachment; filename=smime.p7s"],
    "Content-Encoding": ["gzip, tar"],
    "Content-Language": ["fr, en-gb"],
    "Content-Length": ["349"],
    "Content-Type": ["application/sdp", "text/html; charset=ISO-8859-4", 'multipart/mixed;boundary="a b"'],
    "CSeq": ["4711 INVITE"],
    "Date": ["Sat, 13 Nov 2010 23:29:00 GMT"],
    "Diversion": [
        '<sip:+19195551004@sip.example.com>;privacy=off;screen=no;reason=unconditional;counter=1, "Bob" '
        "<sip:bob@example.com;user=phone>;reason=user-busy;limit=9"
    ],
    "Error-Info": ["<sip:not-in-service-recording@atlanta.com>"],
    "Event": ["presence", "refer;id=93809824", 'dialog;call-id="12345@x";to-tag=a'],
    "Expires": ["5"],
    "Flow-Timer": ["120"],
    "From": ['"A. G. Bell" <sip:agb@bell-telephone.com> ;tag=a48s', "Anonymous <sip:c8oqz84zk7z@privacy.org>;tag=hyh8"],
    "Geolocation": ["<cid:target123@atlanta.example.com>, <https://lis.example/a>;inserted-by=lis"],
    "Geolocation-Error": ['300;code="Retry Location Later with device updated location"'],
    "Geolocation-Routing": ["yes", "no"],
    "History-Info": [
        "<sip:bob@example.com?Reason=SIP%3Bcause%3D302>;index=1.1;foo=bar, <sip:bob@192.0.2.4>;index=1.1.1;rc=1.1"
    ],
    "Identity": [f"{JWS};info=<https://biloxi.example.org/biloxi.cer>;alg=ES256;ppt=shaken", f"..{JWS};info=<https://a>"],
    "In-Reply-To": ["70710@saturn.bell-tel.com, 17320@saturn.bell-tel.com"],
    "Info-Package": ["foo;bar=1"],
    "Join": ["12adf2f34456gs5;to-tag=12345;from-tag=54321"],
    "Max-Forwards": ["6"],
    "MIME-Version": ["1.0"],
    "Min-Expires": ["60"],
    "Min-SE": ["90"],
    "Organization": ["Boxes by Bob"],
    "P-Asserted-Identity": ['"Cullen Jennings" <sip:fluffy@cisco.com>, tel:+14085264000', "sip:+1408@cisco.com;user=phone"],
    "P-Preferred-Identity": ['"Cullen Jennings" <sip:fluffy@cisco.com>'],
    "Path": ["<sip:P3.EXAMPLEHOME.COM;lr>,<sip:P1.EXAMPLEVISITED.COM;lr>"],
    "Priority": ["emergency"],
    "Privacy": ["id;critical", "none"],
    "Proxy-Authenticate": [
        'Digest realm="atlanta.com", domain="sip:ss1.carrier.com", qop="auth,auth-int", '
        'nonce="f84f1cec41e6cbe5aea9c8e88d359", opaque="", stale=FALSE, algorithm=MD5'
    ],
    "Proxy-Authorization": ['Digest username="Alice", realm="atlanta.com", nonce="c60f3082ee1212b402a21831ae"'],
    "Proxy-Require": ["foo"],
    "RAck": ["776656 1 INVITE"],
    "Reason": ['SIP ;cause=200 ;text="Call completed elsewhere", Q.850;cause=16;text="Terminated";location=LN'],
    "Record-Route": ["<sip:server10.biloxi.com;lr>, <sip:bigbox3.site3.atlanta.com;lr>"],
    "Recv-Info": ["", "P, R;x=1"],
    "Refer-Sub": ["false", "true;x=1"],
    "Refer-To": [
        "<sip:dave@denver.example.org?Replaces=12345%40192.168.118.3%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994>",
        "<sip:carol@cleveland.example.org;method=SUBSCRIBE>",
        "http://www.ietf.org",
    ],
    "Referred-By": ['<sip:referrer@referrer.example> ;cid="20398823.2UWQFN309shb3@referrer.example"'],
    "Reject-Contact": ['*;actor="msg-taker";video'],
    "Remote-Party-ID": ['"Ann" <sip:101@example.com>;party=calling;screen=yes;privacy=off'],
    "Replaces": ["98732@sip.example.com;from-tag=r33th4x0r;to-tag=ff87ff", "12adf2f34456gs5;to-tag=1;from-tag=2;early-only"],
    "Reply-To": ["Bob <sip:bob@biloxi.com>"],
    "Request-Disposition": ["proxy, recurse, parallel"],
    "Require": ["100rel"],
    "Resource-Priority": ["dsn.flash, ets.0"],
    "Retry-After": ["18000;duration=3600", "120 (I'm in a meeting)", "5 (a (nested \\) one) b);duration=9;x=y"],
    "Route": ["<sip:bigbox3.site3.atlanta.com;lr>,<sip:server10.biloxi.com;lr>"],
    "RSeq": ["988789"],
    "Server": ["HomeServer v2", "softswitch/1.0 (test)"],
    "Service-Route": ["<sip:P2.HOME.EXAMPLE.COM;lr>, <sip:HSP.HOME.EXAMPLE.COM;lr>"],
    "Session-Expires": ["4000;refresher=uac", "90"],
    "SIP-ETag": ["dx200xyz"],
    "SIP-If-Match": ["dx200xyz"],
    "Subject": ["Need more boxes", "Тема, с запятой"],
    "Subscription-State": ["active;expires=599", "terminated;reason=noresource", "pending;retry-after=5"],
    "Supported": ["100rel, timer, replaces", ""],
    "Target-Dialog": ["fa77as7dad8-sd98ajzz@host.example.com ;local-tag=kkaz- ;remote-tag=6544"],
    "Timestamp": ["54", "54.21 .5"],
    "To": ["The Operator <sip:operator@cs.columbia.edu>;tag=287447", "sip:+12125551212@server.phone2net.com"],
    "Unsupported": ["foo"],
    "User-Agent": ["Softphone Beta1.5", "(comment only)"],
    "Via": [
        "SIP/2.0/UDP erlang.bell-telephone.com:5060;branch=z9hG4bK87asdks7, SIP / 2.0 / UDP first.example.com: 4000;ttl=16"
        " ;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1"
    ],
    "Warning": ['307 isi.edu "Session parameter \'foo\' not understood", 301 [2001:db8::1]:5060 "Incompatible, all"'],
    "WWW-Authenticate": ['Digest realm="a \\"b\\"", nonce="84a4cc6f3082121f32b42a2187831a9e", algorithm=SHA-256'],
}  # fmt: skip
BROKEN = {
    "Accept": ["application", "/sdp"],
    "Accept-Contact": ["audio"],
    "Alert-Info": ["http://a", "<nothing>"],
    "Authorization": ["Digest", 'Digest a="b" c="d"', "Digest a=1, a=2"],
    "Content-Disposition": ["", ";x"],
    "Content-Type": ["sdp", "application/sdp;"],
    "CSeq": ["1", "x INVITE", "2147483648 INVITE", "1 INVITE extra"],
    "Date": [
        "Fri, 01 Jan 2010 16:00:00 EST",
        "Sat, 31 Feb 2010 00:00:00 GMT",
        "Sat, 13 Nov 0000 00:00:00 GMT",
        "yesterday",
    ],
    "Diversion": ["<sip:a@b>;counter=x", "<sip:a@b>;counter=1000", "nobody"],
    "Event": ["", "presence;id"],
    "Expires": ["", "-1", "1.5", "4294967296", "\N{ARABIC-INDIC DIGIT FIVE}"],
    "Geolocation-Error": ["99", "1000", "x"],
    "History-Info": ["<sip:a@b>", "<sip:a@b>;index=1.", "<sip:a@b>;index=1;rc"],
    "Identity": ['"old signature"', f"{JWS}", f"{JWS};info=https"],
    "Join": ["a;to-tag=1", "a@b@c;to-tag=1;from-tag=2"],
    "P-Asserted-Identity": ["<mailto:a@b>", "Ann"],
    "Privacy": ["", "id;;user", "a b"],
    "RAck": ["1 1", "0 1 INVITE", "1 2147483648 INVITE"],
    "Reason": [";cause=1", "SIP;cause=x"],
    "Refer-Sub": ["maybe"],
    "Replaces": ["a;to-tag=1", "a;from-tag=2", ";to-tag=1;from-tag=2", 'a;to-tag="1";from-tag=2', "a b;to-tag=1;from-tag=2"],
    "Resource-Priority": ["flash", "a.b.c"],
    "Retry-After": ["soon", "5 (open", "5 (a))", "5 " + "(" * 20 + ")" * 20, "5 (a\\)"],
    "RSeq": ["0", "4294967296"],
    "Session-Expires": ["", "90;refresher=both", "x"],
    "Target-Dialog": ["a;to-tag=1;from-tag=2"],
    "Timestamp": ["now", "1.2.3"],
    "Via": ["UDP host", "SIP/2.0/UDP host:70000"],
    "Warning": ["301 isi.edu", '30 isi.edu "x"', '301 isi.edu "x'],
}  # fmt: skip


def values_of(name: str, text: str) -> list[object]:
    field = next(field for field in FIELDS if field.name == name)
    return [field.parse(value) for value in (split_list(text) if field.is_list else [text])]


def test_every_header_of_the_table_has_examples_and_its_usual_name() -> None:
    assert sorted(EXAMPLES) == sorted(field.name for field in FIELDS)
    assert [field.name for field in FIELDS] == [canonical(field.name.lower()) for field in FIELDS]


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in EXAMPLES.items() for text in texts])
def test_an_example_prints_to_what_is_read_as_the_same(name: str, text: str) -> None:
    values = values_of(name, text)
    printed = ", ".join(map(str, values))
    assert values == values_of(name, printed)
    assert printed == ", ".join(map(str, values_of(name, printed)))


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in BROKEN.items() for text in texts])
def test_a_broken_value_is_a_bad_request(name: str, text: str) -> None:
    with pytest.raises(BadMessage) as refused:
        values_of(name, text)
    assert refused.value.status in (400, 416)


@settings(max_examples=400)
@given(
    st.sampled_from([(name, text) for name, texts in EXAMPLES.items() for text in texts]),
    st.lists(st.tuples(st.integers(0, 300), st.text(max_size=4), st.integers(0, 4)), max_size=4),
)
def test_a_damaged_value_is_refused_or_prints_to_the_same(
    example: tuple[str, str], cuts: list[tuple[int, str, int]]
) -> None:
    name, text = example
    for at, put, size in cuts:
        at %= len(text) + 1
        text = text[:at] + put + text[at + size :]
    try:
        values = values_of(name, text)
    except BadMessage:
        return
    assert values == values_of(name, ", ".join(map(str, values)))
