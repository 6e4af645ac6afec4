"""The log of a process: lines of Twisted's log and of Python's logging, the same form for both, to standard output."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any, TextIO, cast

from twisted.logger import (
    FilteringLogObserver,
    ILogFilterPredicate,
    LogEvent,
    LogLevel,
    PredicateResult,
    formatEvent,
    globalLogBeginner,
)
from zope.interface import implementer

from logs.about import about
from logs.damper import DampedFilter, DampedObserver, Damper
from logs.line import line, stamp

LEVELS = ("debug", "info", "warning", "error")
_LEVELS = {"warn": "warning"}
_NUMBERS = {name: getattr(logging, name.upper()) for name in (*LEVELS, "critical")}
_OURS = ("log_", "isError", "format", "time", "message", "why", "failure")


class LineObserver:
    """Writes Twisted's events; `process` and `node` are in every line."""

    def __init__(self, process: str, node: str, out: TextIO) -> None:
        self._process, self._node, self._out = process, node, out

    def __call__(self, event: LogEvent) -> None:
        print(self.line(event), file=self._out, flush=True)

    def line(self, event: LogEvent) -> str:
        """The line of an event."""
        level, failure = event.get("log_level", LogLevel.info).name, event.get("log_failure")
        tenant, call = about()
        facts = {name: value for name, value in event.items() if not name.startswith(_OURS) and _is_plain(value)}
        return line(
            {
                **facts,
                "at": stamp(event["log_time"] if "log_time" in event else time.time()),
                "level": _LEVELS.get(level, level),
                "process": self._process,
                "node": self._node,
                "event": event.get("log_namespace") or "",
                "tenant": facts.get("tenant", tenant),
                "call": facts.get("call", call),
                "text": formatEvent(event),
                "failure": failure.getTraceback() if failure is not None else None,
            }
        )


class LineFormatter(logging.Formatter):
    """The same for records of Python's logging."""

    def __init__(self, process: str, node: str) -> None:
        super().__init__()
        self._process, self._node = process, node

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        tenant, call = about()
        return line(
            {
                "at": stamp(record.created),
                "level": record.levelname.lower(),
                "process": self._process,
                "node": self._node,
                "event": record.name,
                "tenant": tenant,
                "call": call,
                "text": record.getMessage(),
                "failure": self.formatException(record.exc_info) if record.exc_info else None,
            }
        )


def start_log(process: str, node: str, level: str, ours: str = "", out: TextIO | None = None) -> None:
    """From now on: `level` and worse of the namespace `ours`, of everybody else's what is wrong; `damper` holds floods back."""
    target = out if out is not None else sys.stdout
    damper = Damper(time.monotonic)
    observer: Any = FilteringLogObserver(
        cast(Any, DampedObserver(LineObserver(process, node, target), damper)), [cast(Any, Wanted(ours))]
    )
    globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False)
    handler = logging.StreamHandler(target)
    handler.setFormatter(LineFormatter(process, node))
    handler.addFilter(DampedFilter(damper))
    logging.basicConfig(level=(level if ours else "warning").upper(), handlers=[handler])


@implementer(ILogFilterPredicate)
class Wanted:
    """Which events of Twisted's log are written: of `ours` those at the process's level, of all others what is wrong."""

    def __init__(self, ours: str) -> None:
        self._ours = ours

    def __call__(self, event: LogEvent) -> Any:
        name, place = event.get("log_level", LogLevel.info).name, event.get("log_namespace") or ""
        ours = self._ours and (place == self._ours or place.startswith(f"{self._ours}."))
        least = logging.getLogger().level if ours else logging.WARNING
        return PredicateResult.maybe if _NUMBERS[_LEVELS.get(name, name)] >= least else PredicateResult.no


def set_level(level: str) -> None:
    """From now on, in this process; `LEVELS`. Python's root logger keeps it."""
    logging.getLogger().setLevel(_NUMBERS[level])


def level() -> str:
    """What is written now."""
    return logging.getLevelName(logging.getLogger().level).lower()


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float | bool)
