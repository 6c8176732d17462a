"""The CUDA devices that a process would see, as the driver tells them.

Run as a program it prints their UUIDs, one a line, in CUDA's order. To ask is to initialise CUDA,
after which a process no longer heeds a change of CUDA_VISIBLE_DEVICES: let another process ask.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from uuid import UUID

DRIVER = "libcuda.so.1"
_NO_DEVICE = 100


def device_uuids() -> list[str]:
    """UUIDs of the devices, of the instances where a GPU is cut into such (MIG).

    None where there is no driver or no device. Raises RuntimeError with the driver's number for an
    error.
    """
    return _of_each_device(_uuid)


def device_names() -> list[str]:
    """Names of the devices ("NVIDIA H200"); none is taken by asking. Faults as `device_uuids`."""
    return _of_each_device(_name)


def _of_each_device(ask: Callable[[ctypes.CDLL, ctypes.c_int], str]) -> list[str]:
    try:
        cuda = ctypes.CDLL(DRIVER)
    except OSError:
        return []
    if (error := cuda.cuInit(0)) == _NO_DEVICE:
        return []
    _check("cuInit", error)
    count, device, answers = ctypes.c_int(), ctypes.c_int(), []
    _check("cuDeviceGetCount", cuda.cuDeviceGetCount(ctypes.byref(count)))
    for number in range(count.value):
        _check("cuDeviceGet", cuda.cuDeviceGet(ctypes.byref(device), number))
        answers.append(ask(cuda, device))
    return answers


def _name(cuda: ctypes.CDLL, device: ctypes.c_int) -> str:
    raw = ctypes.create_string_buffer(256)
    _check("cuDeviceGetName", cuda.cuDeviceGetName(raw, len(raw), device))
    return raw.value.decode("utf-8", errors="replace")


def _uuid(cuda: ctypes.CDLL, device: ctypes.c_int) -> str:
    raw = (ctypes.c_ubyte * 16)()
    # Its first version gives all instances of a GPU the UUID of the whole.
    _check("cuDeviceGetUuid_v2", cuda.cuDeviceGetUuid_v2(raw, device))
    return str(UUID(bytes=bytes(raw)))


def _check(call: str, error: int) -> None:
    if error:
        raise RuntimeError(f"{call} of the CUDA driver failed with error {error}")


if __name__ == "__main__":
    try:
        print("\n".join(device_uuids()))
    except RuntimeError as fault:
        sys.exit(str(fault))
