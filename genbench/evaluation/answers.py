"""What a capability may answer with: a tensor or an array of real numbers, dense and where it can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from genbench.errors import ModelOutputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

BOOLEAN = frozenset({"sample", "reconstruct", "embed"})
"""Capabilities that may answer with true and false for 1 and 0: bits are examples or features, but no logarithms."""


def numbers_of(capability: str, answer: Any) -> NDArray[Any]:
    """Return the answer as an array of floats of 32 or 64 bits, or of integers.

    Floats of 16 bits and less become such of 32. Raises :class:`ModelOutputError` for what holds no real numbers, and for
    tensors whose numbers are not all there: sparse, quantised, nested, without data, or masked.
    """
    array = _of_tensor(capability, answer) if isinstance(answer, torch.Tensor) else _of_array(capability, answer)
    if array.dtype == np.bool_ and capability in BOOLEAN:
        return array.astype(np.float32)
    if np.issubdtype(array.dtype, np.integer):
        return array
    if np.issubdtype(array.dtype, np.floating):
        return array.astype(
            np.float64 if array.dtype.itemsize > np.dtype(np.float32).itemsize else np.float32, copy=False
        )
    raise ModelOutputError(f"{capability} returned numbers of type {array.dtype}, expected real ones such as float32")


def _of_tensor(capability: str, answer: torch.Tensor) -> NDArray[Any]:
    kinds = {
        "a quantised tensor": answer.is_quantized,
        "a nested tensor": answer.is_nested,
        "a tensor without data (device meta)": answer.device.type == "meta",
        f"a tensor of layout {answer.layout}": answer.layout != torch.strided,
    }
    for kind, is_one in kinds.items():
        if is_one:
            raise ModelOutputError(f"{capability} returned {kind}, expected a dense tensor of numbers")
    plain = answer.detach()
    if plain.is_floating_point() and plain.dtype not in (torch.float32, torch.float64):
        plain = plain.float()  # NumPy has no bfloat16, nor floats of 8 bits
    try:
        return np.asarray(plain.resolve_conj().resolve_neg().cpu().numpy())
    except Exception as error:  # whatever a subclass raises that is no array of numbers
        raise ModelOutputError(
            f"{capability} returned a {type(answer).__name__} that cannot be read: {error}"
        ) from error


def _of_array(capability: str, answer: Any) -> NDArray[Any]:
    if isinstance(answer, np.ma.MaskedArray) and np.ma.getmaskarray(answer).any():
        raise ModelOutputError(
            f"{capability} returned a masked array, in which {int(np.ma.getmaskarray(answer).sum())} numbers lack"
        )
    try:
        array = np.asarray(answer)
    except Exception:  # whatever an array of another library, or a list of unequal ones, raises
        array = np.asarray(None)
    if array.dtype.kind not in "biufc":
        of = f" of {array.dtype}" if isinstance(answer, np.ndarray) else ""
        raise ModelOutputError(f"{capability} returned {type(answer).__name__}{of}, not a tensor or array of numbers")
    return array
