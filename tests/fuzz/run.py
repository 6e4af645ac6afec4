"""The long search: `python -m tests.fuzz.run TARGET SECONDS FOLDER`. What it finds is kept in FOLDER/TARGET, finds in FOLDER.

Needs atheris (requirements/fuzz.in). TARGET `all` runs all of them, one after the other, each in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import atheris  # type: ignore[import-not-found]  # only where somebody fuzzes

with atheris.instrument_imports(include=["softswitch"]):
    from tests.fuzz.seeds import seeds_of
    from tests.fuzz.targets import TARGETS

WORDS = Path(__file__).parent / "words.dict"
INPUT_S_MAX = 10
MEMORY_MB_MAX = 1_024


def search(name: str, seconds: int, folder: Path) -> None:
    """One target; does not return."""
    target = next(target for target in TARGETS if target.name == name)
    corpus = folder / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds_of(name)):
        (corpus / f"seed-{number:03d}").write_bytes(seed)
    options = {
        "max_total_time": seconds,
        "max_len": target.bytes_max,
        "timeout": INPUT_S_MAX,
        "rss_limit_mb": MEMORY_MB_MAX,
        "dict": WORDS,
        "artifact_prefix": f"{folder}/{name}-",
        "print_final_stats": 1,
    }
    atheris.Setup([sys.argv[0], *[f"-{key}={value}" for key, value in options.items()], str(corpus)], target.run)
    atheris.Fuzz()


def main(arguments: list[str]) -> int:
    """`all SECONDS FOLDER`: every target in a process of its own; the number of those that found something."""
    name, seconds, folder = arguments[0], int(arguments[1]), Path(arguments[2])
    if name != "all":
        search(name, seconds, folder)
    commands = [[sys.executable, "-m", "tests.fuzz.run", each.name, str(seconds), str(folder)] for each in TARGETS]
    return sum(subprocess.run(command, check=False).returncode != 0 for command in commands)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
