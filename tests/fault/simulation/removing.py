"""Whether the random histories notice that something they rely on was taken out."""

from __future__ import annotations

from collections.abc import Callable


def first_that_fails(run: Callable[[int], object], first: int, most: int) -> int | None:
    """The seed of a history that ends in anything but rest, `first` tried before the others; None if all rest."""
    for seed in (first, *(seed for seed in range(most) if seed != first)):
        try:
            run(seed)
        except Exception:  # noqa: BLE001 - what is gone may break the engine in any way
            return seed
    return None
