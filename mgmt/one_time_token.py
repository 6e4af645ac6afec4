"""`python -m mgmt.one_time_token --data DIR [--tenant ID] [--user ID]`: print a link that signs in once, for 15 minutes.

Whoever can run this owns the data directory, so the link signs in as an operator.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from mgmt.access.sessions import Sessions
from mgmt.database import Database
from mgmt.settings import load_settings


def sign_in_url(data_dir: Path, tenant: str | None = None, user: str | None = None) -> str:
    """Make a token and return its link. Raises OSError or ValueError when no node runs in the directory."""
    settings = load_settings(data_dir)
    database = Database(data_dir / "mgmt.sqlite3", time.time)
    try:
        token = Sessions(database, time.time).issue_token(tenant, user)
    finally:
        database.close()
    return f"{settings.url}/welcome?token={token}"


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m mgmt.one_time_token", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--tenant", metavar="ID", help="whose owner signs in (default: the first tenant's)")
    parser.add_argument("--user", metavar="ID", help="who signs in (default: the tenant's first owner)")
    given = parser.parse_args(arguments)
    try:
        print(sign_in_url(given.data, given.tenant, given.user))
    except (OSError, ValueError, KeyError) as error:
        print(f"no node runs in {given.data}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
