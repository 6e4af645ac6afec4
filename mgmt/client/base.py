"""Requests to the HTTP API of a node: keys, problems (RFC 9457), safe repetition, pages, events. Only the standard library."""

from __future__ import annotations

import json
import secrets
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from typing import Any

TIMEOUT_S = 30.0


class Problem(Exception):
    """What the node refused: `code` is for programs, `detail` for people, `errors` point at fields."""

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {document.get('code', '')}: {document.get('detail', '')}")
        self.status, self.code = status, str(document.get("code", ""))
        self.detail, self.errors = str(document.get("detail", "")), list(document.get("errors", ()))


class Base:
    """`url` is the node's, `key` an API key or the operator's token; `tenant` is for operators, who name the company."""

    def __init__(self, url: str, key: str, tenant: str | None = None, timeout_s: float = TIMEOUT_S) -> None:
        self._url, self._key, self._tenant, self._timeout_s = url.rstrip("/"), key, tenant, timeout_s

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        if_match: str | None = None,
    ) -> Any:
        """One request: the JSON of the answer, its bytes when it is none, None when it is empty. Raises `Problem`, OSError.

        A changing request that gets no answer may be sent again under the same key; `again` does that.
        """
        return self.again(method, path, query, body, if_match, secrets.token_hex(16))

    def again(
        self, method: str, path: str, query: Mapping[str, Any] | None, body: Any, if_match: str | None, key: str
    ) -> Any:
        """As `ask`, under an Idempotency-Key: what was done under it is not done twice."""
        headers = {"Authorization": f"Bearer {self._key}", "Accept": "application/json"}
        if self._tenant is not None:
            headers["X-Tenant"] = self._tenant
        if if_match is not None:
            headers["If-Match"] = if_match if if_match == "*" else f'"{if_match}"'
        if method != "GET":
            headers["Idempotency-Key"] = key
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            headers["Content-Type"] = "application/json"
        given = {name: _text(value) for name, value in (query or {}).items() if value is not None}
        url = self._url + path + (f"?{urllib.parse.urlencode(given)}" if given else "")
        try:
            with urllib.request.urlopen(
                urllib.request.Request(url, data, headers, method=method), timeout=self._timeout_s
            ) as answer:
                text, kind = answer.read(), str(answer.headers.get_content_type())
        except urllib.error.HTTPError as error:
            raise Problem(error.code, _document(error.read())) from None
        if not text:
            return None
        return json.loads(text) if kind == "application/json" else text

    def events(self, after: str | None = None, types: str = "*") -> Iterator[tuple[str, dict[str, Any]]]:
        """(cursor, event) as they happen, behind a cursor; ends with the connection: go on with the last cursor."""
        query = urllib.parse.urlencode({"types": types, **({"after": after} if after is not None else {})})
        headers = {"Authorization": f"Bearer {self._key}", **({"X-Tenant": self._tenant} if self._tenant else {})}
        request = urllib.request.Request(f"{self._url}/api/v1/events?{query}", headers=headers)
        cursor = ""
        with urllib.request.urlopen(request, timeout=self._timeout_s) as stream:
            for line in stream:
                name, _, value = line.decode().rstrip("\r\n").partition(": ")
                if name == "id":
                    cursor = value
                elif name == "data" and cursor:
                    yield cursor, json.loads(value)


def every(page: Callable[..., Any], *arguments: Any, **query: Any) -> Iterator[Any]:
    """The rows of a list, page by page: `every(client.calls_past, direction="inbound")`."""
    cursor: str | None = None
    while True:
        found = page(*arguments, **query, **({"cursor": cursor} if cursor is not None else {}))
        yield from found["data"]
        cursor = found.get("next_cursor")
        if cursor is None:
            return


def quoted(text: str) -> str:
    """A part of a path."""
    return urllib.parse.quote(text, safe="")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _document(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
