"""Recordings: a thread drains the legs' rings into WAV files; a few more create the files and make them durable, so a slow disk
delays no ring, and no command.

opening --file is there--> writing --stop | key | silence | limit--> closing --ring empty--> syncing --> done
   |                          \\-- disk refuses --> failed (the call goes on) --ring released--> done
   \\-- disk refuses --> stopped --ring released--> refused
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from twisted.logger import Logger

from media.audio import level, message
from media.audio.covers import Covers, Mode
from media.plane import limits, records
from media.plane.commands import Record, Refused
from media.plane.engine import Engine, deliver
from media.plane.events import RecordDone, RecordReason
from media.plane.recording import Recording
from media.plane.records import Handle
from media.plane.saving import Saving

ROUND_S, ENDING_S = 0.1, 0.01
PERIOD_NS, SYNC_NS = 450_000_000, 1_000_000_000
SYNC_THREADS = OPENING_THREADS = 4
SYNC_EACH_MAX = 8  # of more at once the whole file system is cheaper
Begun = Callable[[str, OSError | None], None]


class Recorder:
    """All recordings of one worker. Called on the recorder's threads: `begun` when a recording has its file, or with why it has
    none and is no more; `done` when it ended; `died` when nothing is recorded any more.
    """

    _log = Logger()

    def __init__(
        self, engine: Engine, begun: Begun, done: Callable[[RecordDone], None], died: Callable[[], None]
    ) -> None:
        self._engine = engine
        self._begun, self._done, self._died = begun, done, died
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._active: dict[str, Recording] = {}
        self._ending = False
        self._saving = Saving(engine)
        self._sync_ns = 0
        self._pool = ThreadPoolExecutor(SYNC_THREADS, thread_name_prefix="recording-sync")
        self._opening = ThreadPoolExecutor(OPENING_THREADS, thread_name_prefix="recording-open")
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Wait until every recording is closed on disk. Their legs must have been closed or stopped before."""
        self._ending = True
        self._wake.set()
        self._thread.join()
        self._opening.shutdown()
        self._pool.shutdown()

    def __len__(self) -> int:
        return len(self._active)

    def begin(self, request: Record, handle: Handle) -> None:
        """Start, and create the file meanwhile: the ring holds two seconds. `begun` follows. Refused("exists" | "full")."""
        if request.token in self._active:
            raise Refused("exists", f"recording {request.token} exists")
        if len(self._active) >= limits.recordings_max:
            raise Refused("full", f"{limits.recordings_max} recordings are running")
        recording = Recording(request, handle)
        with self._lock:
            self._active[request.token] = recording
        deliver(self._engine, records.record_start(handle))
        self._opening.submit(self._open, recording)

    def _open(self, recording: Recording) -> None:
        try:
            recording.create()
        except Exception as error:  # the boundary of one recording: whoever waits for its file hears that there is none
            with self._lock:
                recording.failed = True
                recording.refusal = error if isinstance(error, OSError) else OSError(errno.EINVAL, str(error))
                self._stop(recording, "failed")
            self._wake.set()
        else:
            self._begun(recording.request.token, None)
            recording.due_ns, recording.has_file = 0, True

    def end(self, token: str, reason: RecordReason) -> bool:
        """Stop a recording; False when there is none of that token. RecordDone follows."""
        with self._lock:
            recording = self._active.get(token)
            if recording is None:
                return False
            self._stop(recording, reason)
        self._wake.set()
        return True

    def set_mode(self, token: str, mode: Mode) -> None:
        """From now on. One that is over is left alone."""
        self._cover(token, lambda covers, at: covers.set_mode(mode, at), self._engine.now())

    def hide(self, token: str, at_ns: int) -> None:
        """Silence instead of a key, from then on until `show`."""
        self._cover(token, lambda covers, at: covers.hide(at), at_ns)

    def show(self, token: str, at_ns: int) -> None:
        self._cover(token, lambda covers, at: covers.show(at), at_ns)

    def _cover(self, token: str, change: Callable[[Covers, int], None], at_ns: int) -> None:
        with self._lock:
            recording = self._active.get(token)
            if recording is not None:
                state = self._engine.recordings[recording.handle.index]
                since_ns = at_ns - int(state["start_ns"]) if state["active"] else 0  # 0: it is just about to begin
                change(recording.covers, max(0, since_ns) // records.NS_PER_SAMPLE)
                self._saving.look_at(recording)

    def is_ending(self, token: str) -> bool:
        """Stopped, but perhaps not yet told as done."""
        with self._lock:
            recording = self._active.get(token)
            return recording is None or recording.stopping

    def _stop(self, recording: Recording, reason: RecordReason) -> None:
        if recording.stopping:
            return
        recording.stopping = True
        recording.reason = reason
        self._saving.look_at(recording)
        deliver(self._engine, records.record_stop(recording.handle))

    @property
    def _is_over(self) -> bool:
        return self._ending and not self._active

    def _run(self) -> None:
        """Whatever ends it too early: it is told, for rings that nobody drains lose their sound in silence."""
        try:
            while not self._is_over:
                self._round()
        except Exception:  # the boundary of the thread
            self._log.failure("the recorder failed")
        finally:
            if not self._is_over:
                self._died()

    def _round(self) -> None:
        """The engine saves most of them; the others when they are due or were ended, and when the worker ends all of them."""
        self._wake.wait(ENDING_S if self._ending else ROUND_S if self._active else PERIOD_NS / 1e9)
        self._wake.clear()
        with self._lock:
            current = list(self._active.values())
        if self._ending:
            for recording in current:
                self._saving.look_at(recording)
        for recording, error in self._saving.save():
            recording.due_ns = 0
            if error:
                self._refused(recording, OSError(error, os.strerror(error)))
        now_ns = self._engine.now()
        for recording in [each for each in current if not each.is_saved]:
            if recording.due_ns <= now_ns or recording.stopping or self._ending:
                recording.due_ns = now_ns + PERIOD_NS
                self._drained(recording)
        if now_ns >= self._sync_ns:
            self._sync_ns = now_ns + SYNC_NS
            self._sync_new()

    def _refused(self, recording: Recording, error: OSError) -> None:
        self._lost(recording, error)
        self._judge(recording)

    def _lost(self, recording: Recording, error: OSError) -> None:
        self._log.error("recording {path} is lost: {error}", path=recording.request.path, error=error)
        recording.failed = True

    def _drained(self, recording: Recording) -> None:
        """As `_drain`; what breaks over one recording loses that one, but not twice."""
        try:
            self._drain(recording)
        except Exception:  # the boundary of one recording
            if recording.failed:
                raise
            self._log.failure("recording {path} is lost", path=recording.request.path)
            recording.failed = True

    def _drain(self, recording: Recording) -> None:
        if not (recording.has_file or recording.refusal):
            return
        state = self._engine.recordings[recording.handle.index]
        active = int(state["active"])  # first: the loop writes it last, and what it goes with is of before it
        if active == 0:
            return
        if active == 2:
            head = int(state["stop_frames"])
        else:
            passed = (self._engine.now() - int(state["start_ns"])) // records.NS_PER_SAMPLE
            head = passed - recording.margin_frames
        tail = int(state["tail"])
        while tail < head:
            tail += self._take(recording, tail, head)
        if active == 2:
            self._finish(recording)
        else:
            self._judge(recording)
            with self._lock:
                if recording.is_plain:
                    self._saving.add(recording)

    def _take(self, recording: Recording, tail: int, head: int) -> int:
        """Move frames [tail, head), a ring of them at most, from the engine to the file; how many."""
        frames = self._engine.take(recording.handle.index, head)
        if not recording.failed:
            with self._lock:
                shown = recording.covers.apply(frames, tail)
            self._write(recording, shown)
        return len(frames)

    def _write(self, recording: Recording, frames: NDArray[np.int16]) -> None:
        frames = frames[: max(0, recording.frames_max - recording.file.frames)]
        try:
            if recording.request.kind == "voicemail":
                frames = frames[:, 0]
                voiced = level.voice_end(frames)
                if voiced:
                    recording.voice_frames = recording.file.frames + voiced
            if recording.request.kind == "room":
                frames = np.clip(frames.sum(axis=1, dtype=np.int32), -32768, 32767).astype(np.int16)
            if len(frames):
                recording.file.write(frames)
        except OSError as error:
            self._lost(recording, error)

    def _judge(self, recording: Recording) -> None:
        with self._lock:
            if recording.failed:
                self._stop(recording, "failed")
            elif recording.file.frames >= recording.frames_max:
                self._stop(recording, "limit")
            elif recording.is_silent:
                self._stop(recording, "silence")

    def _sync_new(self) -> None:
        """Each once a second: few by as many at once as there are threads, many in one go, as the journal is most of it."""
        due: dict[int, list[Recording]] = {}
        self._saving.count()
        with self._lock:
            current = list(self._active.values())
        for recording in current:
            if recording.is_undurable:
                due.setdefault(recording.file_system, []).append(recording)
        for of_one in due.values():
            if len(of_one) > SYNC_EACH_MAX:
                self._hand_over(self._sync_all, of_one)
            else:
                for first in range(min(SYNC_THREADS, len(of_one))):
                    self._hand_over(self._sync, of_one[first::SYNC_THREADS])

    def _hand_over(self, how: Callable[[list[Recording]], None], part: list[Recording]) -> None:
        sync = self._pool.submit(how, part)
        for recording in part:
            recording.synced_frames, recording.sync = recording.file.frames, sync

    def _sync_all(self, part: list[Recording]) -> None:
        try:
            part[0].file.sync_file_system()
        except OSError:
            self._sync(part)  # whose data it was

    def _sync(self, part: list[Recording]) -> None:
        for recording in part:
            try:
                recording.file.sync()
            except OSError as error:
                self._log.error("recording {path} is not durable: {error}", path=recording.request.path, error=error)
                recording.failed = True
                self._saving.look_at(recording)

    def _finish(self, recording: Recording) -> None:
        """Everything is out of the ring: give the ring back, and close the file where waiting for the disk harms nobody."""
        self._engine.release(recording.handle.index)
        with self._lock:
            del self._active[recording.request.token]
        if recording.refusal is not None:
            self._begun(recording.request.token, recording.refusal)
        else:
            self._pool.submit(self._close, recording, recording.sync)

    def _make_ready(self, recording: Recording) -> None:
        """What is no voice is cut at once; how it is made louder must not lose it."""
        file = recording.file
        file.cut(recording.voice_frames + message.TAIL_KEPT_FRAMES if recording.voice_frames else 0)
        if 0 < file.frames <= limits.message_seconds_max * records.SAMPLE_RATE:
            try:
                file.replace(message.ready(file.read()))
            except OSError as error:
                self._log.error("message {path} stays as it was: {error}", path=file.path, error=error)

    def _close(self, recording: Recording, earlier: Future[None] | None) -> None:
        file, request = recording.file, recording.request
        try:
            if earlier is not None:
                earlier.result()
            if request.kind == "voicemail" and not recording.failed:
                self._make_ready(recording)
            file.finish()
            file.sync()
            file.close()
        except OSError as error:
            self._lost(recording, error)
        except Exception:  # the same boundary: whoever waits for the recording must hear of its end
            self._log.failure("recording {path} is lost", path=request.path)
            recording.failed = True
        reason: RecordReason = "failed" if recording.failed else recording.reason
        self._done(RecordDone(request.leg, request.token, request.path, round(file.frames / 8000, 3), reason))
