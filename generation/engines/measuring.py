"""Seconds and memory of what an engine does, on the GPU or in main memory."""

from __future__ import annotations

import gc
import re
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import torch

from generation.engines.base import OutOfMemory

MIB = 2**20
PROCESS = Path("/proc/self")


@contextmanager
def timed(timings: dict[str, float], stage: str) -> Iterator[None]:
    """Adds the block's seconds to the stage's. CUDA works behind our back, so wait for it at the end.

    For our own stream alone: what others have begun on the device is no part of this stage, and must not hold it up.
    """
    started = time.perf_counter()
    yield
    if torch.cuda.is_available():
        torch.cuda.current_stream().synchronize()
    timings[stage] = timings.get(stage, 0.0) + time.perf_counter() - started


@contextmanager
def memory_errors() -> Iterator[None]:
    """Torch has one error for a full GPU and another for full main memory; both come out as OutOfMemory."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError | torch.OutOfMemoryError) and "DefaultCPUAllocator" not in str(error):
            raise
        traceback.clear_frames(error.__traceback__)  # they hold the tensors that filled it
        release()
        raise OutOfMemory(type(error).__name__) from None


def release() -> None:
    """Hands back what nobody refers to any more."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def start_peak() -> None:
    """From here on `peak_mib` counts anew."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
        return
    with suppress(OSError):
        (PROCESS / "clear_refs").write_text("5")  # Linux: forget the process's high-water mark


def peak_mib() -> int | None:
    """The most memory since `start_peak`: the GPU's where there is one, else the process's; None if nobody counts."""
    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated() // MIB)
    try:
        found = re.search(r"^VmHWM:\s*(\d+) kB", (PROCESS / "status").read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(found.group(1)) // 1024 if found else None


def resident_mib(components: Iterable[Any], kind: str) -> int:
    """What the weights of these components occupy on devices of this kind now, rounded up."""
    tensors = {
        id(tensor): size_bytes(tensor)
        for component in components
        if isinstance(component, torch.nn.Module)
        for tensor in (*component.parameters(), *component.buffers())
        if tensor.device.type == kind
    }
    return -(-sum(tensors.values()) // MIB)


def size_bytes(tensor: Any) -> int:
    """Of what a tensor really holds: a quantized one says of itself what it stands for."""
    if not hasattr(tensor, "__tensor_flatten__"):
        return int(tensor.numel() * tensor.element_size())
    return sum(size_bytes(getattr(tensor, name)) for name in tensor.__tensor_flatten__()[0])
