"""Runs mongoeco's wire server in a Python of its own (3.13 or later) and prints its URL; ends with its parent."""

import asyncio
import os

from mongoeco.wire.proxy import AsyncMongoEcoProxyServer  # type: ignore[import-not-found]  # lives in the other Python


async def main() -> None:
    server = AsyncMongoEcoProxyServer()
    address = await server.start()
    print(f"mongodb://{address.host}:{address.port}/?directConnection=true", flush=True)
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(0.5)


asyncio.run(main())
