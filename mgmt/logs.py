"""Log lines of the web and of the services: structlog's in the form that the lines of every process have (`logs.line`)."""

from __future__ import annotations

import sys
from collections.abc import Mapping, MutableMapping
from functools import partial
from typing import Any, cast

import structlog

from logs.line import line
from logs.process import start_log


def start_logs(process: str, node: str) -> structlog.stdlib.BoundLogger:
    """Configure all logging of this process and return its logger."""
    start_log(process, node, "warning")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.format_exc_info,
            partial(_rendered, {"process": process, "node": node}),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    return cast(structlog.stdlib.BoundLogger, structlog.get_logger())


def _rendered(where: Mapping[str, str], _: Any, __: str, facts: MutableMapping[str, Any]) -> str:
    return line({**facts, **where, "failure": facts.pop("exception", None)})
