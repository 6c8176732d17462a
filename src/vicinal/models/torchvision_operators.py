"""Lets torchvision import beside a CPU-only build of torch.

The published wheel of torchvision carries operators compiled against CUDA. Beside a CPU-only torch
they cannot be loaded, and `import torchvision` then stops where it registers the abstract versions
of `torchvision::nms` and `torchvision::qnms`. Declaring these two operator schemas first is enough
for everything written in Python (data sets, transforms, models). Nothing is declared where the
compiled operators are there.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch

_SCHEMAS = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}

# A library object must stay alive for its declarations to hold.
_declared: list[torch.library.Library] = []


def declare_missing() -> None:
    """Declare `torchvision::nms` and `torchvision::qnms` where no compiled library defines them."""
    if _declared or _compiled_operators_load():
        return
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name, schema in _SCHEMAS.items():
        if not hasattr(torch.ops.torchvision, name):
            library.define(name + schema)
    _declared.append(library)


def _compiled_operators_load() -> bool:
    spec = find_spec("torchvision")
    if spec is None or spec.origin is None:
        return False
    for binary in Path(spec.origin).parent.glob("_C*"):
        try:
            torch.ops.load_library(binary)
        except OSError:
            return False
        return True
    return False
