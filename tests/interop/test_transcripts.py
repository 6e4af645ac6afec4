"""What two say to each other on the telephone is read beside the player, side by side; a recording is held, then deleted."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.interop.node import Running, eventually
from tests.interop.test_calls import CALLER_VOICE, PERSON_VOICE
from tests.interop.test_transfer import calls_of, over
from tests.interop.test_webui_desk import seen
from tests.interop.web_page import go, sign_in_link, signed_in

pytestmark = [pytest.mark.interop, pytest.mark.timeout(600)]
WRITTEN_S_MAX = 300.0
"""The engine gives way to everything else on the machine."""
LENGTH_SAYS = """#!{python}
import json, sys, wave
sound = wave.open(sys.argv[1])
seconds = sound.getnframes() / sound.getframerate()
words = [dict(word=f"word{{at}}", start=at / 2, end=at / 2 + 0.4, confidence=0.4 + at % 2 / 2) for at in range(int(seconds) * 2)]
print(json.dumps(dict(words=words)))
"""


@pytest.fixture(scope="module")
def writing_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A node whose transcriber says a word each half a second."""
    folder = tmp_path_factory.mktemp("writing")
    program = folder / "transcriber"
    program.write_text(LENGTH_SAYS.format(python=sys.executable))
    program.chmod(0o755)
    running = Running(folder / "data", {"SOFTSWITCH_TRANSCRIBER": str(program)}).start()
    yield running
    assert 0 == running.stop()


@pytest.fixture(scope="module")
def page(writing_node: Running) -> Iterator[Page]:
    with signed_in(sign_in_link(writing_node)) as page:
        yield page


@pytest.fixture(scope="module")
def call(writing_node: Running, page: Page) -> str:
    """Ann, whom a company that wants it calls to Ben, speaks, then Ben: the id of the call, once it is written down."""
    node = writing_node
    go(page, "Calls")
    page.get_by_role("button", name="Recording", exact=True).click()
    expect(page.get_by_label("Write down what is said in recorded calls")).not_to_be_checked()
    page.get_by_label("Write down what is said in recorded calls").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    known, ann, ben = calls_of(node), node.registered("ann-desk"), node.registered("ben-desk")
    node.wait_followed()
    ann.do("call", uri=f"sip:102@{node.sip}")
    ben.wait("incoming")
    ben.do("answer")
    ann.answered()
    ben.wait("state", state="CONFIRMED")
    for phone, voice in ((ann, CALLER_VOICE), (ben, PERSON_VOICE)):
        phone.do("play", path=str(voice))
        phone.wait("played")
    ann.do("hangup")
    ben.wait("state", state="DISCONNECTED")
    for phone in (ann, ben):
        phone.close()
    (detail,) = over(node, known, 1)
    id = str(detail["call"]["id"])
    eventually(lambda: ((node.detail(id) or {}).get("transcript") or {}).get("done"), WRITTEN_S_MAX, "its transcript")
    return id


def test_the_talk_is_read_line_by_line_and_a_line_is_played_when_it_is_pressed(
    writing_node: Running, page: Page, call: str
) -> None:
    go(page, "Calls")
    page.get_by_label("Words that were said").fill("word1 word2")
    page.get_by_role("table").get_by_role("link").first.click()
    dialogue = page.get_by_test_id("dialogue")
    expect(dialogue).to_contain_text("Ann")
    expect(dialogue).to_contain_text("Ben")
    lines = page.get_by_test_id("line")
    assert lines.count() >= 2
    last = lines.last
    last.get_by_role("button").first.click()
    expect(last).to_have_attribute("aria-current", "true")
    page.get_by_role("button", name="Play: Recording").click()
    expect(dialogue.locator(".word.spoken")).to_have_count(1)
    page.get_by_role("button", name="Pause: Recording").click()
    page.get_by_role("button", name=re.compile("^Mark ")).click()
    page.get_by_label("Add a note").fill("the address")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_test_id("mark")).to_contain_text("the address")
    seen(page, "call-transcript")


def test_a_recording_is_kept_for_a_lawsuit_then_deleted_with_its_words_and_the_call_says_why(
    writing_node: Running, page: Page, call: str
) -> None:
    page.goto(page.url.split("/app")[0] + f"/app/calls/{call}")
    page.get_by_role("button", name="Keep for a lawsuit").click()
    page.get_by_label("While it is held").fill("case 7")
    page.get_by_role("button", name="Keep for a lawsuit").click()
    expect(page.get_by_test_id("hold")).to_contain_text("case 7")
    expect(page.get_by_test_id("hold")).to_contain_text("once the hold is ended")
    expect(page.get_by_role("button", name="Delete", exact=True)).to_have_count(0)
    seen(page, "call-held")
    page.get_by_role("button", name="End the hold").click()
    expect(page.get_by_test_id("hold")).to_have_count(0)
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_label("A deleted recording does not come back").fill("she asked for it")
    page.get_by_role("button", name="Remove for good").click()
    expect(page.get_by_test_id("removed")).to_contain_text("she asked for it")
    expect(page.get_by_test_id("dialogue")).to_have_count(0)
    assert [] == writing_node.api.get("/api/v1/calls", said="word1")["data"]
