"""What `softswitch doctor` finds on this machine, for operators in a browser: each check with its fix.

It is that command, in a process of its own: it opens sockets and measures the disk, which is not the web's to do. One at a time.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from mgmt.context import Context
from mgmt.http.errors import Problem
from mgmt.limits import preflight_s_max

Run = Callable[[Sequence[str]], str]
_one = Lock()


def looked(context: Context, run: Run | None = None) -> list[dict[str, Any]]:
    """`[{name, ok, text, fix}]`. Raises Problem 409 while somebody else looks, 503 when it cannot be done."""
    if not _one.acquire(blocking=False):
        raise Problem(409, "busy", "Somebody is having this node checked at this moment.")
    try:
        said = json.loads((run or _asked)(_command(context.settings.data_dir)))
        return [{name: one[name] for name in ("name", "ok", "text", "fix")} for one in said["findings"]]
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError) as wrong:
        raise Problem(503, "no_findings", "The check did not come to an end: run `softswitch doctor`.") from wrong
    finally:
        _one.release()


def _command(data: Path) -> list[str]:
    return [sys.executable, "-m", "softswitch.cli", "--data", str(data), "--json", "doctor"]


def _asked(command: Sequence[str]) -> str:
    """Its exit status is 1 when something is wrong, which is an answer too."""
    return subprocess.run(command, capture_output=True, text=True, timeout=preflight_s_max, check=False).stdout
