"""One process's connection to NATS: a thread with its own event loop, connected for ever, used by log and bus.

The link comes up in the background and reconnects by itself; what needs an answer says how long it waits. Nothing here
blocks the caller's event loop: `ask` is for threads that may wait, `post` and `spawn` return at once.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any, TypeVar

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from configdb.limits import bus_queue_max, connect_wait_s_max, reconnect_wait_s
from configdb.nats_rights import OPERATOR, inbox
from configdb.nats_server import VERSION_MIN, password
from configdb.node import NodeSettings
from configdb.runtime import Runtime

logger = logging.getLogger(__name__)
T = TypeVar("T")
OnMessage = Callable[[Msg], Awaitable[None]]


class Away(Exception):
    """There is no connection now; nothing was sent."""


class NatsLink:
    """All methods may be called from any thread, except `ask` from the link's own."""

    def __init__(self, urls: list[str], user: str | None = None, password: str | None = None) -> None:
        """`user` and `password` are None when the URLs hold them."""
        self._urls, self._user, self._password = urls, user, password
        self._inbox = inbox(user or OPERATOR)
        self.text = "not connected yet"
        self.client = Client()
        self._up = threading.Event()
        self._closing = False
        self._outbox: deque[tuple[str, bytes]] = deque()
        self._is_waking = False
        self._loop = asyncio.new_event_loop()
        self._wake = asyncio.Event()
        self._subscriptions: set[_LinkSubscription] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="nats-link", daemon=True)
        self._thread.start()

    @property
    def connected(self) -> bool:
        """Whether there is a connection to a server that is new enough."""
        return self._up.is_set() and self.client.is_connected

    def require(self, wait_s: float = connect_wait_s_max) -> None:
        """Wait for the connection. Raises `Away`."""
        if not self._up.wait(wait_s) or not self.client.is_connected:
            raise Away(self.text)

    def ask(self, coroutine: Coroutine[Any, Any, T], timeout_s: float) -> T:
        """Run on the link's loop and wait. Raises TimeoutError when it is over, and what the coroutine raises."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result(timeout_s)
        except concurrent.futures.TimeoutError as error:
            future.cancel()
            raise TimeoutError(f"no answer in {timeout_s:.1f} s") from error

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run on the link's loop until it ends or the link closes."""

        def begin() -> None:
            task = self._loop.create_task(coroutine)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        self._loop.call_soon_threadsafe(begin)

    def call(self, function: Callable[[], object]) -> None:
        """Call on the link's loop, soon."""
        self._loop.call_soon_threadsafe(function)

    def later(self, seconds: float, function: Callable[[], object]) -> None:
        """Call on the link's loop after a while; from the loop itself."""
        self._loop.call_later(seconds, function)

    def post(self, subject: str, payload: bytes) -> bool:
        """Publish without waiting; False when there is no connection or too much waits already."""
        if not self.connected or len(self._outbox) >= bus_queue_max:
            return False
        self._outbox.append((subject, payload))
        if not self._is_waking:
            self._is_waking = True
            self._loop.call_soon_threadsafe(self._woken)
        return True

    def subscribe(self, subject: str, on_message: OnMessage) -> Callable[[], None]:
        """Core subscription, now or as soon as there is a connection, on the link's loop; call the result to end it."""
        subscription = _LinkSubscription(self, subject, on_message)
        self._loop.call_soon_threadsafe(self._subscriptions.add, subscription)
        self.spawn(subscription.begin())
        return lambda: self.spawn(self._forget(subscription))

    def close(self) -> None:
        """Disconnect and end the thread."""
        if self._closing:
            return
        self._closing = True
        self._up.clear()
        self._loop.call_soon_threadsafe(self._wake.set)
        self._thread.join(5.0)

    def _woken(self) -> None:
        self._is_waking = False
        self._wake.set()

    async def _forget(self, subscription: _LinkSubscription) -> None:
        self._subscriptions.discard(subscription)
        await subscription.end()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._live())
        finally:
            self._loop.close()

    async def _live(self) -> None:
        connecting = asyncio.ensure_future(self._connect())
        while not self._closing:
            await self._wake.wait()
            self._wake.clear()
            await self._send()
        await _cancelled([connecting, *self._tasks])
        if not self.client.is_closed:
            with contextlib.suppress(nats.errors.Error, OSError):  # the server went away in the same moment
                await self.client.close()
        # The client leaves the tasks of its subscriptions behind when it is closed while the server is away.
        await _cancelled(asyncio.all_tasks() - {asyncio.current_task()})

    async def _send(self) -> None:
        while self._outbox and self.client.is_connected:
            try:
                await self.client.publish(*self._outbox.popleft())
            except (nats.errors.Error, OSError, ValueError) as error:
                logger.warning("an event was not published: %s", error or type(error).__name__)

    async def _connect(self) -> None:
        """Until it is connected once; from then on the client reconnects by itself."""
        while True:
            try:
                await self.client.connect(
                    self._urls,
                    user=self._user,
                    password=self._password,
                    inbox_prefix=self._inbox,
                    error_cb=self._on_error,
                    disconnected_cb=self._on_disconnect,
                    reconnected_cb=self._on_connect,
                    closed_cb=self._on_closed,
                    connect_timeout=2,
                    reconnect_time_wait=reconnect_wait_s,  # type: ignore[arg-type]  # seconds, fractions work
                    max_reconnect_attempts=-1 if self.client.is_reconnecting else 1,
                    ping_interval=10,
                )
            except (nats.errors.Error, OSError, TimeoutError) as error:
                self.text = f"NATS at {self._where()} does not answer: {error or type(error).__name__}"
                self.client = Client()
                await asyncio.sleep(reconnect_wait_s)
                continue
            self.client.options["max_reconnect_attempts"] = -1
            await self._on_connect()
            return

    def _where(self) -> str:
        return ", ".join(url.rpartition("@")[2].removeprefix("nats://") for url in self._urls)

    async def _on_connect(self) -> None:
        version = self.client.connected_server_version
        if (version.major, version.minor) < VERSION_MIN:
            self.text = f"nats-server {version.major}.{version.minor} is too old: 2.12 or later is needed"
            logger.error(self.text)
            return
        self.text = ""
        self._up.set()
        for subscription in list(self._subscriptions):
            await subscription.begin()
        self._wake.set()

    async def _on_disconnect(self) -> None:
        self._up.clear()
        self.text = f"the connection to NATS at {self._where()} is lost"

    async def _on_closed(self) -> None:
        self._up.clear()
        if not self._closing:  # the client gave up: authorization changed, or its tasks died
            self.text = f"NATS at {self._where()} closed the connection"
            self.client = Client()
            for subscription in self._subscriptions:
                subscription.lost()
            self.spawn(self._connect())

    async def _on_error(self, error: Exception) -> None:
        if self.text != str(error):
            logger.info("NATS: %s", error or type(error).__name__)


async def _cancelled(tasks: Iterable[asyncio.Task[Any] | None]) -> None:
    """Ends tasks, and waits until they have ended."""
    living = [task for task in tasks if task is not None]
    for task in living:
        task.cancel()
    await asyncio.gather(*living, return_exceptions=True)


class _LinkSubscription:
    """A subscription that survives a new client."""

    def __init__(self, link: NatsLink, subject: str, on_message: OnMessage) -> None:
        self._link, self._subject, self._on_message = link, subject, on_message
        self._held: Any = None

    async def begin(self) -> None:
        if self._held is None and self._link.client.is_connected:
            self._held = await self._link.client.subscribe(self._subject, cb=self._on_message)

    async def end(self) -> None:
        held, self._held = self._held, None
        if held is not None and not self._link.client.is_closed:  # else the client asks for it again when it reconnects
            with contextlib.suppress(nats.errors.Error, OSError):
                await held.unsubscribe()

    def lost(self) -> None:
        self._held = None


def link_of(data_dir: Path, settings: NodeSettings, user: str = OPERATOR) -> NatsLink:
    """The link of a process: the node's own server on the port that the supervisor chose, or the servers of `nats_url`.

    `user` is one of `configdb.nats_rights`; servers of one's own have the users that the URLs name.

    Raises OSError or ValueError when no supervisor wrote down the port.
    """
    if settings.nats_url is not None:
        return NatsLink([url.strip() for url in settings.nats_url.split(",")])
    port = Runtime.read(data_dir).nats_port
    return NatsLink([f"nats://127.0.0.1:{port}"], user, password(data_dir, user))
