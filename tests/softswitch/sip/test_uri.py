"""URIs and addresses: RFC 3261 19.1 and 20.10."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from softswitch.sip.address import NameAddr, parse_address
from softswitch.sip.errors import BadMessage
from softswitch.sip.grammar import split_list
from softswitch.sip.uri import Uri, parse_uri


@pytest.mark.parametrize(
    "text, uri",
    [
        ("sip:alice@atlanta.com", Uri("sip", "alice", "atlanta.com")),
        (
            "sip:alice:secretword@atlanta.com;transport=tcp",
            Uri("sip", "alice", "atlanta.com", None, {"transport": "tcp"}, (), "secretword"),
        ),
        (
            "sips:alice@atlanta.com?subject=project%20x&priority=urgent",
            Uri("sips", "alice", "atlanta.com", None, {}, (("subject", "project x"), ("priority", "urgent"))),
        ),
        (
            "sip:+1-212-555-1212:1234@gateway.com;user=phone",
            Uri("sip", "+1-212-555-1212", "gateway.com", None, {"user": "phone"}, (), "1234"),
        ),
        ("sips:1212@gateway.com", Uri("sips", "1212", "gateway.com")),
        ("sip:alice@192.0.2.4:5070", Uri("sip", "alice", "192.0.2.4", 5070)),
        (
            "sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com",
            Uri("sip", None, "atlanta.com", None, {"method": "REGISTER"}, (("to", "alice@atlanta.com"),)),
        ),
        ("sip:alice;day=tuesday@atlanta.com", Uri("sip", "alice;day=tuesday", "atlanta.com")),
        ("sip:[2001:db8::10]:5070;lr", Uri("sip", None, "2001:db8::10", 5070, {"lr": None})),
        ("tel:+12025550123;ext=7", Uri("tel", "+12025550123", "", None, {"ext": "7"})),
    ],
)
def test_the_forms_of_the_rfc_are_read(text: str, uri: Uri) -> None:
    assert uri == parse_uri(text)
    assert uri == parse_uri(str(uri))


@pytest.mark.parametrize(
    "text, status",
    [
        ("", 400),
        ("sip:", 400),
        ("sip:@host", 400),
        ("sip:a b@host", 400),
        ("sip:2001:db8::10", 400),
        ("sip:[2001:zz::1]", 400),
        ("sip:[1:2:3]", 400),
        ("sip:a@b:99999", 400),
        ("sip:a@b;x=%zz", 400),
        ("sip:a@b?novalue", 400),
        ("sip:a@b\r\nVia: x", 400),
        ("sip:bob@444.555.666.777", 400),
        ("sip:bob@192.0.2", 400),
        ("sip:bob@192.0.2.01", 400),
        ("sip:[::ffff:1.2.3.400]", 400),
        ("sip:[fe80::1%25eth0]", 400),
        ("sip:[::1", 400),
        ("sip:[::1]x", 400),
        ("sip:::1", 400),
        ("tel:hello", 400),
        ("mailto:a@b", 416),
        ("no scheme", 400),
        ("sip:" + "a" * 5000, 414),
    ],
)
def test_what_is_no_uri_is_refused(text: str, status: int) -> None:
    with pytest.raises(BadMessage) as refused:
        parse_uri(text)
    assert status == refused.value.status


@pytest.mark.parametrize(
    "one, other",
    [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
        ("sip:bob@[::ffff:192.0.2.128]", "sip:bob@[::ffff:c000:280]"),
        ("sip:bob@[2001:db8::9:1]", "sip:bob@[2001:db8::9:01]"),
        ("sip:bob@[0:0:0:0:0:FFFF:129.144.52.38]", "sip:bob@[::ffff:129.144.52.38]"),
        ("tel:+1-201-555-0123", "tel:+1(201)555.0123"),
        ("tel:+12015550123;ext=12-3;x=Y", "TEL:+12015550123;X=y;Ext=123"),
        ("tel:863-1234;phone-context=+1-914-555", "tel:8631234;phone-context=+1914555"),
        ("tel:7042;phone-context=Example.com", "tel:7042;phone-context=example.COM"),
        ("tel:*AB", "tel:*ab"),
    ],
)
def test_equal_uris_of_the_rfc_are_equal(one: str, other: str) -> None:
    assert parse_uri(one).equals(parse_uri(other))
    assert parse_uri(other).equals(parse_uri(one))


@pytest.mark.parametrize(
    "one, other",
    [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com:6000;transport=tcp", "sip:bob@biloxi.com"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:a@b;x=1", "sip:a@b;x=2"),
        ("sip:+12025550123@b", "sip:+12025550123@b;user=phone"),
        ("sip:a@b", "sips:a@b"),
        ("sip:bob@[2001:db8::1]", "sip:bob@[2001:db8::2]"),
        ("tel:+12015550123", "tel:12015550123"),
        ("tel:+12015550123", "tel:+12015550123;ext=1"),
        ("tel:7042;phone-context=a.example", "tel:7042;phone-context=b.example"),
        ("tel:+12015550123", "sip:+12015550123@example.com"),
    ],
)
def test_unequal_uris_of_the_rfc_are_unequal(one: str, other: str) -> None:
    assert not parse_uri(one).equals(parse_uri(other))
    assert not parse_uri(other).equals(parse_uri(one))


@given(
    user=st.text(min_size=1, max_size=20),
    password=st.none() | st.text(max_size=10),
    params=st.dictionaries(st.text(min_size=1, max_size=8), st.none() | st.text(min_size=1, max_size=8), max_size=3),
    port=st.none() | st.integers(0, 65535),
)
def test_any_text_in_a_uri_survives_print_and_parse(
    user: str, password: str | None, params: dict[str, str | None], port: int | None
) -> None:
    params = {name: value for name, value in params.items() if name == name.lower()}
    uri = Uri("sip", user, "host.example.com", port, params, (), password)
    assert uri == parse_uri(str(uri))


@pytest.mark.parametrize(
    "text, address",
    [
        (
            '"Bob, \\"B\\"" <sips:bob@biloxi.com> ;tag=a48s',
            NameAddr('Bob, "B"', "sips:bob@biloxi.com", {"tag": "a48s"}),
        ),
        ("sip:+12125551212@phone2net.com;tag=887s", NameAddr("", "sip:+12125551212@phone2net.com", {"tag": "887s"})),
        (
            "Anonymous <sip:c8oqz84zk7z@privacy.org>;tag=hyh8",
            NameAddr("Anonymous", "sip:c8oqz84zk7z@privacy.org", {"tag": "hyh8"}),
        ),
        ("Müller <sip:m@x>", NameAddr("Müller", "sip:m@x")),
        ('<sip:a@b;p=1>;x="a;b,c"', NameAddr("", "sip:a@b;p=1", {"x": '"a;b,c"'})),
    ],
)
def test_addresses_are_read_and_printed(text: str, address: NameAddr) -> None:
    assert address == parse_address(text)
    assert address == parse_address(str(address))


@pytest.mark.parametrize(
    "text", ["", "<>", "<sip:a@b", '"x <sip:a@b>', "Bell, A <sip:a@b>", "< sip:a@b >", "<sip:a@b>;;", "<sip:a@b> x"]
)
def test_broken_addresses_are_refused(text: str) -> None:
    with pytest.raises(BadMessage):
        parse_address(text)


@given(st.text(st.characters(blacklist_characters="\r\n"), max_size=30))
def test_any_display_name_survives_print_and_parse(name: str) -> None:
    assert name == parse_address(str(NameAddr(name, "sip:a@b"))).display


@pytest.mark.parametrize(
    "value, values",
    [
        ("a, b,c", ["a", "b", "c"]),
        ('"a,b" <sip:x,y@z>;q="1,2", c', ['"a,b" <sip:x,y@z>;q="1,2"', "c"]),
        ("a,,b,", ["a", "b"]),
        ("", []),
    ],
)
def test_lists_split_at_commas_outside_quotes_and_brackets(value: str, values: list[str]) -> None:
    assert values == split_list(value)


@pytest.mark.parametrize("value", ['"a,b', "a, <b", "a," * 200])
def test_unbalanced_or_endless_lists_are_refused(value: str) -> None:
    with pytest.raises(BadMessage):
        split_list(value + '"' if value.endswith(",") else value)
