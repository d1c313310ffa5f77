"""What third-party plugins bring: as kept from an earlier command, or asked now."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import Distribution, EntryPoint

from genbench.plugins.cache import CachedAnswer
from genbench.plugins.events import Event
from genbench.plugins.probe import ask

KEPT = "(found by an earlier command; genbench plugins tries again)"


def answers_of(found: Sequence[tuple[EntryPoint, Distribution]], limit: float, anew: bool) -> list[tuple[Event, ...]]:
    """Return the events of each plugin; ``anew`` asks also those whose answer is kept."""
    caches = [CachedAnswer(distribution, entry.name, entry.value, limit) for entry, distribution in found]
    kept = {i: events for i, cache in enumerate(caches) if not anew and (events := cache.read()) is not None}
    missing = [i for i in range(len(found)) if i not in kept]
    asked = dict(zip(missing, ask([found[i][0].value for i in missing], limit), strict=True))
    for i, answer in asked.items():
        caches[i].write(answer.events, answer.seconds)
    return [asked[i].events if i in asked else tuple(map(_as_kept, kept[i])) for i in range(len(found))]


def _as_kept(event: Event) -> Event:
    return event.model_copy(update={"text": f"{event.text} {KEPT}"}) if event.kind == "problem" else event
