"""Whole calls between two user agents: set-up, refusal, giving up, hanging up, races and loss, on virtual time."""

from __future__ import annotations

import random

import pytest

from softswitch.sip.message import Response
from softswitch.sip.parse import parse_message
from softswitch.transport.flows import Flow
from softswitch.transport.listener import EndCause
from softswitch.transport.policy import LegPolicy
from softswitch.transport.session import Session
from tests.softswitch.transport.harness import ANSWER, OFFER, Heard, Node, World, connected, losing


def ring_only(session: Session) -> None:
    session.ring()


def test_a_call_rings_is_answered_and_hung_up_by_the_caller() -> None:
    world = World()
    world.called.answer = ring_only
    call = world.caller.call(world.called)
    world.run(3)
    world.called.sessions[0].answer(ANSWER)
    world.run(1)
    call.bye()
    world.run(1)
    assert ["progress 180", "answered answer", "ended 200 local"] == world.caller.heard.words
    assert ["acked", "ended 200 remote"] == world.called.heard.words
    assert [
        "1> INVITE", "2> 100 INVITE", "2> 180 INVITE", "2> 200 INVITE", "1> ACK", "1> BYE", "2> 200 BYE"
    ] == world.ladder()  # fmt: skip


def test_who_becomes_another_one_before_the_ack_is_told_after_it() -> None:
    world = World(lost=losing("1> ACK"))
    world.caller.call(world.called)
    world.run(0.2)
    assert [] == world.called.heard.words
    world.called.sessions[0].identify((("P-Asserted-Identity", "<sip:+12025550177@x>"),))
    world.run(2)
    assert ["acked"] == world.called.heard.words
    assert ["2> UPDATE", "1> 200 UPDATE"] == world.ladder()[-2:]
    assert b"P-Asserted-Identity: <sip:+12025550177@x>" in world.network.wire[-2][3]


def test_who_answers_is_told_in_the_answer() -> None:
    world = World()
    world.called.answer = ring_only
    world.caller.call(world.called)
    world.run(1)
    heard: list[str | None] = []
    send = world.called.exchange.transmit

    def transmit(data: bytes, flow: Flow) -> None:
        message = parse_message(data)
        if isinstance(message, Response) and message.status == 200:
            heard.append(message.headers.get("P-Asserted-Identity"))
        send(data, flow)

    world.called.exchange.transmit = transmit  # type: ignore[method-assign]  # a tap
    world.called.sessions[0].identity = (("P-Asserted-Identity", "<sip:102@pbx>"),)
    world.called.sessions[0].answer(ANSWER)
    world.run(1)
    assert ["<sip:102@pbx>"] == heard


def test_after_a_call_nothing_is_left() -> None:
    world = connected()
    world.caller.sessions[0].bye()
    world.run(40)
    assert world.clean()


def test_the_called_side_can_hang_up_and_say_why() -> None:
    world = connected()
    world.called.sessions[0].bye('Q.850;cause=31;text="No media"')
    world.run(1)
    assert EndCause(200, 31, "No media", "remote") == world.caller.heard.cause
    assert EndCause(200, 31, "No media", "local") == world.called.heard.cause


def test_a_plain_bye_is_normal_clearing() -> None:
    world = connected()
    world.called.sessions[0].bye()
    world.run(1)
    assert EndCause(200, 16, "Normal Clearing", "remote") == world.caller.heard.cause


def test_contact_allow_and_tags_are_right() -> None:
    world = World()
    world.called.answer = lambda session: session.ring(183, ANSWER)
    world.caller.call(world.called)
    world.run(1)
    entries = world.called.exchange.trace.get(world.called.sessions[0].call_id)
    assert ["INVITE sip:101@10.0.0.2 SIP/2.0", "SIP/2.0 100 Trying", "SIP/2.0 183 Session Progress"] == [
        entry.data.decode().partition("\r\n")[0] for entry in entries[:3]
    ]
    progress = entries[2].data.decode()
    assert "Contact: <sip:softswitch@10.0.0.2:5060>\r\n" in progress
    assert "Allow: INVITE, ACK, CANCEL, BYE, INFO, PRACK, UPDATE, REFER, OPTIONS, REGISTER\r\n" in progress
    assert "To: <sip:101@10.0.0.2>;tag=" in progress
    assert ";tag=" not in entries[1].data.decode().partition("To:")[2].partition("\r\n")[0]


def test_early_media_reaches_the_caller() -> None:
    world = World()
    world.called.answer = lambda session: session.ring(183, ANSWER)
    world.caller.call(world.called)
    world.run(1)
    assert ["progress 183 answer"] == world.caller.heard.words


def test_an_answer_without_sdp_after_early_media_keeps_that_sdp() -> None:
    world = World()

    def answer(session: Session) -> None:
        session.ring(183, ANSWER)
        session.answer(b"")

    world.called.answer = answer
    world.caller.call(world.called, policy=LegPolicy(reliable="off"))
    world.run(1)
    assert ["progress 183 answer", "answered answer"] == world.caller.heard.words


def test_a_long_ringing_is_repeated_each_minute() -> None:
    world = World()
    world.called.answer = ring_only
    world.caller.call(world.called)
    world.run(185)
    assert 4 == len(world.sent("2> 180 INVITE"))


def test_a_call_that_rings_for_minutes_can_still_be_answered() -> None:
    world = World()
    world.called.answer = ring_only
    world.caller.call(world.called)
    world.run(300)
    world.called.sessions[0].answer(ANSWER)
    world.run(1)
    assert "answered answer" == world.caller.heard.words[-1]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_refusal_is_told_to_both(transport: str) -> None:
    world = World()
    world.called.answer = lambda session: session.reject(486, headers=(("Retry-After", "9"),))
    world.caller.call(world.called, transport=transport)
    world.run(1)
    assert ["failed 486 Busy Here"] == world.caller.heard.words == world.called.heard.words
    assert "9" == world.caller.heard.headers.get("Retry-After")
    world.run(40)
    assert world.clean()


def test_a_refusal_whose_ack_never_comes_is_told_all_the_same() -> None:
    world = World(lost=losing(*["1> ACK"] * 20))
    world.called.answer = lambda session: session.reject(486)
    world.caller.call(world.called)
    world.run(1.5)
    assert [] == world.called.heard.words
    world.run(1)
    assert ["failed 486 Busy Here"] == world.called.heard.words
    world.run(70)
    assert ["failed 486 Busy Here"] == world.called.heard.words
    assert world.clean()


def test_the_caller_gives_up() -> None:
    world = World()
    world.called.answer = ring_only
    call = world.caller.call(world.called)
    world.run(1)
    call.cancel('SIP;cause=200;text="Call completed elsewhere"')
    world.run(1)
    assert ["progress 180", "failed 487 Request Terminated"] == world.caller.heard.words
    assert ["cancelled"] == world.called.heard.words
    assert ["1> CANCEL", "2> 200 CANCEL", "2> 487 INVITE", "1> ACK"] == world.ladder()[3:]
    world.run(40)
    assert world.clean()


def test_bye_before_the_answer_is_a_cancel() -> None:
    world = World()
    world.called.answer = ring_only
    call = world.caller.call(world.called)
    world.run(1)
    call.bye()
    world.run(1)
    assert "failed 487 Request Terminated" == world.caller.heard.words[-1]


def test_bye_of_a_called_leg_before_its_answer_refuses_it() -> None:
    world = World()
    world.called.answer = ring_only
    world.caller.call(world.called)
    world.run(1)
    world.called.sessions[0].bye("Q.850;cause=19")
    world.run(1)
    assert "failed 480 Temporarily Unavailable" == world.caller.heard.words[-1]
    assert ["failed 480 Temporarily Unavailable"] == world.called.heard.words


def test_a_cancel_before_any_answer_waits_for_the_first_one() -> None:
    world = World(lost=losing("2> 100 INVITE", "2> 180 INVITE"))
    world.called.answer = ring_only
    call = world.caller.call(world.called)
    world.clock.advance(0.1)
    call.cancel()
    assert [] == world.sent("1> CANCEL")
    world.run(2)
    assert ["failed 487 Request Terminated"] == world.caller.heard.words
    assert ["cancelled"] == world.called.heard.words
    assert 1 == len(world.sent("1> CANCEL"))


def test_a_cancel_that_crosses_the_answer_ends_in_ack_and_bye() -> None:
    world = World(delay_s=0.1)
    world.called.answer = ring_only
    call = world.caller.call(world.called)
    world.run(1)
    call.cancel()
    world.called.sessions[0].answer(ANSWER)
    world.run(1)
    assert ["progress 180", "failed 487 Request Terminated"] == world.caller.heard.words
    assert ["acked", "ended 200 remote"] == world.called.heard.words
    assert ["1> CANCEL", "2> 200 INVITE", "2> 200 CANCEL", "1> ACK", "1> BYE", "2> 200 BYE"] == world.ladder()[3:]
    world.run(40)
    assert world.clean()


def test_an_answer_long_after_the_cancel_is_still_hung_up() -> None:
    world = World(lost=losing(*["1> CANCEL"] * 20))
    world.called.answer = ring_only
    call = world.caller.call(world.called)
    world.run(1)
    call.cancel()
    world.run(10)
    assert "failed 487 Request Terminated" == world.caller.heard.words[-1]
    world.called.sessions[0].answer(ANSWER)
    world.run(1)
    assert ["acked", "ended 200 remote"] == world.called.heard.words
    assert "failed 487 Request Terminated" == world.caller.heard.words[-1]


def test_a_cancelled_invite_that_nobody_ever_answers_is_forgotten() -> None:
    world = World(lost=losing(*["1> CANCEL"] * 20))
    world.called.answer = ring_only
    call = world.caller.call(world.called)
    world.run(1)
    call.cancel()
    world.run(40)
    assert 0 == world.caller.exchange.transactions


def test_nobody_there_is_a_408_after_32_seconds_and_seven_invites() -> None:
    world = World()
    world.called.paths.close()
    world.caller.call(world.called)
    world.run(31.9)
    assert [] == world.caller.heard.words
    world.run(0.2)
    assert ["failed 408 Request Timeout"] == world.caller.heard.words
    assert [0, 500, 1500, 3500, 7500, 15500, 31500] == world.sent("1> INVITE")
    assert world.clean()


def test_no_connection_is_a_503_that_comes_after_the_verb() -> None:
    world = World()
    world.called.paths.close()
    world.caller.call(world.called, transport="tcp")
    assert [] == world.caller.heard.words
    world.run(0.1)
    assert ["failed 503 connection refused"] == world.caller.heard.words


def test_lost_answers_are_repeated_until_the_ack_and_acknowledged_each_time() -> None:
    world = World(lost=losing("1> ACK", "1> ACK", "1> ACK"))
    world.caller.call(world.called)
    world.run(60)
    assert [0, 500, 1500, 3500] == [at - world.sent("2> 200 INVITE")[0] for at in world.sent("2> 200 INVITE")]
    assert 4 == len(world.sent("1> ACK"))
    assert ["answered answer"] == world.caller.heard.words
    assert ["acked"] == world.called.heard.words


def test_a_200_nobody_acknowledges_ends_the_called_leg_after_64_t1() -> None:
    world = World(lost=losing(*["1> ACK"] * 20))
    world.caller.call(world.called)
    world.run(31)
    assert [] == world.called.heard.words
    world.run(2)
    assert EndCause(408, None, "No ACK", "error") == world.called.heard.cause
    assert ["answered answer", "ended 200 remote"] == world.caller.heard.words


def test_a_called_leg_that_hangs_up_before_the_ack_waits_for_it() -> None:
    world = World(lost=losing("1> ACK"))
    world.called.answer = lambda session: session.answer(ANSWER)
    world.caller.call(world.called)
    world.run(0.1)
    world.called.sessions[0].bye()
    assert [] == world.sent("2> BYE")
    world.run(1)
    assert 1 == len(world.sent("2> BYE"))
    assert ["ended 200 local"] == world.called.heard.words
    assert ["answered answer", "ended 200 remote"] == world.caller.heard.words


def test_the_end_of_a_called_leg_without_ack_is_told_soon_and_its_bye_sent_at_last() -> None:
    world = World(lost=losing(*["1> ACK"] * 20))
    world.caller.call(world.called)
    world.run(0.1)
    world.called.sessions[0].bye()
    world.run(3)
    assert ["ended 200 local"] == world.called.heard.words
    world.run(35)
    assert 1 == len(world.sent("2> BYE"))
    assert ["ended 200 local"] == world.called.heard.words


def test_byes_that_cross_are_both_answered_200() -> None:
    world = connected(delay_s=0.1)
    world.caller.sessions[0].bye()
    world.called.sessions[0].bye()
    world.run(1)
    assert ["1> 200 BYE", "1> BYE", "2> 200 BYE", "2> BYE"] == sorted(world.ladder())
    assert ["ended 200 local"] == world.caller.heard.words
    assert ["ended 200 local"] == world.called.heard.words
    world.run(40)
    assert world.clean()


def test_the_end_is_told_soon_when_the_far_end_is_dead() -> None:
    world = connected()
    world.called.paths.close()
    world.caller.sessions[0].bye()
    world.run(1.9)
    assert [] == world.caller.heard.words
    world.run(0.2)
    assert ["ended 200 local"] == world.caller.heard.words
    world.run(60)
    assert ["ended 200 local"] == world.caller.heard.words
    assert 11 == len(world.sent("1> BYE"))
    assert 0 == world.caller.exchange.transactions + world.caller.agent.sessions


def test_verbs_after_the_end_do_nothing() -> None:
    world = connected()
    call = world.caller.sessions[0]
    call.bye()
    world.run(1)
    before = len(world.ladder())
    call.bye()
    call.cancel()
    call.reinvite(OFFER)
    call.answer_offer(ANSWER)
    call.refuse_offer()
    world.called.sessions[0].ring()
    world.called.sessions[0].answer(ANSWER)
    world.called.sessions[0].reject(486)
    world.run(1)
    assert before == len(world.ladder())


@pytest.mark.parametrize("verb", ["ring", "answer", "reject"])
def test_an_outgoing_leg_cannot_be_answered(verb: str) -> None:
    world = connected()
    with pytest.raises(TypeError):
        getattr(world.caller.sessions[0], verb)(*{"answer": (b"",), "reject": (486,)}.get(verb, ()))


def test_an_offerless_invite_gets_the_answer_with_its_ack() -> None:
    world = connected()
    raw = bytes(world.caller.exchange.trace.get(world.caller.sessions[0].call_id)[0].data)
    head = raw.partition(b"\r\n\r\n")[0].replace(b"z9hG4bK", b"z9hG4bKx").replace(b"Call-ID: ", b"Call-ID: x")
    lines = [line for line in head.split(b"\r\n") if not line.startswith((b"Content-",))]
    invite = b"\r\n".join([*lines, b"Content-Length: 0\r\n\r\n"])
    flow = world.called.paths.flow("10.0.0.1", 5060, "udp")
    world.called.exchange.received(invite, flow)
    world.run(0.1)
    ok = world.called.exchange.trace.get("x" + world.caller.sessions[0].call_id)[-1].data.decode()
    to = next(line for line in ok.split("\r\n") if line.startswith("To:"))
    kept = [line for line in invite.decode().split("\r\n")[1:] if line.startswith(("From:", "Call-ID:", "Max-"))]
    via = "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKack"
    ack = ["ACK sip:softswitch@10.0.0.2 SIP/2.0", via, to, *kept, "CSeq: 1 ACK", "Content-Type: application/sdp"]
    world.called.exchange.received(("\r\n".join(ack) + "\r\n\r\nv=0\r\no=answer").encode(), flow)
    assert ["acked answer"] == world.called.heard.words


def test_calls_complete_under_heavy_random_loss() -> None:
    outcomes: set[tuple[str, ...]] = set()
    for seed in range(40):
        rng = random.Random(seed)
        world = World(lost=lambda data, source, target, rng=rng: rng.random() < 0.2)
        world.called.answer = ring_only
        call = world.caller.call(world.called)
        world.run(20)
        world.called.sessions[0].answer(ANSWER)
        world.run(40)
        call.bye()
        world.run(80)
        outcomes.add((world.caller.heard.words[-2], world.caller.heard.words[-1], world.called.heard.words[0]))
        assert world.called.heard.words[-1].startswith("ended 200 ")
        assert world.clean()
    assert {("answered answer", "ended 200 local", "acked")} == outcomes


def test_calls_over_tcp_make_no_retransmission_timers() -> None:
    world = World()
    call = world.caller.call(world.called, transport="tcp")
    world.run(1)
    call.bye()
    world.run(1)
    assert ["answered answer", "ended 200 local"] == world.caller.heard.words
    assert 6 == len(world.ladder())
    assert "Contact: <sip:softswitch@10.0.0.1:5060;transport=tcp>" in world.network.wire[0][3].decode()


def test_a_listener_may_end_the_call_from_inside_a_callback() -> None:
    world = World()
    heard = Heard(then=lambda session, word: session.bye() if word.startswith("answered") else None)
    world.caller.call(world.called, listener=heard)
    world.run(1)
    assert ["answered answer", "ended 200 local"] == heard.words
    assert ["acked", "ended 200 remote"] == world.called.heard.words


def test_an_application_that_breaks_is_answered_500_and_leaves_nothing(caplog: pytest.LogCaptureFixture) -> None:
    world = World()

    def breaks(session: Session) -> None:
        raise KeyError("broken")

    world.called.answer = breaks
    world.caller.call(world.called)
    world.run(1)
    assert ["failed 500 Server Internal Error"] == world.caller.heard.words
    assert 0 == world.called.agent.sessions
    assert "the handler of INVITE broke" in caplog.text


def test_remote_names_the_far_end() -> None:
    world = connected()
    assert ("udp 10.0.0.2:5060", "udp 10.0.0.1:5060") == (
        world.caller.sessions[0].remote, world.called.sessions[0].remote
    )  # fmt: skip


def test_a_third_node_hears_nothing_of_a_call() -> None:
    world = World()
    third = Node(world.network, "10.0.0.3")
    world.caller.call(world.called)
    world.run(1)
    assert [] == third.heard.words
