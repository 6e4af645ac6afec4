"""One recording of a worker: what was asked for, its file, and how far it is."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from media.audio.covers import Covers
from media.plane import records
from media.plane.commands import Record
from media.plane.events import RecordReason
from media.plane.records import Handle
from media.plane.wavfile import WavFile

MARGIN_FRAMES, BLOCK_SIZE = 2400, 16384  # packets up to 300 ms late still find their place
HIDING_MARGIN_FRAMES, HIDING_BLOCK_SIZE = 8000, 8192  # a key is known early enough to be hidden


@dataclass(slots=True)
class Recording:
    """`margin_frames`: what is younger stays in the ring. `block_size`: so much of the file is best written at once.

    `frames_max`: where it ends by itself. `is_saved`: by the engine; else something is due at `due_ns`.
    """

    request: Record
    handle: Handle
    file: WavFile = field(init=False)
    file_system: int = field(init=False)
    has_file: bool = False
    margin_frames: int = field(init=False)
    block_size: int = field(init=False)
    frames_max: int = field(init=False)
    is_saved: bool = False
    due_ns: int = 0
    reason: RecordReason = "stopped"
    voice_frames: int = 0
    covers: Covers = field(default_factory=Covers)
    stopping: bool = False
    failed: bool = False
    refusal: OSError | None = None  # why there is no file
    synced_frames: int = 0
    sync: Future[None] | None = None

    def __post_init__(self) -> None:
        hides = self.request.mute_digits
        self.margin_frames = HIDING_MARGIN_FRAMES if hides else MARGIN_FRAMES
        self.block_size = HIDING_BLOCK_SIZE if hides else BLOCK_SIZE
        self.frames_max = int(self.request.seconds_max * records.SAMPLE_RATE)

    def create(self) -> None:
        """Its file, which is written as soon as it `has_file`. Whatever the disk says is the caller's."""
        self.file = WavFile(Path(self.request.path), channels=2 if self.request.kind == "call" else 1)
        self.file_system = self.file.file_system

    @property
    def is_undurable(self) -> bool:
        """Not all of its file is on the disk yet, and nobody is bringing it there."""
        is_new = self.has_file and self.file.frames > self.synced_frames
        return is_new and not self.failed and (self.sync is None or self.sync.done())

    @property
    def is_silent(self) -> bool:
        """A message after which nothing was said for as long as was asked for."""
        silent, silence_s = self.file.frames - self.voice_frames, self.request.silence_s
        return self.request.kind == "voicemail" and 0 < silence_s * records.SAMPLE_RATE <= silent

    @property
    def is_plain(self) -> bool:
        """What is in the ring goes into the file as it is."""
        is_going_on = not (self.failed or self.stopping)
        return is_going_on and self.request.kind == "call" and self.covers.is_empty
