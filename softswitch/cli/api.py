"""The node's HTTP API as the command line uses it: operator token, short timeouts, problems as `CliError`."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from configdb.runtime import Runtime
from softswitch.cli.output import CliError

TIMEOUT_S = 15.0
DOWNLOAD_WAIT_S_MAX = 60.0
"""For the next bytes of a medium or a file."""


class Api:
    """Requests to the node that runs in a data directory; `tenant` chooses whose objects."""

    def __init__(self, data: Path, tenant: str | None) -> None:
        self._data, self._tenant = data, tenant

    def request(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **query: Any
    ) -> Any:
        """One request; the answer's JSON (None for 204). Raises `CliError` with the problem's words."""
        request = urllib.request.Request(
            self._url(path, query),
            method=method,
            data=body if body is None or isinstance(body, bytes) else json.dumps(body).encode(),
            headers={**self._headers(), **(headers or {})},
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise CliError(problem_text(error)) from error
        except OSError as error:
            raise CliError(self._silent(error)) from error
        return json.loads(text) if text else None

    def get(self, path: str, **query: Any) -> Any:
        """GET."""
        return self.request("GET", path, **query)

    def every(self, path: str, limit: int, **query: Any) -> list[dict[str, Any]]:
        """Rows of a list, page by page, at most `limit`."""
        rows: list[dict[str, Any]] = []
        cursor: str | None = None
        while len(rows) < limit:
            page = self.get(path, limit=min(limit - len(rows), 200), cursor=cursor, **query)
            rows += page["data"]
            cursor = page.get("next_cursor")
            if not cursor or not page["data"]:
                break
        return rows

    def events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The live feed (server-sent events) until interrupted: (event, data)."""
        request = urllib.request.Request(self._url("/api/v1/events", {"live": 1}), headers=self._headers())
        try:
            with urllib.request.urlopen(request, timeout=None) as stream:
                event = "message"
                for raw in stream:
                    name, _, value = raw.decode().rstrip("\n").partition(": ")
                    if name == "event":
                        event = value
                    elif name == "data":
                        yield event, json.loads(value)
        except urllib.error.HTTPError as error:
            raise CliError(problem_text(error)) from error
        except OSError as error:
            raise CliError(f"the live feed ended: {error}") from error

    def download(self, path: str) -> bytes:
        """The bytes of a medium."""
        request = urllib.request.Request(self._url(path, {}), headers=self._headers())
        try:
            with urllib.request.urlopen(request, timeout=DOWNLOAD_WAIT_S_MAX) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            raise CliError(problem_text(error)) from error
        except OSError as error:
            raise CliError(self._silent(error)) from error

    def _silent(self, error: OSError) -> str:
        return f"the node in {self._data} does not answer ({error}): start it with `softswitch up`"

    def _url(self, path: str, query: dict[str, Any]) -> str:
        try:
            runtime = Runtime.read(self._data)
        except (OSError, ValueError, KeyError) as error:
            raise CliError(
                f"no node runs in {self._data}: start it with `softswitch up --data {self._data}`"
            ) from error
        host = "127.0.0.1" if runtime.sip_host in ("0.0.0.0", "::") else runtime.sip_host
        return f"http://{host}:{runtime.http_port}{path}{_query(query)}"

    def _headers(self) -> dict[str, str]:
        try:
            token = (self._data / "secrets" / "operator.token").read_text().strip()
        except OSError as error:
            raise CliError(f"cannot read the operator token ({error}): run this as the node's user") from error
        tenant = {"X-Tenant": self._tenant} if self._tenant else {}
        return {"Authorization": f"Bearer {token}", "Content-Type": "application/json", **tenant}


class FarApi(Api):
    """Requests to a node elsewhere, with its operator's token. Raises `CliError` for what is no address."""

    def __init__(self, site: str, token: str) -> None:
        super().__init__(Path(), None)
        if not site.startswith(("http://", "https://")):
            raise CliError(f"{site!r} is no address of a node: http://host:port")
        self._site, self._token = site.rstrip("/"), token

    def _silent(self, error: OSError) -> str:
        return f"the node at {self._site} does not answer: {error}"

    def _url(self, path: str, query: dict[str, Any]) -> str:
        return f"{self._site}{path}{_query(query)}"

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}


def _query(query: dict[str, Any]) -> str:
    pairs = {key: str(value) for key, value in query.items() if value is not None}
    return f"?{urllib.parse.urlencode(pairs)}" if pairs else ""


def problem_text(error: urllib.error.HTTPError) -> str:
    """The words of an RFC 9457 problem, with the fields it points at."""
    try:
        problem = json.loads(error.read())
    except ValueError:
        return f"{error.code} {error.reason}"
    text = str(problem.get("detail") or problem.get("title") or error.reason)
    for item in problem.get("errors") or ():
        text += f"\n  {item.get('pointer', item.get('node', ''))}: {item.get('detail', item.get('text', ''))}"
    return text
