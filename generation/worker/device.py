"""What this worker computes on."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

# There when NVIDIA's driver is. Without it nobody needs to import torch, which takes seconds, to know what we are.
DRIVER = Path("/dev/nvidiactl")
MIB = 2**20
CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")  # in a container: its own


@dataclass(frozen=True, slots=True)
class Device:
    name: str  # the GPU's own, or "cpu"
    memory_mib: int  # 0: not known


@lru_cache(maxsize=1)
def this_device() -> Device:
    """The first GPU that this process may see; else the processor, with the machine's memory."""
    if DRIVER.exists():
        import torch

        if torch.cuda.is_available():
            return Device(torch.cuda.get_device_name(0), torch.cuda.get_device_properties(0).total_memory // MIB)
    return Device("cpu", main_memory_mib())


def answers() -> bool:
    """Whether the GPU, if this process uses one, still does what it is told. A kernel's error may come out anywhere."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return True
    try:
        torch.cuda.synchronize()
    except RuntimeError:
        return False
    return True


def main_memory_mib() -> int:
    """The machine's memory, or what a container may have of it; 0: not known."""
    try:
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MIB
    except (ValueError, OSError):
        return 0
    try:
        return min(machine, int(CONTAINER_LIMIT.read_text()) // MIB)
    except (ValueError, OSError):  # "max", or no such file
        return machine
