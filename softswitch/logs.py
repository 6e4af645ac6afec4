"""Log lines of all parts to standard output, time and source first; what strangers wrote into them cannot break them."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any, cast

from twisted.logger import (
    FileLogObserver,
    FilteringLogObserver,
    LogEvent,
    LogLevel,
    LogLevelFilterPredicate,
    formatEventAsClassicLogText,
    globalLogBeginner,
)

from softswitch.damper import DampedFilter, DampedObserver, Damper
from softswitch.sip.plain import plain, plain_lines

LINE_CHARS_MAX = 8_192
FORM, STAMP = "%(asctime)s [%(name)s#%(levelname)s] %(message)s", "%Y-%m-%dT%H:%M:%S%z"


class PlainFormatter(logging.Formatter):
    """A message is one line, only a traceback has more."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return plain(super().formatMessage(record), LINE_CHARS_MAX)

    def formatException(self, ei: Any) -> str:
        return plain_lines(super().formatException(ei))


def plain_event(event: LogEvent) -> str | None:
    """Twisted's form of an event: lines after the first begin with a tab."""
    text = formatEventAsClassicLogText(event)
    return None if text is None else plain_lines(text)


def start_log(level: str) -> None:
    """From now on; of Twisted's own events only what is wrong; of many lines of one kind a few and a count (`damper`)."""
    ours = LogLevelFilterPredicate(LogLevel.warn)
    ours.setLogLevelForNamespace("softswitch", LogLevel.lookupByName("warn" if level == "warning" else level))
    damper = Damper(time.monotonic)
    damped: Any = DampedObserver(FileLogObserver(sys.stdout, plain_event), damper)
    observer: Any = FilteringLogObserver(damped, [cast(Any, ours)])
    globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(PlainFormatter(FORM, STAMP))
    handler.addFilter(DampedFilter(damper))
    logging.basicConfig(level=level.upper(), handlers=[handler])
