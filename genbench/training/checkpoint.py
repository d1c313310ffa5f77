"""The state of a training in one file, from which it goes on as if nothing had happened: safetensors, with JSON metadata."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from genbench.training.steps import copy_into
from genbench.whole_files import write_whole

if TYPE_CHECKING:
    from torch import Tensor

    from genbench.training.group import SeedGroup

SEPARATOR = "/"


def save_checkpoint(group: SeedGroup, path: Path) -> None:
    """Write the whole file. A full disk costs the checkpoint, not the training."""
    tensors, notes = _tensors(group), json.dumps(_notes(group))
    content = save(tensors, {"genbench": notes, "sha256": _digest(tensors, notes)})
    try:
        write_whole(path, content)
    except OSError as error:
        print(f"no checkpoint could be written: {error}")


def load_checkpoint(group: SeedGroup, path: Path) -> bool:
    """Put a new group where a checkpoint of the same training left off; False if there is none, or a damaged one, of which
    the log tells, and nothing is changed."""
    try:
        with safe_open(path, "pt", device=str(group.feed.train.x.device)) as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError:
        return False
    except (OSError, SafetensorError) as error:
        print(f"the checkpoint {path} is damaged ({error}): training starts over", flush=True)
        return False
    text = metadata.get("genbench", "")
    if metadata.get("sha256") != _digest(tensors, text):  # so nothing needs to be undone of what is half restored
        print(f"the checkpoint {path} is damaged (its checksum does not fit): training starts over", flush=True)
        return False
    notes = json.loads(text)
    if notes["identity"] != _identity(group):
        return False
    _restore_tensors(group, tensors)
    _restore_notes(group, notes)
    group.take_snapshot()
    return True


def _digest(tensors: dict[str, Tensor], notes: str) -> str:
    """Return the SHA-256 of all that a checkpoint holds."""
    digest = hashlib.sha256(notes.encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _identity(group: SeedGroup) -> dict[str, Any]:
    """What must be the same for a checkpoint to be one of this training."""
    return {
        "seeds": [context.seed for context in group.contexts],
        "steps": group.schedule.steps,
        "shapes": {name: list(tensor.shape) for name, tensor in group.trainer.tensors().items()},
    }


def _tensors(group: SeedGroup) -> dict[str, Tensor]:
    parts: dict[str, dict[str, Tensor]] = {"model": group.trainer.tensors()}
    for index, optimizer in enumerate(group.trainer.optimizers):
        for position, values in optimizer.state_dict()["state"].items():
            parts[f"optimizer.{index}.{position}"] = {k: v for k, v in values.items() if isinstance(v, torch.Tensor)}
    for seed, stream in enumerate(group.feed.streams):
        parts[f"stream.{seed}"] = stream.state()
    for seed, row in group.best.rows.items():
        parts[f"best.{seed}"] = row
    for seed, row in group.last_good.items():
        parts[f"last_good.{seed}"] = row
    for seed, context in enumerate(group.contexts):
        parts[f"milestones.{seed}"] = {str(seen): given for seen, given in context.milestones.items()}
    if group.average is not None:
        parts["average"] = group.average.average
    parts["random"] = {"state": group.random_state}
    return {f"{part}{SEPARATOR}{name}": t.contiguous() for part, held in parts.items() for name, t in held.items()}


def _restore_tensors(group: SeedGroup, tensors: dict[str, Tensor]) -> None:
    parts: dict[str, dict[str, Tensor]] = {}
    for full_name, tensor in tensors.items():
        part, _, name = full_name.partition(SEPARATOR)
        parts.setdefault(part, {})[name] = tensor
    copy_into(group.trainer.tensors(), parts["model"])
    for index, optimizer in enumerate(group.trainer.optimizers):
        state = optimizer.state_dict()
        state["state"] = {
            int(part.split(".")[2]): held for part, held in parts.items() if part.startswith(f"optimizer.{index}.")
        }
        optimizer.load_state_dict(state)
    for seed, stream in enumerate(group.feed.streams):
        stream.restore(parts[f"stream.{seed}"])
    group.best.rows = {int(part.split(".")[1]): held for part, held in parts.items() if part.startswith("best.")}
    group.last_good = {int(part.split(".")[1]): held for part, held in parts.items() if part.startswith("last_good.")}
    for seed, context in enumerate(group.contexts):
        held = parts.get(f"milestones.{seed}", {})
        context.milestones.update({int(seen): given.cpu() for seen, given in held.items()})
    if group.average is not None:
        copy_into(group.average.average, parts["average"])
    group.random_state = parts["random"]["state"].cpu()


def _notes(group: SeedGroup) -> dict[str, Any]:
    return {
        "identity": _identity(group),
        "step": group.step,
        "diverged": list(group.diverged.items()),
        "stopped": sorted(group.stopped),
        "best_values": group.best.values,
        "best_waits": group.best.waits,
        "to_log": sorted(group.to_log),
        "logs": group.logs,
    }


def _restore_notes(group: SeedGroup, notes: dict[str, Any]) -> None:
    group.step = notes["step"]
    group.diverged = dict(notes["diverged"])
    group.stopped = set(notes["stopped"])
    group.best.values, group.best.waits = notes["best_values"], notes["best_waits"]
    group.to_log = set(notes["to_log"])
    for seed, step, entry in notes["logs"]:
        group.note(seed, step, entry)
