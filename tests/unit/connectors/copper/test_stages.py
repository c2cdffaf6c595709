"""Where a deal stands, out of stage and status."""

from __future__ import annotations

import pytest

from connectors.copper import stages
from connectors.copper.account import Facts
from connectors.copper.fields import Unknown
from connectors.errors import Rejected, Unreadable
from mapping.model import Value

HERE = {"pipeline_id": 213214, "pipeline_stage_id": 987790, "status": "Open"}


@pytest.mark.parametrize(
    ("deal", "stage"),
    [
        (HERE, ["213214", "987790"]),
        ({**HERE, "status": "Won"}, ["213214", "status:Won"]),
        ({**HERE, "status": "Abandoned", "pipeline_stage_id": None}, ["213214", "status:Abandoned"]),
        ({**HERE, "status": "Of years to come"}, ["213214", "status:Of years to come"]),
        ({**HERE, "pipeline_stage_id": None}, None),
    ],
)
def test_the_status_comes_before_the_stage(deal: dict[str, object], stage: list[str] | None) -> None:
    assert stages.stage_of(deal) == stage


def test_a_deal_without_status_is_not_taken_for_an_open_one() -> None:
    with pytest.raises(Unreadable):
        stages.stage_of({**HERE, "status": None})


@pytest.mark.parametrize(
    ("wanted", "deal", "raw"),
    [
        (
            ["213214", "987791"],
            HERE,
            {"status": "Open", "pipeline_id": 213214, "pipeline_stage_id": 987791},
        ),
        (["213214", "status:Won"], HERE, {"status": "Won"}),
        (["213214", "status:Lost"], {**HERE, "status": "Won"}, {"status": "Lost"}),
        (
            ["213215", "status:Won"],
            HERE,
            {"status": "Won", "pipeline_id": 213215, "pipeline_stage_id": 987801},
        ),
        (
            ["213214", "status:Lost"],
            None,
            {"status": "Lost", "pipeline_id": 213214, "pipeline_stage_id": 987792},
        ),
    ],
)
def test_a_stage_is_written_as_stage_and_status(
    facts: Facts, wanted: Value, deal: dict[str, object] | None, raw: dict[str, object]
) -> None:
    written = stages.to_raw(wanted, deal, facts.pipelines)
    assert written == raw
    assert stages.read_back(written, deal) == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        ["213216", "987810"],  # of projects
        ["213214", "987800"],  # of another pipeline
        ["213214", "1"],
        ["9", "987790"],
        ["9", "status:Won"],
    ],
)
def test_a_stage_that_is_not_there_may_be_new(facts: Facts, wanted: Value) -> None:
    with pytest.raises(Unknown):
        stages.to_raw(wanted, HERE, facts.pipelines)


@pytest.mark.parametrize(
    "wanted", [None, "987790", ["213214"], ["Sales", "987790"], ["213214", "status:Open"]]
)
def test_what_is_no_stage_is_rejected(facts: Facts, wanted: Value) -> None:
    with pytest.raises(Rejected):
        stages.to_raw(wanted, HERE, facts.pipelines)


def test_a_name_is_taken_only_where_it_means_one_stage(facts: Facts) -> None:
    def named(name: str, pipeline: str | None) -> str | None:
        found = facts.pipelines.named(name, pipeline)
        return found.id if found else None

    assert named("Follow-up", None) == "987791"
    assert named("Follow-up", "213215") == "987791"
    assert named("Negotiation", "213215") == "987801"
    assert named("Negotiation", None) is None
    assert named("Of old", "213214") is None
