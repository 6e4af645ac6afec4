"""May an address send for a domain: RFC 7208, with its limits and its errors."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from mgmt.mailin.spf import Result, check_host
from tests.mgmt.mailin.names import Names

HERE = "192.0.2.10"


def checked(record: str, address: str = HERE, **more: dict[str, list[str]]) -> Result:
    """Of ann@shop.example."""
    text = {"shop.example": [record], **more.pop("text", {})}
    names = Names(text, **more)
    return check_host(names, ip_address(address), "shop.example", "ann@shop.example", "mx.shop.example")


@pytest.mark.parametrize(
    "record, result",
    [
        ("v=spf1 ip4:192.0.2.10 -all", "pass"),
        ("v=spf1 ip4:192.0.2.0/24 -all", "pass"),
        ("v=spf1 ip4:198.51.100.0/24 -all", "fail"),
        ("v=spf1 ip4:198.51.100.0/24 ~all", "softfail"),
        ("v=spf1 ip4:198.51.100.0/24 ?all", "neutral"),
        ("v=spf1 -ip4:192.0.2.10 +all", "fail"),
        ("v=spf1", "neutral"),
        ("V=SPF1 IP4:192.0.2.10 -ALL", "pass"),
        ("v=spf10 +all", "none"),
        ("something else", "none"),
        ("v=spf1 ip4:192.0.2 -all", "permerror"),
        ("v=spf1 ip4:2001:db8::1 -all", "permerror"),
        ("v=spf1 nonsense -all", "permerror"),
        ("v=spf1 a/33 -all", "permerror"),
        ("v=spf1 include: -all", "permerror"),
        ("v=spf1 all:x", "permerror"),
        ("v=spf1 exists:%x.shop.example -all", "permerror"),
        ("v=spf1 redirect=a.example redirect=b.example", "permerror"),
        ("v=spf1 include:nobody.example -all", "permerror"),
        ("v=spf1 unknown=modifier ip4:192.0.2.10 -all", "pass"),
        ("v=spf1 ip6:2001:db8::/32 -all", "fail"),
    ],
)
def test_a_record_is_judged(record: str, result: Result) -> None:
    assert result == checked(record)


def test_hosts_exchangers_and_other_records_are_asked() -> None:
    hosts = {"shop.example": [HERE], "mx.other.example": ["192.0.2.99", HERE]}
    assert "pass" == checked("v=spf1 a -all", hosts=hosts)
    assert "pass" == checked("v=spf1 a:mx.other.example/24 -all", "192.0.2.77", hosts=hosts)
    assert "pass" == checked(
        "v=spf1 mx:other.example -all", hosts=hosts, exchangers={"other.example": ["mx.other.example"]}
    )
    assert "pass" == checked(
        "v=spf1 include:_spf.other.example -all", text={"_spf.other.example": ["v=spf1 ip4:192.0.2.10 -all"]}
    )
    assert "fail" == checked("v=spf1 include:_spf.other.example -all", text={"_spf.other.example": ["v=spf1 -all"]})
    assert "softfail" == checked("v=spf1 redirect=_spf.other.example", text={"_spf.other.example": ["v=spf1 ~all"]})
    assert "pass" == checked("v=spf1 ptr -all", hosts={"a.shop.example": [HERE]}, names={HERE: ["a.shop.example"]})
    assert "pass" == checked("v=spf1 a//64 -all", "2001:db8::7", hosts={"shop.example": ["2001:db8::1"]})


def test_macros_are_expanded() -> None:
    hosts = {"10.2.0.192.ann._spf.shop.example": ["127.0.0.2"]}
    assert "pass" == checked("v=spf1 exists:%{ir}.%{l}._spf.%{d} -all", hosts=hosts)
    assert "pass" == checked("v=spf1 exists:%{d1r}.x -all", hosts={"shop.x": ["127.0.0.2"]})


def test_more_than_ten_lookups_are_an_error_and_a_circle_ends() -> None:
    assert "permerror" == checked("v=spf1 include:shop.example -all")
    hosts = {f"a{n}.example": ["198.51.100.1"] for n in range(11)}
    record = "v=spf1 " + " ".join(f"a:{name}" for name in hosts) + " -all"
    assert "permerror" == checked(record, hosts=hosts)


def test_more_than_two_lookups_that_find_nothing_are_an_error() -> None:
    assert "permerror" == checked("v=spf1 a:x.example a:y.example a:z.example +all")


def test_nobody_answers_is_no_verdict() -> None:
    names = Names({"shop.example": ["v=spf1 a:x.example -all"]}, away={"x.example"})
    assert "temperror" == check_host(names, ip_address(HERE), "shop.example", "ann@shop.example", "h.example")


@pytest.mark.parametrize("domain", ["", "localhost", "bad domain.example", "-.", "a" * 300 + ".example"])
def test_what_is_no_domain_says_nothing(domain: str) -> None:
    assert "none" == check_host(Names(), ip_address(HERE), domain, "a@b", "h")


def test_two_records_are_an_error() -> None:
    names = Names({"shop.example": ["v=spf1 +all", "v=spf1 -all"]})
    assert "permerror" == check_host(names, ip_address(HERE), "shop.example", "ann@shop.example", "h.example")
