"""A bounded queue with a thread of its own behind one subscription: a slow subscriber loses its oldest documents."""

from __future__ import annotations

import logging
import threading
from collections import deque

from configdb.bus import Document, Handler
from configdb.limits import bus_queue_max

logger = logging.getLogger(__name__)


class Delivery:
    """Calls `callback(subject, document)` in order."""

    def __init__(self, callback: Handler, queue_max: int = bus_queue_max) -> None:
        self._callback = callback
        self._queue: deque[tuple[str, Document]] = deque()
        self._queue_max = queue_max
        self._changed = threading.Condition()
        self._closed = False
        self.lost = 0
        self._thread = threading.Thread(target=self._run, name="bus-delivery", daemon=True)
        self._thread.start()

    def put(self, subject: str, document: Document) -> None:
        """Add one; the oldest one is lost when the queue is full."""
        with self._changed:
            if len(self._queue) >= self._queue_max:
                self._queue.popleft()
                self.lost += 1
            self._queue.append((subject, document))
            self._changed.notify()

    def close(self) -> None:
        """End; waits for a callback that is running, unless called from inside it."""
        with self._changed:
            self._closed = True
            self._queue.clear()
            self._changed.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._closed)
                if self._closed:
                    return
                subject, document = self._queue.popleft()
            try:
                self._callback(subject, document)
            except Exception:  # a boundary: one document that a subscriber cannot take must not end its subscription
                logger.exception("a subscriber failed at %s", subject)
