"""Log lines of all parts to standard output, time and source first; what strangers wrote into them cannot break them."""

from __future__ import annotations

import logging
import sys
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
    """From now on; of Twisted's own events only what is wrong."""
    ours = LogLevelFilterPredicate(LogLevel.warn)
    ours.setLogLevelForNamespace("softswitch", LogLevel.lookupByName("warn" if level == "warning" else level))
    observer: Any = FilteringLogObserver(cast(Any, FileLogObserver(sys.stdout, plain_event)), [cast(Any, ours)])
    globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(PlainFormatter(FORM, STAMP))
    logging.basicConfig(level=level.upper(), handlers=[handler])
