"""The time of day is set while voice comes in: the kernel stamps packets by it, and none of them may be lost for that (S4)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CLOCK = r"""
#include <dlfcn.h>
#include <time.h>
long long wrong_ns; /* how far the time of day is ahead of the kernel's: until it is set right */
int clock_gettime(clockid_t clock, struct timespec *t) {
    static int (*real)(clockid_t, struct timespec *);
    if (real == 0) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int answer = real(clock, t);
    if (clock != CLOCK_REALTIME) return answer;
    long long at = t->tv_sec * 1000000000ll + t->tv_nsec + wrong_ns;
    t->tv_sec = at / 1000000000ll, t->tv_nsec = at % 1000000000ll;
    return answer;
}
"""
TALK = """
import ctypes, sys, time
from tests.media.harness import Rig, noise
clock = ctypes.c_longlong.in_dll(ctypes.CDLL(None), "wrong_ns")
clock.value = int(sys.argv[1]) * 1_000_000
rig = Rig("c")
_, port, phone = rig.call(0)
time.sleep(0.1)
clock.value = 0
for n in range(20):
    phone.say(noise(n), port)
    time.sleep(0.02)
row = rig.engine.statistics[0]
print(int(row["rx_packets"]), int(row["stale"]))
rig.close()
"""


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clock")
    found = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    cc = [found] if found else [sys.executable, "-m", "ziglang", "cc"]
    (folder / "clock.c").write_text(CLOCK)
    made = folder / "clock.so"
    subprocess.run(
        [*cc, "-D_GNU_SOURCE", "-shared", "-fPIC", "-o", made, folder / "clock.c", "-ldl"], check=True, timeout=60
    )
    return made


@pytest.mark.parametrize("ahead_ms", [-3_600_000, -500, 500, 3_600_000])
def test_a_clock_that_is_set_costs_no_packet(clock: Path, ahead_ms: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TALK, str(ahead_ms)],
        env={**os.environ, "LD_PRELOAD": str(clock)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert "20 0" == done.stdout.strip()
