"""The packet loop under sanitizers: kernels.c built with AddressSanitizer and UndefinedBehaviorSanitizer, and run from seeds.

`python -m tests.fuzz.kernels SECONDS` runs one seed after another; a find ends it with the sanitizer's report and the seed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

KERNELS = Path(__file__).parents[2] / "media" / "kernels"
DRIVER = Path(__file__).with_suffix(".c")
PYTHON_ONLY = {"module.c", "probe.c"}
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer")
ROUNDS = 20_000
RUN_S_MAX = 120


def build(folder: Path) -> Path:
    """The program. A compiler without sanitizers still builds it: its own checks are left then."""
    found = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    cc = [found] if found else [sys.executable, "-m", "ziglang", "cc"]
    program = folder / "kernels"
    sources = [str(DRIVER), *(str(path) for path in sorted(KERNELS.glob("*.c")) if path.name not in PYTHON_ONLY)]
    options = ["-g", "-O1", "-std=c11", "-D_GNU_SOURCE", "-Dpwrite=disk_write", f"-I{KERNELS}"]
    command = [*cc, *options, *sources, "-pthread", "-lm", "-ldl"]
    for sanitizers in (SANITIZERS, ()):
        done = subprocess.run([*command, *sanitizers, "-o", str(program)], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return program
    raise RuntimeError(done.stderr)


def run(program: Path, seed: int, rounds: int = ROUNDS) -> str:
    """What the program said; RuntimeError with the report when something was found."""
    environment = {
        **os.environ,
        "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0",
        "UBSAN_OPTIONS": "print_stacktrace=1",
    }
    command = [str(program), str(seed), str(rounds)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=RUN_S_MAX, env=environment, errors="replace"
    )
    if done.returncode != 0:
        raise RuntimeError(f"seed {seed}, {rounds} rounds: status {done.returncode}\n{done.stderr}")
    return done.stdout


def main(seconds: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        program, end = build(Path(folder)), time.monotonic() + seconds
        seed = int.from_bytes(os.urandom(4), "big")
        while time.monotonic() < end:
            print(f"seed {seed}: {run(program, seed).strip()}", flush=True)
            seed += 1


if __name__ == "__main__":
    main(float(sys.argv[1]))
