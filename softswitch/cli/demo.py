"""`demo`: a real phone calls the demo tenant, hears the menu, presses a key and leaves a voicemail, told line by line."""

from __future__ import annotations

import queue
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

from configdb.runtime import Runtime
from installer.demo_tenant import CALLER_NUMBER, CALLER_PORTS, MAIN_NUMBER, TENANT
from installer.phone_driver import Phone, PhoneSilent
from media.audio.level import dbov
from media.audio.wav import parse
from softswitch.cli.api import Api
from softswitch.cli.context import of
from softswitch.cli.output import CliError, Output
from softswitch.supervisor.ports import free_udp

CALL_S_MAX = 60.0
LISTEN_S = 4.0  # a caller hears the choices before pressing
TONE_S = 0.9  # from "record a message" to the end of the beep
RECORD_S_MAX = 15.0  # until the call is in the history


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(context: typer.Context) -> None:
    """Place the demo call again."""
    here = of(context)
    demo_call(here.data, here.output)


@dataclass(slots=True)
class Story:
    """What is told of the call: lines with the time since it began."""

    output: Output
    began: float = field(default_factory=time.monotonic)
    lines: list[dict[str, Any]] = field(default_factory=list)

    def tell(self, who: str, text: str) -> None:
        """One line, printed as it happens."""
        at_s = round(time.monotonic() - self.began, 1)
        self.lines.append({"at_s": at_s, "who": who, "text": text})
        if not self.output.as_json:
            self.output.console.print(f"  {at_s:5.1f} s  {who:<7} {text}", markup=False, soft_wrap=True)


def demo_call(data: Path, output: Output) -> dict[str, Any]:
    """Place the call and tell it; the finished call's detail. Raises `CliError`."""
    api = Api(data, TENANT)
    runtime = _runtime(data)
    port = next((port for port in CALLER_PORTS if free_udp("127.0.0.1", port)), None)
    if port is None:
        raise CliError(f"ports {CALLER_PORTS[0]}-{CALLER_PORTS[-1]} are all taken: the demo caller needs one of them")
    story = Story(output)
    feed = Feed(api)
    with tempfile.TemporaryDirectory() as scratch:
        heard = Path(scratch) / "heard.wav"
        with Phone(port) as phone:
            call_id = _talk(phone, heard, runtime, data, feed, story)
        # Only a phone that has ended has written how long its recording is.
        call = _recorded(api, call_id)
        _sum_up(call, heard, api, story)
    if output.as_json:
        output.document({"call": call_id, "story": story.lines})
    else:
        output.note(f"softswitch explain {call_id}   tells why it went this way")
    return call


def _runtime(data: Path) -> Runtime:
    try:
        return Runtime.read(data)
    except (OSError, ValueError) as error:
        raise CliError(f"no node runs in {data}: start it with `softswitch up --data {data} --demo`") from error


def _talk(phone: Phone, heard: Path, runtime: Runtime, data: Path, feed: Feed, story: Story) -> str:
    """Dial, listen, press, speak, hang up; the call's id."""
    host = "127.0.0.1" if runtime.sip_host in ("0.0.0.0", "::") else runtime.sip_host
    message = data / "prompts" / "en" / "demo-caller.wav"
    try:
        story.tell("caller", f"dials {MAIN_NUMBER} from {CALLER_NUMBER}")
        phone.do("record", path=str(heard))
        identity = f"sip:{CALLER_NUMBER}@127.0.0.1"
        phone.do("call", uri=f"sip:{MAIN_NUMBER}@{host}:{runtime.sip_port}", identity=identity)
        phone.answered()
        story.tell("caller", "is answered and listens")
        live = feed.until(lambda call: call["state"] == "menu" and _at(call, "menu"), story)
        feed.for_seconds(LISTEN_S, story)
        story.tell("caller", "presses 3")
        phone.do("dtmf", digits="3")
        live = feed.until(lambda call: _at(call, "mailbox.record"), story)
        feed.for_seconds(TONE_S, story)
        story.tell("caller", "speaks after the tone")
        phone.do("play", path=str(message))
        phone.wait("played", timeout_s=CALL_S_MAX)
        feed.for_seconds(0.3, story)
        story.tell("caller", "hangs up")
        phone.do("hangup")
        feed.until(lambda call: call["state"] == "ended", story)
        return str(live["id"])
    except (PhoneSilent, TimeoutError, OSError) as error:
        raise CliError(f"{error} (log: {data / 'logs' / 'switch.log'})") from error


def _at(call: dict[str, Any], code: str) -> bool:
    return any(step["code"].startswith(code) for step in call["steps"])


class Feed:
    """The live documents of the demo caller's call, from the node's event stream."""

    def __init__(self, api: Api) -> None:
        self._events: queue.Queue[dict[str, Any]] = queue.Queue()
        self._told: set[tuple[Any, Any, Any]] = set()
        threading.Thread(target=self._read, args=(api,), daemon=True).start()

    def _read(self, api: Api) -> None:
        for event, document in api.events():
            if event == "call" and document.get("from") == CALLER_NUMBER:
                self._events.put(document)

    def until(self, ready: Callable[[dict[str, Any]], bool], story: Story) -> dict[str, Any]:
        """Tell what happens until a document is as wanted. Raises TimeoutError."""
        deadline = time.monotonic() + CALL_S_MAX
        while True:
            call = self._next(deadline - time.monotonic())
            if call is None:
                raise TimeoutError("the call did not get as far as it should")
            self._tell(call, story)
            if ready(call):
                return call

    def for_seconds(self, seconds: float, story: Story) -> None:
        """Tell what happens for a while."""
        deadline = time.monotonic() + seconds
        while (call := self._next(deadline - time.monotonic())) is not None:
            self._tell(call, story)

    def _next(self, seconds: float) -> dict[str, Any] | None:
        try:
            return self._events.get(timeout=max(seconds, 0.0))
        except queue.Empty:
            return None

    def _tell(self, call: dict[str, Any], story: Story) -> None:
        for step in call["steps"]:
            mark = (step["at"], step["code"], step["text"])
            if mark not in self._told:
                self._told.add(mark)
                story.tell("node", step["text"])


def _recorded(api: Api, call_id: str) -> dict[str, Any]:
    """The call's detail from the history. Raises `CliError`."""
    deadline = time.monotonic() + RECORD_S_MAX
    while True:
        try:
            detail: dict[str, Any] = api.get(f"/api/v1/calls/{call_id}")
            if detail["call"].get("ended_at"):
                return detail
        except CliError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.2)
        if time.monotonic() > deadline:
            raise CliError(f"call {call_id} did not reach the history in {RECORD_S_MAX:.0f} s")


def _sum_up(detail: dict[str, Any], heard: Path, api: Api, story: Story) -> None:
    call = detail["call"]
    wave = parse(heard.read_bytes())
    level = dbov(float((wave.samples.astype(float) ** 2).sum()), wave.samples.size)
    story.tell("caller", f"heard {len(wave.samples) / wave.rate:.1f} s of sound at {level} dBov")
    mos = "not measured" if call.get("mos") is None else f"MOS {call['mos']:.2f}"
    story.tell("node", f"{call['outcome']}, {call['duration_ms'] / 1000:.1f} s, quality {mos}")
    for activity in api.get("/api/v1/activities", state="all", limit=5)["data"]:
        if activity["call"] == call["id"]:
            length = activity.get("duration_s")
            story.tell("node", f"{activity['title']}" + (f" ({length:.1f} s)" if length else ""))
