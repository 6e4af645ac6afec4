"""What `softswitch doctor` and `softswitch support` say of this machine, for operators in a browser.

Each runs in a process of its own, one at a time: they open sockets and measure the disk, which is not the web's to do.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

from mgmt.context import Context
from mgmt.http.errors import Problem
from mgmt.limits import preflight_s_max

Run = Callable[[Sequence[str]], str]
Write = Callable[[Sequence[str]], None]
_one = Lock()


def looked(context: Context, run: Run | None = None) -> list[dict[str, Any]]:
    """`[{name, ok, text, fix}]`. Raises Problem 409 while somebody else looks, 503 when it cannot be done."""
    _take()
    try:
        said = json.loads((run or _asked)(_command(context.settings.data_dir, "--json", "doctor")))
        return [{name: one[name] for name in ("name", "ok", "text", "fix")} for one in said["findings"]]
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError) as wrong:
        raise Problem(503, "no_findings", "The check did not come to an end: run `softswitch doctor`.") from wrong
    finally:
        _one.release()


def bundle(context: Context, write: Write | None = None) -> bytes:
    """The support bundle. Raises Problem 409 while somebody else looks, 503 when it cannot be made."""
    _take()
    try:
        with TemporaryDirectory(prefix="support-") as folder:
            file = Path(folder) / "support.tar.gz"
            (write or _written)(_command(context.settings.data_dir, "support", str(file)))
            return file.read_bytes()
    except (OSError, subprocess.SubprocessError) as wrong:
        raise Problem(503, "no_bundle", "The bundle was not made: run `softswitch support`.") from wrong
    finally:
        _one.release()


def _take() -> None:
    if not _one.acquire(blocking=False):
        raise Problem(409, "busy", "Somebody is having this node checked at this moment.")


def _command(data: Path, *what: str) -> list[str]:
    return [sys.executable, "-m", "softswitch.cli", "--data", str(data), *what]


def _written(command: Sequence[str]) -> None:
    subprocess.run(command, capture_output=True, timeout=preflight_s_max, check=True)


def _asked(command: Sequence[str]) -> str:
    """Its exit status is 1 when something is wrong, which is an answer too."""
    return subprocess.run(command, capture_output=True, text=True, timeout=preflight_s_max, check=False).stdout
