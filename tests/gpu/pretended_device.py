"""A CUDA device that is only pretended: tensors say that they lie there, and compute on the CPU.

What a real one refuses is refused here with an error: an operation on tensors of two devices, a
generator of the other device, an array made of a tensor on the device. Values are true ones.
"""

from contextlib import contextmanager
from unittest import mock

import torch
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils.backend_registration import (
    _DummyBackendModule,
    _setup_privateuseone_for_python_backend,
)


# A device of torch's own for such purposes; two devices are what matters, not the name of one.
class _Module(_DummyBackendModule):
    """What torch asks of the module of a backend."""

    def get_amp_supported_dtype(self):
        return [torch.bfloat16]


_setup_privateuseone_for_python_backend("pretended", _Module())
CPU, PRETENDED = torch.device("cpu"), torch.device("pretended", 0)
_Generator = torch.Generator
aten = torch.ops.aten
# What takes a source from any device, as the real operations do.
COPIES = {
    aten.copy_.default,
    aten._to_copy.default,
    aten._has_compatible_shallow_copy_type.default,
}


class OnDevice(torch.Tensor):
    """A tensor that says it lies on CUDA; `inner` holds its values on the CPU."""

    @staticmethod
    def __new__(cls, inner):
        return torch.Tensor._make_wrapper_subclass(
            cls,
            inner.shape,
            strides=inner.stride(),
            storage_offset=inner.storage_offset(),
            dtype=inner.dtype,
            layout=inner.layout,
            device=PRETENDED,
            requires_grad=False,
        )

    def __init__(self, inner):
        self.inner = inner

    __torch_function__ = torch._C._disabled_torch_function_impl

    @classmethod
    def __torch_dispatch__(cls, operation, types, args=(), kwargs=None):
        return compute(operation, args, kwargs or {})

    def tolist(self):
        return self.inner.tolist()

    def __repr__(self, **_):
        return f"OnDevice({self.inner!r})"


_of_device: dict = {}


class PretendedGenerator(_Generator):
    """A generator of either device."""

    def __new__(cls, device="cpu"):
        made = super().__new__(cls)
        made.pretended = torch.device(device)
        # Kept, so that no other generator comes to lie at its address.
        if made.pretended.type == "pretended":
            _of_device[made._cdata] = made
        return made

    def __init__(self, device="cpu"):
        pass

    @property
    def device(self):
        return self.pretended


class _Pretending(TorchDispatchMode):
    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        return compute(operation, args, kwargs or {})


def compute(operation, args, kwargs):
    flat = [*pytree.tree_leaves(args), *pytree.tree_leaves(kwargs)]
    tensors = [value for value in flat if isinstance(value, torch.Tensor)]
    asked = kwargs.get("device")
    on_device = [value for value in tensors if isinstance(value, OnDevice)]
    if operation not in COPIES:
        _refuse_two_devices(operation, args, tensors, on_device)
    target = (
        torch.device(asked).type if asked is not None else ("pretended" if on_device else "cpu")
    )
    if operation is aten.copy_.default:
        target = "pretended" if isinstance(args[0], OnDevice) else "cpu"
    _refuse_generator(operation, kwargs.get("generator"), target)
    inner_args, inner_kwargs = pytree.tree_map_only(OnDevice, lambda t: t.inner, (args, kwargs))
    if asked is not None:
        inner_kwargs["device"] = CPU
    if inner_kwargs.get("pin_memory"):
        inner_kwargs["pin_memory"] = False
    found = operation(*inner_args, **inner_kwargs)
    if target == "cpu":
        if operation is aten._to_copy.default and on_device and found is inner_args[0]:
            found = found.clone()
        return _same_objects(found, inner_args, args)
    wrapped = pytree.tree_map_only(torch.Tensor, lambda t: _wrap(t, args, kwargs), found)
    if operation in COPIES or not on_device:
        return wrapped if operation is not aten.copy_.default else args[0]
    return return_and_correct_aliasing(operation, args, kwargs, wrapped)


def _wrap(found, args, kwargs):
    return found if isinstance(found, OnDevice) else OnDevice(found)


def _same_objects(found, inner_args, args):
    return found


def _refuse_two_devices(operation, args, tensors, on_device):
    """As CUDA does: a number of the CPU joins in; indices may lie on the CPU; the rest may not."""
    if not on_device:
        return
    others = [t for t in tensors if not isinstance(t, OnDevice) and t.ndim > 0]
    if operation in {aten.index.Tensor, aten.index_put_.default, aten.index_put.default}:
        others = [t for t in others if any(t is given for given in (args[0], *args[2:3]))]
    if others:
        raise RuntimeError(f"{operation}: tensors on two devices")


def _refuse_generator(operation, generator, target):
    if generator is None:
        return
    device = "pretended" if generator._cdata in _of_device else "cpu"
    if device != target:
        raise RuntimeError(f"{operation}: a tensor of {target}, but a generator of {device}")


@contextmanager
def pretended_device():
    """Within it, `cuda` is a device like another."""
    with (
        mock.patch.object(torch, "Generator", PretendedGenerator),
        # Tensors of inference mode cannot be wrapped.
        mock.patch.object(torch, "inference_mode", torch.no_grad),
        _Pretending(),
    ):
        # Modules move in place, as to a real device; new tensors are made here and then moved.
        torch.__future__.set_swap_module_params_on_conversion(True)
        torch._C._set_only_lift_cpu_tensors(True)
        try:
            yield
        finally:
            torch.__future__.set_swap_module_params_on_conversion(False)
            torch._C._set_only_lift_cpu_tensors(False)
