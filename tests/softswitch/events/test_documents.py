"""Documents of the event packages: what is written is XML whatever names hold, what is read cannot hurt."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as some

from softswitch.calls.lines import Line
from softswitch.events import dialoginfo, reginfo
from softswitch.events.limits import LOG_ITEMS_MAX, XML_BYTES_MAX
from softswitch.events.log import Log
from softswitch.events.mailbox import Counts, summary
from softswitch.events.markup import BadMarkup, read
from softswitch.events.presence import Presence, pidf, read_pidf
from softswitch.peers.phones import Change, Contact
from softswitch.sip.bindings import Binding, Source

ANN = Line("ann", "l1", "c1", "recipient", "early", "+12025550100", "Bob & <Co>")
DIALOG = f"{{{dialoginfo.NAMESPACE}}}"
REG = f"{{{reginfo.NAMESPACE}}}"


def test_message_waiting_says_lamp_account_and_counts() -> None:
    expected = "Messages-Waiting: yes\r\nMessage-Account: sip:101@pbx\r\nVoice-Message: 2/1 (0/0)\r\n"
    assert expected == summary(Counts(1, 1) + Counts(1, 0), "sip:101@pbx").decode()
    assert summary(Counts(0, 3), "sip:101@pbx").startswith(b"Messages-Waiting: no\r\n")


def test_a_dialog_has_state_direction_and_the_other_party() -> None:
    root = ElementTree.fromstring(dialoginfo.dialog_info("sip:101@pbx", "pbx", 7, [ANN], full=False))
    assert ("7", "partial", "sip:101@pbx") == tuple(root.attrib[key] for key in ("version", "state", "entity"))
    [dialog] = root
    names = {"call-id": "c1", "local-tag": "l1", "remote-tag": "c1"}
    assert {"id": "l1", **names, "direction": "recipient"} == dialog.attrib
    assert "early" == dialog.findtext(f"{DIALOG}state")
    identity = dialog.find(f"{DIALOG}remote/{DIALOG}identity")
    assert identity is not None
    assert ("sip:+12025550100@pbx", {"display": "Bob & <Co>"}) == (identity.text, identity.attrib)


def test_a_hidden_caller_stays_hidden() -> None:
    hidden = Line("ann", "l1", "c1", "recipient", "early", "", None)
    assert b">sip:anonymous@pbx<" in dialoginfo.dialog_info("sip:101@pbx", "pbx", 1, [hidden], full=True)


def test_a_registration_lists_contacts_with_their_last_event() -> None:
    binding = Binding("sip:ann@h", 0.5, 100.0, "call-1", 3, Source("udp", "h", 5060))
    contact = Contact("t", "ann", "desk", binding)
    for event, state, expires in (("registered", "active", "60"), ("expired", "terminated", None)):
        body = reginfo.reg_info("sip:101@pbx", 2, [Change(contact, event)], event == "registered", 40.0, full=True)  # type: ignore[arg-type]  # events
        [registration] = ElementTree.fromstring(body)
        [shown] = registration
        assert (state, event, "0.5", expires) == tuple(shown.get(key) for key in ("state", "event", "q", "expires"))
        assert ("sip:ann@h", state) == (shown.findtext(f"{REG}uri"), registration.get("state"))


def test_presence_goes_out_and_comes_back() -> None:
    said = Presence(True, ("busy", "on-the-phone"), "at <lunch> & back")
    assert said == read_pidf(pidf("sip:101@pbx", [("phones", said)]))
    assert Presence(False) == read_pidf(pidf("sip:101@pbx", [("phones", Presence(False))]))


@given(some.text())
def test_any_name_can_be_written(name: str) -> None:
    line = Line("ann", "l1", name, "initiator", "confirmed", name, name)
    ElementTree.fromstring(dialoginfo.dialog_info(name, name, 1, [line], full=True))
    ElementTree.fromstring(pidf(name, [(name, Presence(True, (), name))]))


def test_halves_of_characters_from_the_network_do_not_break_a_document() -> None:
    line = Line("ann", "l1", "c1", "initiator", "confirmed", "1\udc80\x00\x0b", "\ufffe\ud800")
    ElementTree.fromstring(dialoginfo.dialog_info("sip:101@pbx", "pbx", 1, [line], full=True))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<a>",
        b"<a/><b/>",
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<!DOCTYPE a SYSTEM "http://192.0.2.1/x"><a/>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16"),
        b"<a>&undefined;</a>",
        b"<a>" * 17 + b"</a>" * 17,
        b"<a>" + b"<b/>" * 256 + b"</a>",
        b"<a>" + b" " * XML_BYTES_MAX + b"</a>",
        b"<a>\xff</a>",
        b"<a x='1' x='2'/>",
        b"<p:a/>",
    ],
)
def test_markup_that_could_hurt_is_refused(body: bytes) -> None:
    with pytest.raises(BadMarkup):
        read(body)


@given(some.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    for each in (body, b"<presence xmlns='urn:ietf:params:xml:ns:pidf'>" + body + b"</presence>"):
        try:
            read_pidf(each)
        except BadMarkup:
            continue


def test_another_document_is_no_presence() -> None:
    with pytest.raises(BadMarkup):
        read_pidf(b"<presence/>")


def test_a_watcher_learns_what_is_new_the_last_word_on_each() -> None:
    log: Log[str, int] = Log()
    log.add("ann", "a", 1)
    cursor = log.cursor
    log.add("ann", "a", 2)
    log.add("ann", "b", 3)
    log.add("ben", "c", 4)
    log.add("ann", "a", 5)
    assert {"a": 5, "b": 3} == log.since("ann", cursor)
    assert {} == log.since("ann", log.cursor)
    assert {} == log.since("carla", cursor)


def test_a_watcher_who_missed_too_much_is_told_so() -> None:
    log: Log[str, int] = Log()
    cursor = log.cursor
    for number in range(LOG_ITEMS_MAX + 1):
        log.add("ann", f"{number}", number)
    assert None is log.since("ann", cursor)
    assert LOG_ITEMS_MAX == len(log.since("ann", cursor + 1) or {})
