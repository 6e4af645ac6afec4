"""For a media worker under test, by PYTHONPATH: SIGUSR2 ends its recorder thread, as no code of ours would."""

import ctypes
import signal
import sys
import threading


def end_recorder(*_: object) -> None:
    for thread in threading.enumerate():
        if thread.name == "recorder" and thread.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))


if "media.plane" in sys.orig_argv:
    signal.signal(signal.SIGUSR2, end_recorder)
