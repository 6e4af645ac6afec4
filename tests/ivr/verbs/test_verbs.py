"""Verbs of a server: read from JSON and from TwiML, and performed by the node in their order."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ivr.behaviour import Reply, Scripted, answered
from ivr.effects import Fetch
from ivr.events import Fetched
from ivr.session import Session
from ivr.simulate import Simulation, run
from ivr.verbs import native, twiml, verb
from tests.ivr.flows import CALLER, NOON, codes, flow, view_with

NODE = {"kind": "webhook", "url": "https://example.com/voice", "next": "end", "on_error": "other"}

TWIML: dict[str, tuple[str, verb.Verb]] = {
    "say": ("<Say language='es-MX'>Buenos   días</Say>", verb.Say(text="Buenos días", language="es")),
    "say in a language that nobody speaks here": ("<Say language='fr-FR'>Bonjour</Say>", verb.Say(text="Bonjour")),
    "play": ("<Play loop='2'>prompt:welcome</Play>", verb.Play(prompts=("prompt:welcome",), loop=2)),
    "pause": ("<Pause length='2'/>", verb.Pause(seconds=2)),
    "gather": (
        "<Gather numDigits='4' timeout='7' action='/keys' finishOnKey='*'><Say>Code?</Say></Gather>",
        verb.Gather(say=(verb.Say(text="Code?"),), max_keys=4, timeout_s=7, action="/keys", finish="*"),
    ),
    "dial": ("<Dial timeout='15'>+12025550100</Dial>", verb.Dial(to=("+12025550100",), ring_s=15)),
    "dial several": ("<Dial><Client>ann</Client><Number>102</Number></Dial>", verb.Dial(to=("ann", "102"))),
    "record": ("<Record maxLength='30' playBeep='false'/>", verb.Record(seconds_max=30, beep=False)),
    "redirect": ("<Redirect>https://example.com/b</Redirect>", verb.Redirect(url="https://example.com/b")),
    "enqueue": ("<Enqueue>support</Enqueue>", verb.Enqueue(queue="support")),
    "hangup": ("<Hangup/>", verb.Hangup()),
    "reject": ("<Reject/>", verb.Hangup()),
}


@pytest.mark.parametrize("name", TWIML)
def test_twiml_is_read(name: str) -> None:
    text, expected = TWIML[name]
    assert (expected,) == twiml.read(f"<?xml version='1.0'?><Response>{text}</Response>").verbs


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html/>",
        "<Response><Sip/></Response>",
        "<Response><Play>https://example.com/a.mp3</Play></Response>",
        "<Response><Pause length='soon'/></Response>",
        "<Response><Dial>+1 (202) 555</Dial></Response>",
        "<Response><Gather><Dial>102</Dial></Gather></Response>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><Response><Say>&b;</Say></Response>",
        "<Response>" + "<Hangup/>" * 101 + "</Response>",
        "<Response><Say></Say></Response>",
        "<Response>",
    ],
)
def test_what_is_no_twiml_of_ours_is_refused_with_a_reason(body: str) -> None:
    with pytest.raises(verb.BadVerbs):
        twiml.read(body)


@pytest.mark.parametrize("body", ["", "[]", '{"verbs": [{"verb": "fly"}]}', '{"verbs": 1}', '{"a": 1}', "[" * 9999])
def test_what_is_no_json_of_ours_is_refused_with_a_reason(body: str) -> None:
    with pytest.raises(verb.BadVerbs):
        native.read(body)


class Server(Scripted):
    """Answers by URL and remembers what it was told."""

    def __init__(self, answers: dict[str, Any], keys: str = "", **people: Any) -> None:
        super().__init__(list(keys), people)
        self.answers, self.asked = answers, list[Fetch]()

    def reply(self, session: Session, effect: Fetch) -> Fetched:
        self.asked.append(effect)
        found = self.answers.get(effect.url)
        body = found if isinstance(found, str) else json.dumps({"verbs": found})
        return answered(effect, Reply(0) if found is None else Reply(200, body))


def walk(server: Server, **more: Any) -> Simulation:
    return run(view_with(), flow({**NODE, **more}), CALLER, NOON, server)


A, B = "https://example.com/voice", "https://example.com/b"


def test_verbs_are_done_one_after_another_and_then_the_flow_goes_on() -> None:
    verbs = [
        {"verb": "say", "text": "Good {caller} day"},
        {"verb": "play", "prompts": ["sound:goodbye"]},
        {"verb": "pause"},
    ]
    done = walk(Server({A: verbs}))
    assert ["webhook", "webhook.verbs", "hangup"] == codes(done)
    assert ("say:en:Good (caller) day", "sound:goodbye") == done.heard


def test_what_is_keyed_is_told_to_the_action() -> None:
    gather = [{"verb": "gather", "say": [{"verb": "say", "text": "Code?"}], "max_keys": 2, "action": "/b"}]
    server = Server({A: gather, B: [{"verb": "hangup"}]}, "42")
    assert ["webhook", "webhook.verbs", "webhook.keys", "webhook", "webhook.verbs", "hangup"] == codes(walk(server))
    assert "42" == json.loads(server.asked[1].body)["keys"]


def test_nothing_keyed_goes_on_with_the_next_verb() -> None:
    server = Server({A: [{"verb": "gather", "timeout_s": 3}, {"verb": "continue"}]})
    assert ["webhook", "webhook.verbs", "webhook.nothing", "hangup"] == codes(walk(server))


def test_the_action_of_a_dial_is_told_how_it_ended_in_the_words_of_its_format() -> None:
    body = "<Response><Dial action='b'>102</Dial></Response>"
    server = Server({A: body, B: "<Response><Say>Nobody</Say></Response>"}, ben="busy")
    done = walk(server, format="twiml")
    assert "DialCallStatus=busy" in server.asked[1].body
    assert ("twilio", "application/x-www-form-urlencoded") == (server.asked[1].signature, server.asked[1].content_type)
    assert ("say:en:Nobody",) == done.heard


def test_a_dial_that_was_answered_goes_on_with_the_next_verb() -> None:
    done = walk(Server({A: [{"verb": "dial", "to": ["ann"]}, {"verb": "hangup"}]}))
    assert ["webhook", "webhook.verbs", "webhook.dial", "webhook.answered", "hangup"] == codes(done)
    assert "answered" == done.outcome


def test_a_recording_is_told_with_its_length() -> None:
    server = Server({A: [{"verb": "record", "action": B}], B: []})
    walk(server)
    assert "5" == json.loads(server.asked[1].body)["recorded_s"]


def test_a_server_that_is_of_no_use_is_followed_by_the_fallback_url_then_by_the_edge() -> None:
    server = Server({B: [{"verb": "say", "text": "Sorry"}]})
    assert ["webhook", "webhook.fallback", "webhook", "webhook.verbs", "hangup"] == codes(walk(server, fallback_url=B))
    assert ["webhook", "webhook.failed", "tag", "hangup"] == codes(walk(Server({A: "<html>"})))


def test_a_server_that_sends_the_call_in_circles_is_left() -> None:
    done = walk(Server({A: [{"verb": "redirect", "url": A}]}))
    assert 50 == codes(done).count("webhook")
    assert ["webhook.failed", "tag", "hangup"] == codes(done)[-3:]


def test_variables_that_the_server_sets_are_known_to_the_flow() -> None:
    done = walk(Server({A: json.dumps({"verbs": [], "variables": {"tier": "gold"}})}))
    assert "gold" == done.variables["tier"]
