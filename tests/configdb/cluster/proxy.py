"""What lies between the servers of a cluster: TCP links that can be cut in one direction or both, as a network is cut.

A cut link takes bytes and holds them; nobody is told. What was held goes on when the link is whole again.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading

Link = tuple[int, int]


class Wires:
    """All links between `count` servers; `listen` gives the port on which one reaches another."""

    def __init__(self, count: int, targets: list[int]) -> None:
        self._loop = asyncio.new_event_loop()
        self._targets = targets
        pairs = [(a, b) for a in range(count) for b in range(count) if a != b]
        self._open = {pair: asyncio.Event() for pair in pairs}
        self.ports: dict[Link, int] = {}
        self._servers: list[asyncio.Server] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()
        self._thread.start()
        self._ready.wait()
        self.heal()

    def cut(self, links: set[Link]) -> None:
        """Exactly these links are cut, each in its own direction."""

        def change() -> None:
            for link, gate in self._open.items():
                gate.clear() if link in links else gate.set()

        self._loop.call_soon_threadsafe(change)

    def heal(self) -> None:
        """All links are whole."""
        self.cut(set())

    def close(self) -> None:
        """End all connections."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._ready.set()
        self._loop.run_forever()
        for server in self._servers:
            server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.05))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    async def _listen(self) -> None:
        for link in self._open:
            server = await asyncio.start_server(self._taker(link), "127.0.0.1", 0)
            self._servers.append(server)
            self.ports[link] = server.sockets[0].getsockname()[1]

    def _taker(self, link: Link):  # type: ignore[no-untyped-def]  # asyncio's own callback type
        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                there, back = await asyncio.open_connection("127.0.0.1", self._targets[link[1]])
            except OSError:
                writer.close()
                return
            forth = asyncio.ensure_future(self._pump(reader, back, link))
            await self._pump(there, writer, (link[1], link[0]))
            forth.cancel()

        return take

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: Link) -> None:
        gate = self._open[link]
        with contextlib.suppress(OSError, asyncio.CancelledError):
            while data := await reader.read(65536):
                await gate.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
