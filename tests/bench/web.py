"""The management plane: CPU of the main API calls, an inbox of 100,000, the feed to 1,000 browsers, the first page.

`python -m tests.bench.web [ACTIVITIES] [BROWSERS]`. Figures are CPU time of this process's work, which neighbours disturb little;
"a second on one core" is one second divided by it.
"""

from __future__ import annotations

import gzip
import io
import json
import multiprocessing
import re
import selectors
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
from twisted.internet import reactor as default_reactor
from twisted.python.threadpool import ThreadPool

from history.activity import Activity
from history.happened import Event
from history.shelves import ACTIVITIES, Put
from mgmt.access.passwords import Passwords
from mgmt.site import make_site
from mgmt.stream.events import EventStream
from mgmt.stream.feed import Feed
from tests.mgmt.conftest import NOW, PASSWORD, World, made_world
from tests.mgmt.mobile.phone import Phone

DIST = Path(__file__).parents[2] / "mgmt" / "ui" / "dist"
TIMES = 300
EVENTS, VIEWS, VIEW_EVERY_S = 20, 50, 0.1
PER_KEY = 12
SENT = re.compile(rb'"sent":([0-9.]+)[,}]')
"""When news were told, in the news."""


@contextmanager
def company() -> Iterator[World]:
    """The world of the tests, in a folder of its own."""
    structlog.configure(processors=[lambda *_: ""], logger_factory=structlog.PrintLoggerFactory(io.StringIO()))
    with tempfile.TemporaryDirectory() as folder:
        made = made_world(Path(folder), Passwords().hash(PASSWORD))
        yield next(made)
        next(made, None)


def filled(world: World, count: int) -> None:
    """An inbox, a quarter of it voicemail, from 1,000 customers."""
    shelves = world.context.history.shelves
    kinds = ("call", "missed_call", "voicemail", "message")
    for begin in range(0, count, 2_000):
        found = []
        for number in range(begin, min(count, begin + 2_000)):
            phone = f"+1202555{number % 1_000:04d}"
            one = Activity(
                f"a{number:07d}", "riverside", kinds[number % 4], f"c{number}", NOW - number * 30, phone, "+12025550123",
                from_name=f"Caller {number % 1_000}", state="open" if number % 10 == 0 else "resolved", phone=phone,
                unread=number % 10 == 0, customer=phone, result="missed",
            )  # fmt: skip
            found.append(Put(ACTIVITIES, one.tenant, one.id, one.to_document()))
        shelves.write(found)


class Asked:
    """Requests straight to the WSGI application, as somebody."""

    def __init__(self, world: World, headers: dict[str, str]) -> None:
        self._world, self._headers = world, headers

    def __call__(self, method: str, path: str, body: Any = None, form: str | None = None) -> tuple[float, Any]:
        """CPU ms, and the document."""
        data = json.dumps(body).encode() if body is not None else (form or "").encode()
        kind = "application/json" if form is None else "application/x-www-form-urlencoded"
        route, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method, "PATH_INFO": route, "QUERY_STRING": query, "SERVER_NAME": "localhost", "SERVER_PORT": "80",
            "HTTP_HOST": "localhost", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(data), "CONTENT_LENGTH": str(len(data)),
            "CONTENT_TYPE": kind, "wsgi.errors": sys.stderr, "REMOTE_ADDR": "127.0.0.1", "HTTP_SEC_FETCH_SITE": "same-origin",
            "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False, **self._headers,
        }  # fmt: skip
        said: list[str] = []
        self._world.clock.now += 0.1  # nobody is told to slow down
        began = time.thread_time()
        answer = b"".join(self._world.app.wsgi_app(environ, lambda status, _headers, _info=None: said.append(status)))
        took = (time.thread_time() - began) * 1000
        if not said[0].startswith("2"):
            raise SystemExit(f"{method} {path}: {said[0]} {answer[:200]!r}")
        return took, json.loads(answer) if answer else None


def row(name: str, ask: Callable[[], float], times: int = TIMES) -> None:
    """A line of the table."""
    ask()
    took = sorted(ask() for _ in range(times))
    mean = sum(took) / times
    print(f"| {name} | {took[times // 2]:.2f} | {took[int(times * 0.99)]:.2f} | {1000 / mean:,.0f} |", flush=True)


def calls(world: World, count: int) -> None:
    """The main calls."""
    secret = world.context.sessions.open("riverside", "ann", False)
    ask = Asked(world, {"HTTP_COOKIE": f"softswitch={secret}", "HTTP_IF_MATCH": "*"})
    print("| call | CPU p50, ms | p99, ms | a second on one core |\n|---|---|---|---|")
    row("who am I", lambda: ask("GET", "/api/v1/me")[0])
    row("past calls, a page", lambda: ask("GET", "/api/v1/calls?limit=50")[0])
    row("one call with everything", lambda: ask("GET", "/api/v1/calls/c1")[0])
    row("all people", lambda: ask("GET", "/api/v1/config/user")[0])
    name = {"id": "lunch", "name": "Lunch"}
    row("an object of the configuration is written", lambda: ask("PUT", "/api/v1/config/schedule/lunch", name)[0], 100)
    wish = {"number": "+12025550123", "from": "+12025550100"}
    row("a call is simulated", lambda: ask("POST", "/api/v1/simulate", wish)[0])
    row(f"inbox of {count:,}: the first 50", lambda: ask("GET", "/api/v1/activities?limit=50")[0], 100)
    row("open voicemail", lambda: ask("GET", "/api/v1/activities?limit=50&kind=voicemail&state=open")[0], 100)
    row("everything of one customer", lambda: ask("GET", "/api/v1/activities?limit=50&customer=%2B12025550007")[0], 100)
    row("a word in it", lambda: ask("GET", "/api/v1/activities?limit=50&text=caller%20777")[0], 50)
    deep = walked(ask)
    row("the page in the middle", lambda: ask("GET", f"/api/v1/activities?limit=200&cursor={deep}")[0], 100)
    flip = iter(range(10**6))
    row("marked as read", lambda: ask("PATCH", "/api/v1/activities/a0000001", {"unread": next(flip) % 2 == 0})[0])
    apps(world)


def apps(world: World) -> None:
    """What an app asks most."""
    phone = Phone(world)
    phone.sign_in()
    ask = Asked(world, {"HTTP_AUTHORIZATION": f"Bearer {phone.last['access_token']}"})
    cursor = ask("GET", "/mobile/v1/changes")[1]["cursor"]
    row("an app asks for changes, there are none", lambda: ask("GET", f"/mobile/v1/changes?since={cursor}")[0])
    public = Asked(world, {})

    def refreshed() -> float:
        form = f"grant_type=refresh_token&device={phone.device}&refresh_token={phone.last['refresh_token']}"
        took, phone.last = public("POST", "/mobile/v1/token", form=form)
        return took

    row("an app gets its next tokens", refreshed)


def walked(ask: Asked) -> str:
    """The whole inbox, page by page; the cursor in the middle."""
    cursors, spent, cursor = list[str](), 0.0, ""
    while True:
        took, found = ask("GET", f"/api/v1/activities?limit=200{cursor and f'&cursor={cursor}'}")
        spent += took
        if found["next_cursor"] is None:
            break
        cursor = found["next_cursor"]
        cursors.append(cursor)
    print(f"| (the whole of it in {len(cursors) + 1} pages: {spent / 1000:.1f} s) | | | |")
    return cursors[len(cursors) // 2]


def browsers(port: int, keys: list[str], count: int, ready: Any, over: Any) -> None:
    """Another process: so many open streams; of each part of the measurement when all had heard all of it, and each delay."""
    picks, rest = selectors.DefaultSelector(), [b""] * count
    for number in range(count):
        one = socket.create_connection(("127.0.0.1", port))
        key = keys[number // PER_KEY]
        asked = f"GET /api/v1/events?live=1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\r\n"
        one.sendall(asked.encode())
        while b"welcome" not in one.recv(4096):
            continue
        picks.register(one, selectors.EVENT_READ, number)
    ready.set()
    for news in (EVENTS, VIEWS):
        late_s = list[float]()
        while len(late_s) < count * news:
            for found, _ in picks.select(60):
                data = rest[found.data] + found.fileobj.recv(65536)  # type: ignore[union-attr]  # a socket
                at, end = time.monotonic(), 0
                for sent in SENT.finditer(data):
                    late_s.append(at - float(sent[1]))
                    end = sent.end()
                rest[found.data] = data[end:][-80:]
        over.put((time.monotonic(), sorted(late_s)))


def fan_out(world: World, count: int) -> None:
    """Events of one company to everybody who looks, all at once; then the steps of a call, one after the other."""
    client, keys = world.client(), list[str]()
    for number in range(count // PER_KEY + 1):
        made = {"id": f"tv{number}", "name": "TV", "role": "manager", "scopes": ["events"]}
        keys.append(client.put(f"/api/v1/config/api_key/tv{number}", json=made).get_json()["password"])
        world.clock.now += 1
    reactor: Any = default_reactor
    context, feed, pool = world.context, Feed(), ThreadPool(1, 4)
    stream = EventStream(feed, context.events, context.door, lambda: context.config.directory, context.metrics)
    context.events.follow(lambda kept: reactor.callFromThread(feed.happened, kept))
    port = reactor.listenTCP(0, make_site(reactor, world.app, stream, pool), backlog=count, interface="127.0.0.1")
    ready, over = multiprocessing.Event(), multiprocessing.Queue()
    there = multiprocessing.Process(target=browsers, args=(port.getHost().port, keys, count, ready, over), daemon=True)

    def part(name: str, news: int, tell: Callable[[int], None]) -> None:
        began, at = time.process_time(), time.monotonic()
        for number in range(news):
            tell(number)
        until, late_s = over.get(timeout=300)
        spent = time.process_time() - began
        p50, p99 = (late_s[int(len(late_s) * share)] for share in (0.5, 0.99))
        print(
            f"feed, {name}: {count} browsers, {news} times: {spent:.2f} s CPU, {spent / (count * news) * 1e6:.0f} us each,"
            f" told in {until - at:.2f} s; late p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, last {late_s[-1] * 1000:.0f} ms"
        )

    def event(number: int) -> None:
        data = {"call": {"id": "c1", "to": "+1202"}, "sent": time.monotonic()}
        made = Event(f"e{number}", "riverside", "call.ended", NOW, "c1", "x", data)
        context.events.append("riverside", made.to_document())

    def step(number: int) -> None:
        time.sleep(VIEW_EVERY_S)
        steps = [{"code": "dial.ring", "text": f"Ring {one}", "at": NOW} for one in range(8)]
        view = {"id": "c1", "from": "+12025550100", "to": "+12025550123", "steps": steps, "sent": time.monotonic()}
        reactor.callFromThread(feed.publish, "riverside", "call", view)

    def play() -> None:
        there.start()
        ready.wait(300)
        part("events at once", EVENTS, event)
        part(f"steps of a call, one every {VIEW_EVERY_S * 1000:.0f} ms", VIEWS, step)
        reactor.callFromThread(reactor.stop)

    reactor.callWhenRunning(lambda: threading.Thread(target=play, daemon=True).start())
    reactor.run()
    there.join(10)


def weight() -> None:
    """What the first page loads: by the build's own list."""
    manifest = json.loads((DIST / ".vite" / "manifest.json").read_text())
    wanted, todo = dict[str, None](), ["index.html"]
    while todo:
        one = manifest[todo.pop()]
        wanted |= dict.fromkeys([one["file"], *one.get("css", [])])
        todo += [name for name in one.get("imports", []) if manifest[name]["file"] not in wanted]
    files = [(DIST / name).read_bytes() for name in (*wanted, "index.html")]
    plain, packed = sum(map(len, files)), sum(len(gzip.compress(data, 6)) for data in files)
    print(f"first page: {len(files)} files, {plain / 1000:,.0f} kB, {packed / 1000:,.0f} kB compressed")


def main() -> None:
    """All of it."""
    count, streams = (int(sys.argv[at]) if len(sys.argv) > at else usual for at, usual in ((1, 100_000), (2, 1_000)))
    weight()
    with company() as world:
        filled(world, count)
        calls(world, count)
        fan_out(world, streams)


if __name__ == "__main__":
    main()
