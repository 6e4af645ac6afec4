"""Log lines: one JSON object a line on standard output, from structlog, Twisted and the standard library alike."""

from __future__ import annotations

import logging
import sys
from typing import cast

import structlog
from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent, globalLogBeginner
from zope.interface import implementer


@implementer(ILogObserver)  # the type checker does not see it: hence the cast below
class _ToStructlog:
    """Passes warnings and worse of Twisted's own log on; its chatter at info level says nothing of ours."""

    def __init__(self, log: structlog.stdlib.BoundLogger) -> None:
        self._log = log

    def __call__(self, event: LogEvent) -> None:
        level = event.get("log_level", LogLevel.info)
        if level < LogLevel.warn:
            return
        failure = event.get("log_failure")
        facts = {"failure": failure.getTraceback()} if failure is not None else {}
        self._log.error("twisted", text=formatEvent(event), **facts)


def start_logs(process: str) -> structlog.stdlib.BoundLogger:
    """Configure all logging of this process and return its logger."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    log = cast(structlog.stdlib.BoundLogger, structlog.get_logger().bind(process=process))
    globalLogBeginner.beginLoggingTo([cast(ILogObserver, _ToStructlog(log))], redirectStandardIO=False)
    logging.basicConfig(level=logging.WARNING, stream=sys.stdout, format='{"level":"%(levelname)s","event":"%(name)s"}')
    return log
