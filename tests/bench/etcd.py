"""etcd as a yardstick for the configuration log: one server or three, asked over its JSON gateway on kept connections."""

from __future__ import annotations

import base64
import http.client
import json
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.configdb.conftest import eventually
from tests.ports import free_port


def text(value: str) -> str:
    """As the gateway wants keys and values."""
    return base64.b64encode(value.encode()).decode()


class Etcd:
    """`count` servers on loopback, in a folder."""

    def __init__(self, folder: Path, count: int) -> None:
        self.ports = [free_port() for _ in range(count)]
        peers = [free_port() for _ in range(count)]
        cluster = ",".join(f"e{index}=http://127.0.0.1:{port}" for index, port in enumerate(peers))
        self._servers = [
            subprocess.Popen(
                [
                    "etcd",
                    *("--name", f"e{index}", "--data-dir", str(folder / f"e{index}"), "--log-level", "error"),
                    *("--listen-client-urls", f"http://127.0.0.1:{self.ports[index]}"),
                    *("--advertise-client-urls", f"http://127.0.0.1:{self.ports[index]}"),
                    *("--listen-peer-urls", f"http://127.0.0.1:{peers[index]}"),
                    *("--initial-advertise-peer-urls", f"http://127.0.0.1:{peers[index]}"),
                    *("--initial-cluster", cluster, "--initial-cluster-state", "new"),
                ],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for index in range(count)
        ]
        eventually(self._serves, 30)

    def _serves(self) -> bool:
        try:
            return bool(self.client(0).put("ready", "yes"))
        except (OSError, http.client.HTTPException, ValueError):
            return False

    def client(self, index: int) -> EtcdClient:
        """A connection to one of them."""
        return EtcdClient(self.ports[index % len(self.ports)])

    def close(self) -> None:
        """End them."""
        for server in self._servers:
            server.kill()
            server.wait()


class EtcdClient:
    """One kept connection."""

    def __init__(self, port: int) -> None:
        self._port, self._http = port, http.client.HTTPConnection("127.0.0.1", port, timeout=10)

    def put(self, key: str, value: str) -> Any:
        """A linearizable write."""
        return self._ask("put", {"key": text(key), "value": text(value)})

    def get(self, key: str) -> Any:
        """A read of this server's own state, as our replicas are read."""
        return self._ask("range", {"key": text(key), "serializable": True})

    def scan(self, prefix: str) -> Any:
        """All below a prefix, alike."""
        return self._ask("range", {"key": text(prefix), "range_end": text(f"{prefix}~"), "serializable": True})

    def watch(self, prefix: str, told: Callable[[], None]) -> None:
        """Call `told` for each change, on a thread, until the server ends."""
        wanted = {"create_request": {"key": text(prefix), "range_end": text(f"{prefix}~")}}
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        connection.request("POST", "/v3/watch", json.dumps(wanted))
        answer = connection.getresponse()
        answer.readline()

        def listen() -> None:
            while line := answer.readline():
                for _ in json.loads(line)["result"].get("events", ()):
                    told()

        threading.Thread(target=listen, daemon=True).start()
        time.sleep(0.1)

    def _ask(self, what: str, body: dict[str, Any]) -> Any:
        self._http.request("POST", f"/v3/kv/{what}", json.dumps(body), {"Content-Type": "application/json"})
        answer = self._http.getresponse()
        found = json.loads(answer.read())
        if answer.status != 200:
            raise ValueError(f"etcd answered {answer.status}: {found}")
        return found
