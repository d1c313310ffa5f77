"""The protocol's precision of matrix products and convolutions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from genbench.protocol import Precision


@contextmanager
def computing_in(precision: Precision, device: str) -> Iterator[None]:
    """Within the block, losses and their gradients are computed in a precision. On a GPU plain float32 means just that,
    also for convolutions, for which PyTorch would take TF32."""
    switches: tuple[Any, Any] = torch.backends.cuda.matmul, torch.backends.cudnn
    before = [switch.allow_tf32 for switch in switches]
    for switch in switches:
        switch.allow_tf32 = precision != "float32"
    try:
        # Autocast would remember a parameter's rounded copy for as long as it is on, through all steps.
        with torch.autocast(torch.device(device).type, torch.bfloat16, precision == "bf16", cache_enabled=False):
            yield
    finally:
        for switch, allowed in zip(switches, before, strict=True):
            switch.allow_tf32 = allowed
