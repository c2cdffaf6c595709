"""What rules amount to: by the mode, by what the CRM can do, and by what is mapped there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.base import Capabilities
from mapping.ruleset import Mode, Ruleset
from sync.doctor.check import Check, State
from sync.doctor.rules import checks

from .crm import ABLE, example_rules

HANDOFF, WON = "rule Scout to hunter", "rule Hunter to farmer"
SECTION, STAGE = "rule section conversion", "rule stage proposal"
ANONYMOUS = replace(ABLE, names_actor=False)


def found(rules: Ruleset, can: Capabilities = ABLE) -> dict[str, Check]:
    """The checks by name."""
    return {check.name: check for check in checks(rules, "hubspot", can)}


@pytest.mark.parametrize(
    ("mode", "move", "owner"),
    [
        (Mode.ENFORCE, "Moved back:", "Put back:"),
        (Mode.WARN, "Reported:", "Reported:"),
        (Mode.OBSERVE, "Only recorded:", "Only recorded:"),
    ],
)
def test_the_mode_says_what_becomes_of_a_wrong_move(mode: Mode, move: str, owner: str) -> None:
    told = found(example_rules(lambda text: text.replace("mode: enforce", f"mode: {mode}")))
    for name in (HANDOFF, WON, SECTION, STAGE):
        assert told[name].state is State.FINE
        assert told[name].message.startswith(move)
    assert f"{owner} giving a deal to anybody but Sales manager." in told[SECTION].message


def test_a_rule_is_told_in_words_with_its_line() -> None:
    rules = example_rules()
    place = rules.conveyor.handoffs[0].place
    assert found(rules)[HANDOFF].message == (
        "Moved back: moving a deal on to Conversion without what the rule requires, or when anybody but Lead hunter"
        f" does it. ({place})"
    )


def test_stages_with_modes_of_their_own_are_told_apart() -> None:
    rules = example_rules(lambda text: text.replace("meeting: {}", "meeting: {mode: observe}"))
    assert found(rules)[HANDOFF].message.startswith(
        "Moved back (Proposal, Negotiation, Won, Lost), only recorded (Meeting): moving"
    )


def test_where_nobody_is_named_the_requirements_hold_and_the_role_does_not() -> None:
    told = found(example_rules(), ANONYMOUS)
    assert "nobody is judged by role" in told[HANDOFF].message
    assert "anybody but" not in told[HANDOFF].message
    assert told[STAGE].message.startswith("Moved back")
    assert told[WON].state is State.WARNING
    assert "only about who moves a deal" in told[WON].message
    assert "Put back: giving a deal" in told[SECTION].message


def test_where_nobody_is_named_and_outsiders_may_all_a_rule_has_no_effect() -> None:
    rules = example_rules(lambda text: text.replace("mode: enforce", "mode: enforce\noutsiders: allow"))
    assert found(rules)[HANDOFF].message.startswith("Moved back")
    told = found(rules, ANONYMOUS)
    for name in (HANDOFF, WON, STAGE):
        assert told[name].state is State.WARNING
        assert "outsiders: allow" in told[name].message


def test_without_a_history_two_quick_moves_count_as_one() -> None:
    assert "Two quick moves" not in found(example_rules())[HANDOFF].message
    assert "Two quick moves" in found(example_rules(), replace(ABLE, history=False))[HANDOFF].message


def test_a_section_that_lives_in_another_crm_has_no_rules_here() -> None:
    rules = example_rules(
        lambda text: text.replace("title: Lead generation\n", "title: Lead generation\n    crm: bitrix24\n")
    )
    told = found(rules)
    assert told[HANDOFF].message == "Has no effect here: no such stage of Lead generation is here."
    assert "rule section lead_generation" not in told


def test_a_section_that_is_not_mapped_has_no_rules_here() -> None:
    assert "rule section retention" not in found(example_rules())
    assert list(checks(replace(example_rules(), mappings={}), "hubspot", ABLE)) == [
        Check(HANDOFF, State.FINE, "Has no effect here: no such stage of Lead generation is here."),
        Check(WON, State.FINE, "Has no effect here: no such stage of Conversion is here."),
    ]


def test_required_tasks_and_the_order_of_stages_are_rules_too() -> None:
    task = "{playbook: [{task: Call, due: 1d, required: true}]}"
    rules = example_rules(
        lambda text: text.replace("qualification: {}", f"qualification: {task}").replace(
            "title: Lead generation\n", "title: Lead generation\n    in_order: true\n"
        )
    )
    told = found(rules)
    assert told["rule stage qualification"].message.startswith('Moved back: going on before "Call" is done.')
    assert (
        "Moved back: leaving out a stage of Lead generation." in told["rule section lead_generation"].message
    )
