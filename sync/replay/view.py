"""A replay as plain data, as `conveyor replay --json` prints it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sync.replay.replay import Difference, Replay
from sync.replay.tally import OUTSIDERS, Tally
from sync.replay.verdict import Verdict


def view(made: Replay) -> dict[str, object]:
    """All of it; `against` and `differences` only where two sets of rules were compared."""
    past = made.past
    found: dict[str, object] = {
        "since": past.since.isoformat(),
        "until": past.until.isoformat(),
        "connections": {
            name: {"deals": past.deals(name), "moves": past.count(name), "silent": past.silent.get(name)}
            for name in sorted(made.rules.mappings)
        },
        "rules": made.rules.hash,
        **_tally(made.tally),
    }
    if made.against is not None:
        found["against"] = {"rules": made.against.hash, **_tally(made.other)}
        found["differences"] = [_difference(one) for one in made.differences]
    return found


def _tally(tally: Tally) -> dict[str, object]:
    return {
        "deals": tally.deals,
        "moves": tally.moves,
        "verdicts": _sorted(tally.became),
        "exceptions": tally.excused,
        "handoffs": _sorted(tally.answers),
        "unnamed": tally.unnamed,
        "by_rule": {name: _sorted(counted) for name, counted in sorted(tally.rules.items())},
        "by_person": {name: _sorted(own) for name, own in sorted(tally.people.items()) if name != OUTSIDERS},
        "by_outsiders": _sorted(tally.people.get(OUTSIDERS, Counter())),
        "reasons": _sorted(tally.reasons),
        "unclear_for": _sorted(tally.missing),
        "first_sight": _sorted(tally.first_sight),
    }


def _sorted(counted: Mapping[str, int]) -> dict[str, int]:
    """The most frequent first."""
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _difference(one: Difference) -> dict[str, object]:
    verdict = one.one
    return {
        "deal": str(verdict.ref),
        "at": verdict.at.isoformat(),
        "by": verdict.by,
        "from": verdict.from_stage,
        "to": verdict.to_stage,
        "verdict": _verdict(one.one),
        "against": _verdict(one.other),
    }


def _verdict(verdict: Verdict) -> dict[str, object]:
    return {
        "became": verdict.became,
        "rule": verdict.rule,
        "reasons": list(verdict.reasons),
        "missing": list(verdict.missing),
    }
