"""Which pipelines are a sales line, which keep customers, and which are neither: with the reason."""

from __future__ import annotations

import pytest

from connectors.base import RemotePipeline, RemoteStage
from sync.drafting.pipelines import PipelineGuess, guess_pipeline, guess_pipelines

TALKING = ("New lead", "Qualified", "Demo", "Proposal sent", "Negotiation")


def pipeline(name: str, *stages: str) -> RemotePipeline:
    told = [RemoteStage(str(index), stage, "open") for index, stage in enumerate(stages)]
    return RemotePipeline(name, name, (*told, RemoteStage("w", "Done", "won")))


def guess(name: str, *stages: str) -> PipelineGuess:
    return guess_pipeline(pipeline(name, *stages))


@pytest.mark.parametrize(
    ("name", "stages"),
    [
        ("Support", ("New ticket", "Waiting on customer", "Escalated")),
        ("Подбор персонала", ("Отклик", "Собеседование", "Испытательный срок")),
        ("Партньори", ("Потенциален партньор", "Обучение")),
        ("Закупівлі", ("Запит постачальнику", "На складі")),
        ("Q3", ("Candidate found", "Interview", "Job offer")),
        ("TEST pipeline", ("a", "b")),
    ],
)
def test_what_sells_nothing_is_ignored_with_a_reason(name: str, stages: tuple[str, ...]) -> None:
    found = guess(name, *stages)
    assert found.ignored and "no sales line" in found.reason


def test_who_repairs_flats_sells_repairs_and_that_is_unsure() -> None:
    found = guess("Repairs", *TALKING)
    assert not found.ignored and found.unsure and "repair" in found.reason


def test_a_name_alone_is_not_enough_to_be_sure() -> None:
    assert guess("Partners", "First call", "Demo", "Contract").unsure
    assert not guess("Partners", "Partner found", "Partner trained").unsure


def test_customers_after_the_sale_are_kept() -> None:
    found = guess("Customer success", "Kickoff", "Adoption", "Renewal in 90 days", "Ask for referral")
    told = [stage.means for stage in found.stages]
    assert told == ["onboarding", "growth", "renewal", "referral", "won"]


def test_a_pipeline_without_stages_is_ignored() -> None:
    assert guess_pipeline(RemotePipeline("1", "Sales", ())).ignored


def test_where_nothing_looks_like_a_sale_the_first_is_taken_and_unsure() -> None:
    first, second = guess_pipelines([pipeline("Support", "New ticket"), pipeline("Hiring", "Interview")])
    assert not first.ignored and first.unsure and second.ignored
