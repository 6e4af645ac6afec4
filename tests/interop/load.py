"""SIPp as a carrier that goes on calling, and what its callers noticed: each call hears the menu for three seconds.

A call is lost when it was not answered, or not ended by an answered BYE.
"""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from installer.demo_tenant import MAIN_NUMBER
from tests.interop.node import Running, eventually
from tests.interop.test_sipp import sipp

A_SECOND = 5
CALL_S = 4.0
"""What a call takes at most: one whose BYE nobody answers is over then as well."""
WHEN = re.compile(r"^-+ ([\d-]{10} [\d:]{8}\.\d+)$", re.MULTILINE)
"""What SIPp writes before each message, local time."""
CALL, CSEQ = re.compile(r"^Call-ID: *(\S+)", re.MULTILINE), re.compile(r"^CSeq: *\d+ (\S+)", re.MULTILINE)
EDGE = re.compile(r"^Contact: *<sip:(?:[^@>]*@)?([^:;>]+)", re.MULTILINE)


@dataclass(slots=True)
class Call:
    """When it was begun, answered and over, as SIPp saw it (epoch seconds); `edge`: the host of who answered."""

    begun: float
    answered: float | None = None
    over: float | None = None
    edge: str = ""

    @property
    def is_lost(self) -> bool:
        """Whether it was not answered, or not ended in peace."""
        return self.answered is None or self.over is None

    def lasts(self, at: float) -> bool:
        """Whether it was answered and goes on at a time."""
        return self.answered is not None and self.answered < at < (self.over or self.answered + CALL_S)


def calls_of(file: Path) -> list[Call]:
    """The calls of SIPp's log of messages."""
    found: dict[str, Call] = {}
    parts = WHEN.split(file.read_text(errors="replace"))[1:]
    for when, text in zip(parts[::2], parts[1::2], strict=True):
        call, cseq = CALL.search(text), CSEQ.search(text)
        if call is None or cseq is None:
            continue
        at = datetime.fromisoformat(when).timestamp()
        one = found.setdefault(call[1], Call(at))
        if "\nSIP/2.0 200" not in text:
            continue
        if cseq[1] == "INVITE" and one.answered is None:
            contact = EDGE.search(text)
            one.answered, one.edge = at, contact[1] if contact is not None else ""
        elif cseq[1] == "BYE":
            one.over = at
    return list(found.values())


@contextmanager
def load(
    edge: Running, folder: Path, to: str | None = None, host: str = "127.0.0.1", seconds_max: int = 300
) -> Iterator[Path]:
    """Calls for the length of the context, and until the last is over; the log of their messages. to: instead of the node."""
    log = folder / "messages.log"
    log.unlink(missing_ok=True)
    (folder / "voice.al").write_bytes(b"\xd5" * 8000)
    counts = ["-m", "100000", "-r", str(A_SECOND), "-recv_timeout", "9000", "-timeout", str(seconds_max)]
    words = ["-s", MAIN_NUMBER, *counts, "-trace_msg", "-message_file", str(log)]
    command = sipp(edge, folder, "caller", *words, host=host)
    command[1] = to or command[1]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            eventually(log.is_file, 20, "SIPp")
            yield log
            process.send_signal(signal.SIGUSR1)  # no new calls
            process.wait(60)
        finally:
            process.kill()
