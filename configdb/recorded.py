"""What a company says of recordings of its calls."""

from __future__ import annotations

from typing import Literal

from configdb.value import Value

Notice = Literal["none", "told", "asked"]
"""What callers from outside hear of a recording: nothing, that there is one, or a question that 1 agrees to and 2 refuses."""


class Recorded(Value):
    """`record_calls` records bridged calls in stereo.

    recording_notice: what callers from outside hear of that before anybody is rung; its numbers and queues may say otherwise.
    transcribe_calls: what is recorded from now on is written down afterwards, by a machine of the node.
    """

    record_calls: bool = True
    recording_notice: Notice = "none"
    transcribe_calls: bool = False
