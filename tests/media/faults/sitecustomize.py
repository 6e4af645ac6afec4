"""For a media worker under test, by PYTHONPATH: SIGUSR2 ends its recorder thread, as no code of ours would; with NO_PACKET_LOOP
it is on a machine where the packet loop could not be built."""

import ctypes
import os
import signal
import sys
import threading


def end_recorder(*_: object) -> None:
    for thread in threading.enumerate():
        if thread.name == "recorder" and thread.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))


if "media.plane" in sys.orig_argv:
    signal.signal(signal.SIGUSR2, end_recorder)
    if os.environ.get("NO_PACKET_LOOP"):
        sys.modules["media.kernels._loop"] = None  # type: ignore[assignment]  # which makes the import fail
