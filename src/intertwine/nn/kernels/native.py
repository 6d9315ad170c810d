"""Our C++ kernels: compiled once on the user's machine, kept in the cache folder, called through ctypes."""

from __future__ import annotations

import ctypes
import hashlib
import logging
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import torch

from intertwine.cache import folder
from intertwine.errors import MissingDependencyError

logger = logging.getLogger(__name__)

PATIENCE = 0.5  # seconds of compiling after which a line says what is going on
PRECISIONS = {torch.float32: "float32", torch.float64: "float64"}  # of most kernels, by their names there
FLAGS = ("-std=c++17", "-O3", "-march=native", "-fno-math-errno", "-shared", "-fPIC")


def compiler() -> str | None:
    """The C++ compiler: $CXX, else g++, clang++ or c++ on the path; None where there is none."""
    return _compiler(os.environ.get("CXX"), os.environ.get("PATH"))


@cache  # asked at every call of a layer
def _compiler(first: str | None, path: str | None) -> str | None:
    for name in (first, "g++", "clang++", "c++"):
        found = shutil.which(name) if name else None
        if found:
            return found
    return None


def runs_natively(x: torch.Tensor, dtypes: Sequence[torch.dtype] = tuple(PRECISIONS)) -> bool:
    """Whether a kernel can take x: a plain CPU tensor of one of the dtypes with entries, and a compiler at hand."""
    return (
        x.device.type == "cpu"
        and x.dtype in dtypes
        and x.numel() > 0
        and torch._C._functorch.peek_interpreter_stack() is None  # torch.func transforms see torch's own operators
        and not torch.compiler.is_compiling()
        and compiler() is not None
    )


@cache
def library(name: str, only: str | None = None) -> ctypes.CDLL:
    """The compiled kernel file NAME.cpp of this folder; only one of its precisions, such as "float32", if asked.

    Compiled at first use (a second or two, half of that for one precision) and kept in the cache folder, under a key of
    source, flags, compiler and processor; without a cache folder, in a temporary one.

    Raises
    ------
    MissingDependencyError
        Where there is no C++ compiler, or it fails; its message is passed on.
    """
    source = Path(__file__).with_name(f"{name}.cpp")
    command = [*_command(), *([f"-DONLY_{only.upper()}"] if only else [])]
    key = hashlib.sha256()
    headers = b"".join(path.read_bytes() for path in sorted(source.parent.glob("*.hpp")))
    for part in (source.read_bytes(), headers, " ".join(command).encode(), _version(command[0]), _processor().encode()):
        key.update(hashlib.sha256(part).digest())
    root = folder()
    place = Path(tempfile.mkdtemp(prefix="intertwine-")) if root is None else root / "kernels"
    place.mkdir(parents=True, exist_ok=True)
    target = place / f"{name}-{key.hexdigest()[:24]}.so"
    if not target.exists():
        what = " ".join(filter(None, (name, only)))
        _compile([*command, str(source)], target, f"compiling the {what} kernels with {Path(command[0]).name}")
    return ctypes.CDLL(str(target))


def pointers(*arrays: torch.Tensor | np.ndarray | None) -> list[ctypes.c_void_p]:
    """The addresses of arrays, to be passed to a kernel; null for None."""
    return [ctypes.c_void_p(_address(one)) for one in arrays]


def _address(array: torch.Tensor | np.ndarray | None) -> int | None:
    if array is None:
        return None
    return array.ctypes.data if isinstance(array, np.ndarray) else array.data_ptr()


def _command() -> list[str]:
    found = compiler()
    if found is None:
        raise MissingDependencyError(
            "the fused kernels need a C++ compiler",
            received="none on the path",
            expected="g++ or clang++, or $CXX",
            fix='install one, or build with backend="reference"',
        )
    # torch's own OpenMP runtime, so that its threads and ours are the same ones.
    runtime = sorted((Path(torch.__file__).parent / "lib").glob("libgomp*.so*"))
    return (
        [found, *FLAGS, "-fopenmp"] if not runtime else [found, *FLAGS, "-fopenmp", "-Wl,--as-needed", str(runtime[0])]
    )


def _compile(command: list[str], target: Path, what: str) -> None:
    handle, name = tempfile.mkstemp(suffix=".so", dir=target.parent)
    os.close(handle)
    try:
        done = subprocess.Popen([*command, "-o", name], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            _, said = done.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            _announce(f"{what} …")
            _, said = done.communicate()
        if done.returncode:
            raise MissingDependencyError(
                "the C++ compiler failed",
                received=said.strip()[-2000:],
                expected=" ".join(command),
                fix='repair the compiler or set $CXX, or build with backend="reference"',
            )
        os.replace(name, target)  # atomic: several processes may compile at once
    finally:
        Path(name).unlink(missing_ok=True)


def _announce(line: str) -> None:
    """A wait of seconds is explained: in the log, and where somebody watches also on the terminal."""
    logger.info(line)
    if sys.stderr.isatty():
        from rich.console import Console

        Console(stderr=True).print(line, style="dim", highlight=False)


@cache
def _version(path: str) -> bytes:
    return subprocess.run([path, "--version"], capture_output=True, check=False).stdout


def _processor() -> str:
    """What -march=native depends on: a cache folder may be shared by different machines."""
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return f"{platform.machine()} {platform.processor()}"
    lines = info.read_text(errors="replace").splitlines()
    return "\n".join(sorted({line for line in lines if line.startswith(("model name", "flags", "Features"))}))
