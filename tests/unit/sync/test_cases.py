"""The rules' own tests: what each kind of case says, and how one that fails is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mapping.loader import load_files, load_ruleset
from mapping.problems import Problem
from sync.cases import failing

from .core.line import FILES, TWO_FILES, Swap

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 3, 4, 8, 0, tzinfo=UTC)
OUTCOMES = ("moved", "handed_off", "returned")
READY = "budget: 2000, decision_maker: CFO, contact_email: a@b.c"
LEAD = f"stage: qualification, {READY}"

Case = tuple[str, str, str, str]
"""What is given, where it is moved, by whom, and what becomes of it."""


def run(
    *cases: Case, swaps: Iterable[Swap] = (), files: Mapping[str, str] = FILES, now: datetime = NOW
) -> list[Problem]:
    """The problems of these cases on the line of the core's tests, with texts of its files swapped."""
    texts = dict(files)
    for old, new in swaps:
        assert any(old in text for text in texts.values()), f"{old!r} stands nowhere"
        texts = {file: text.replace(old, new) for file, text in texts.items()}
    lines = [
        f"  - {{given: {{{given}}}, when: {{moved_to: {to}, by: {by}}}, then: {then}}}\n"
        for given, to, by, then in cases
    ]
    return failing(load_files({**texts, "cases.yaml": "cases:\n" + "".join(lines)}), now)


def becomes(given: str, to: str, by: str, **line: object) -> str:
    """What becomes of a deal: the one word for `then` with which the case holds."""
    failed = run(*((given, to, by, then) for then in OUTCOMES), **line)  # type: ignore[arg-type]
    held = set(range(len(OUTCOMES))) - {problem.line - 2 for problem in failed}
    assert len(held) == 1, failed
    return OUTCOMES[held.pop()]


@pytest.mark.parametrize(
    ("given", "to", "by", "then"),
    [
        (LEAD, "meeting", "scout", "handed_off"),
        (LEAD, "proposal", "scout", "returned"),  # which wants an amount as well
        (f"{LEAD}, amount: 5", "proposal", "scout", "handed_off"),
        (LEAD, "meeting", "hunter", "returned"),
        (LEAD, "meeting", "head", "handed_off"),
        (LEAD.replace("2000", "500"), "meeting", "scout", "returned"),
        (LEAD.replace("2000", '"1000"'), "meeting", "scout", "handed_off"),
        ("stage: qualification", "meeting", "scout", "returned"),
        ("stage: qualification, source: Referral", "meeting", "scout", "handed_off"),
        (LEAD, "prospecting", "scout", "moved"),
        ("stage: prospecting", "qualification", "scout", "moved"),
        ("stage: prospecting", "qualification", "farmer", "returned"),
        ("stage: meeting", "proposal", "hunter", "returned"),
        ("stage: meeting, amount: 10.50", "proposal", "hunter", "moved"),
        ("stage: meeting", "qualification", "hunter", "moved"),
        ("stage: meeting", "qualification", "scout", "returned"),
        ("stage: meeting", "lost", "hunter", "returned"),
        ("stage: meeting, lost_reason: price", "lost", "hunter", "moved"),
        ("stage: prospecting, lost_reason: price", "lost", "scout", "moved"),
        ("stage: prospecting, lost_reason: price", "lost", "hunter", "returned"),
        ("stage: negotiation, amount: 1", "won", "hunter", "handed_off"),
        ("stage: negotiation, amount: 0", "won", "hunter", "returned"),
        ("stage: meeting, amount: 1", "onboarding", "hunter", "returned"),  # only winning leads there
        ("stage: qualification", "onboarding", "scout", "returned"),  # two boundaries at once
        ("stage: onboarding", "renewal", "farmer", "moved"),
        ("stage: lost", "meeting", "hunter", "moved"),
    ],
)
def test_a_case_says_what_the_rules_say(given: str, to: str, by: str, then: str) -> None:
    assert becomes(given, to, by) == then


def test_every_case_that_fails_is_told_at_its_place() -> None:
    small, ready = LEAD.replace("2000", "500"), LEAD
    cases = [
        (small, "meeting", "scout", "returned"),
        (small, "meeting", "scout", "handed_off"),
        (ready, "meeting", "scout", "returned"),
        (ready, "prospecting", "scout", "handed_off"),
    ]
    first, second, third = run(*cases)
    for number, problem in ((1, first), (2, second), (3, third)):
        given, to, by, _ = cases[number]
        before = f"  - {{given: {{{given}}}, when: {{moved_to: {to}, by: {by}}}, then: "
        assert (problem.file, problem.line, problem.column) == ("cases.yaml", number + 2, len(before) + 1)
        assert (problem.severity, problem.code) == ("error", "case-fails")
    assert first.message.startswith(
        'expected handed_off, but the rules say returned: "Moved back to Qualification:'
    )
    assert "budget must be at least 1000" in first.message
    assert first.message.endswith('What can they spend this quarter?" (conveyor.yaml:32)')
    assert first.hint == "if the rules are right, write then: returned, or add what is missing to `given`"
    assert second.message == (
        "expected returned, but the rules say handed_off: Scout to hunter, nothing that it requires is missing "
        "(conveyor.yaml:32)"
    )
    assert second.hint == (
        "if the rules are right, write then: handed_off, "
        "or leave something out of `given` (decision_maker, budget, contact_email)"
    )
    assert third.message == (
        "expected handed_off, but the rules say moved: it stays in Leads (conveyor.yaml:16)"
    )
    assert third.hint == "if the rules are right, write then: moved"


@pytest.mark.parametrize(
    ("case", "why", "hint"),
    [
        (
            (LEAD, "meeting", "hunter", "moved"),
            "only Lead hunter moves a deal on",
            "let it be moved by: scout",
        ),
        (
            ("stage: qualification", "onboarding", "scout", "moved"),
            "there is no hand-off from Leads",
            "move it to the section that comes next",
        ),
        (
            ("stage: qualification, source: referral", "meeting", "scout", "returned"),
            "Scout to hunter, its exception lets the deal through",
            "leave something out of `given` (source)",
        ),
        (
            ("stage: meeting, amount: 1", "proposal", "hunter", "returned"),
            "it stays in Sales",
            "leave something out of `given` (amount)",
        ),
        (("stage: meeting", "negotiation", "hunter", "returned"), "it stays in Sales", "write then: moved"),
        (
            ("stage: meeting", "prospecting", "hunter", "handed_off"),
            "going back to Leads",
            "write then: moved",
        ),
        (
            ("stage: meeting, lost_reason: price", "lost", "hunter", "handed_off"),
            "a lost deal is handed to nobody",
            "write then: moved",
        ),
        ((LEAD, "meeting", "scout", "moved"), "Scout to hunter", "write then: handed_off"),
    ],
)
def test_a_failing_case_says_why_and_what_may_be_done(case: Case, why: str, hint: str) -> None:
    [problem] = run(case)
    assert why in problem.message
    assert (problem.hint or "").endswith(hint)


def test_what_no_rule_provides_for_is_told_too() -> None:
    [problem] = run(
        ("stage: meeting, amount: 1", "won", "hunter", "handed_off"), swaps=[("    on: won\n", "")]
    )
    assert "no hand-off has `on: won` in Sales" in problem.message
    in_order = [("  sales:\n", "  sales:\n    in_order: true\n")]
    [problem] = run(("stage: meeting, amount: 1", "negotiation", "hunter", "moved"), swaps=in_order)
    assert "Proposal must come before Negotiation" in problem.message
    assert (problem.hint or "").endswith("or move it to the stage that comes next")
    head_goes_anywhere = ("stage: onboarding", "spring", "head", "handed_off")
    more = [
        (
            "      renewal: {}\n",
            "      renewal: {}\n  again:\n    roles: [farmer]\n    stages: {spring: {}}\n",
        )
    ]
    [problem] = run(head_goes_anywhere, swaps=more)
    assert "no hand-off leads to Again from the section before it" in problem.message


@pytest.mark.parametrize(
    "swap",
    [
        ("mode: enforce", "mode: observe"),
        ("mode: enforce", "mode: warn"),
        ("  sales:\n", "  sales:\n    mode: warn\n"),
        ("meeting: {}", "meeting: {mode: observe}"),
        ("  - name: Scout to hunter\n", "  - name: Scout to hunter\n    mode: observe\n"),
    ],
)
def test_the_mode_changes_nothing(swap: Swap) -> None:
    """A line that only observes can be tried out, and in an emergency be switched to, with its cases."""
    assert becomes(LEAD, "meeting", "scout", swaps=[swap]) == "handed_off"
    assert becomes("stage: qualification", "meeting", "scout", swaps=[swap]) == "returned"


def test_a_role_is_somebody_with_that_role_and_no_other() -> None:
    """Also where the only hunter may move anywhere, and nobody is the head."""
    team = [
        ("roles: [hunter]", "roles: [hunter, head]"),
        ("  - {name: Ivan P., email: ivan@acme.example, roles: [head]}", ""),
    ]
    assert becomes(LEAD, "meeting", "hunter", swaps=team) == "returned"
    nobody = [("  - {name: Ivan P., email: ivan@acme.example, roles: [head]}\n", "")]
    assert (
        becomes("stage: prospecting", "meeting", "head", swaps=nobody) == "returned"
    )  # the requirements hold
    assert becomes(LEAD, "meeting", "head", swaps=nobody) == "handed_off"


def test_a_person_moves_with_all_their_roles() -> None:
    both = [
        ("email: petar@acme.example, roles: [hunter]", "email: petar@acme.example, roles: [scout, hunter]")
    ]
    assert becomes(LEAD, "meeting", "petar@acme.example") == "returned"
    assert becomes(LEAD, "meeting", "petar@acme.example", swaps=both) == "handed_off"
    assert becomes(LEAD, "meeting", "Ivan@Acme.example") == "handed_off"


def test_it_does_not_matter_who_is_away_or_has_no_room() -> None:
    away = ", away: [{from: 2026-03-01, until: 2026-03-31}], capacity: 1}"
    absent = [("roles: [hunter]}", f"roles: [hunter]{away}")]
    assert becomes(LEAD, "meeting", "scout", swaps=absent) == "handed_off"


def test_the_owner_is_whoever_works_there_unless_given() -> None:
    owned = [
        (
            "      - {decision_maker:",
            "      - {owner: {one_of: [omar@acme.example]}}\n      - {decision_maker:",
        )
    ]
    assert becomes(LEAD, "meeting", "scout", swaps=owned) == "returned"
    assert becomes(f"{LEAD}, owner: omar@acme.example", "meeting", "scout", swaps=owned) == "handed_off"
    assert becomes(f"{LEAD}, owner: OMAR@acme.example", "meeting", "scout", swaps=owned) == "handed_off"
    assert becomes(LEAD, "meeting", "omar@acme.example", swaps=owned) == "handed_off"
    filled_in = [("      - {decision_maker:", "      - owner\n      - created_at\n      - {decision_maker:")]
    assert becomes(LEAD, "meeting", "scout", swaps=filled_in) == "handed_off"


@pytest.mark.parametrize(
    ("value", "then"),
    [
        ("31d", "moved"),
        ("30d", "returned"),
        ("5w", "moved"),
        ("-60d", "returned"),
        ("800h", "moved"),
        ("2026-05-01", "moved"),
        ("2026-03-05", "returned"),
        ("soon", "returned"),
    ],
)
def test_a_day_may_be_given_by_its_distance(value: str, then: str) -> None:
    """So that a case holds next year as it does today."""
    after = [("proposal: {requires: [amount]}", "proposal: {requires: [{budget: {after: 30d}}]}")]
    assert becomes(f"stage: meeting, budget: {value}", "proposal", "hunter", swaps=after) == then
    if not value.startswith("20"):
        years_later = NOW.replace(year=2031)
        assert (
            becomes(f"stage: meeting, budget: {value}", "proposal", "hunter", swaps=after, now=years_later)
            == then
        )


def test_a_text_that_looks_like_a_distance_stays_a_text() -> None:
    one_of = [("proposal: {requires: [amount]}", 'proposal: {requires: [{budget: {one_of: ["30d"]}}]}')]
    assert becomes("stage: meeting, budget: 30d", "proposal", "hunter", swaps=one_of) == "moved"


def test_required_tasks_of_the_playbook_keep_no_case_back() -> None:
    playbook = 'qualification: {playbook: [{task: "Call", due: 1d, required: true}]}'
    assert becomes(LEAD, "meeting", "scout", swaps=[("qualification: {}", playbook)]) == "handed_off"


def test_a_customers_next_deal_is_a_hand_off() -> None:
    """Whether a CRM has its stages, so that winning opens it there, or none has."""
    opens = [("is: onboarding, write_back: false", "is: onboarding")]
    nowhere = [("      - {crm: Onboarding, id: ONBOARDING, is: onboarding, write_back: false}\n", "")]
    for swaps in (opens, nowhere):
        assert becomes("stage: meeting, amount: 1", "won", "hunter", swaps=swaps) == "handed_off"


def test_cases_speak_of_the_line_whichever_crm_has_it() -> None:
    unmapped = [("      - {crm: Meeting, id: MEETING, is: meeting}\n", "")]
    assert becomes(LEAD, "meeting", "scout", swaps=unmapped) == "handed_off"
    for given, to, by, then in [
        ("stage: qualified, budget: 1", "meeting", "scout", "handed_off"),
        ("stage: qualified, budget: 1", "proposal", "scout", "handed_off"),
        ("stage: qualified", "meeting", "scout", "returned"),
        ("stage: meeting", "proposal", "hunter", "moved"),
        ("stage: proposal", "meeting", "scout", "returned"),
    ]:
        assert becomes(given, to, by, files=TWO_FILES) == then


def test_names_in_other_alphabets() -> None:
    words = [("scout", "скаут"), ("qualification", "квалификация")]
    assert becomes(f"stage: квалификация, {READY}", "meeting", "скаут", swaps=words) == "handed_off"


def test_the_shipped_cases_hold() -> None:
    rules = load_ruleset(ROOT / "config")
    assert {case.then for case in rules.cases} == set(OUTCOMES)
    assert failing(rules, NOW) == []


def test_without_cases_nothing_fails() -> None:
    assert failing(load_files(FILES), NOW) == []
