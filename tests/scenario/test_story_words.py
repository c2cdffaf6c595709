"""Stories of what people read in their CRM: in their language, in the form that the CRM shows well, filled in."""

from __future__ import annotations

import pytest

from .house import OLENA, PETAR, ROBOT, House

TITLE = "Beds <b> & pillows"
READS_HTML = frozenset({"hubspot"})
"""Where tasks and notes are HTML; the others show the text as it is."""
LINE = "timezone: Europe/Sofia\n"
PETARS_LINE = f"email: {PETAR},"


def letters(text: str, of: str) -> bool:
    """Whether a text has one of these letters."""
    return bool(set(text.lower()) & set(of))


@pytest.mark.every_crm
def test_each_reads_their_own_language_in_the_form_that_the_crm_shows(house: House) -> None:
    # Given a line in Bulgarian, with a hunter who reads Ukrainian
    house.rewrite("conveyor.yaml", LINE, f"{LINE}language: bg\n")
    house.rewrite("team.yaml", PETARS_LINE, f"{PETARS_LINE} language: uk,")
    # When a deal is handed to him
    deal = house.handed_over(title=TITLE, amount=500)
    # Then his task and the note for him are in Ukrainian, and the brief is as its admin wrote it
    card = house.card(deal)
    for text in (card.tasks[0].body, card.notes[0]):
        assert letters(text, "іїє")
    assert "Call within the day; script: https://wiki.example.com/scripts/first-call" in card.tasks[0].body
    # And its lines and its signs are shown as they were meant
    body = house.sandbox.deal(deal)["tasks"][0]["body"]
    as_html, as_text = "Beds &lt;b&gt; &amp; pillows for 500", f"{TITLE} for 500"
    assert (as_html in body, "<br>" in body) == ((True, True) if house.name in READS_HTML else (False, False))
    assert (as_text in body, "\n" in body) == ((False, False) if house.name in READS_HTML else (True, True))


def test_who_is_not_on_the_team_is_told_in_the_language_of_the_line(house: House) -> None:
    # Given a line in Bulgarian that warns
    house.rewrite("conveyor.yaml", LINE, f"{LINE}language: bg\n")
    house.set_mode("warn")
    deal = house.new_deal("meeting", by=PETAR)
    # When somebody who is not on the team breaks a rule
    house.move(deal, "proposal", by=ROBOT)
    # Then the note is in Bulgarian, and the task is with the deal's owner
    card = house.card(deal)
    assert letters(card.notes[0], "ъщю")
    assert not letters(card.notes[0], "іїє")
    assert [owner for owner, _ in card.todo] == [PETAR]


def test_a_brief_names_what_is_filled_in_and_leaves_a_dash_for_the_rest(house: House) -> None:
    # Given a brief that names contact, company, owner and source
    brief = "{title} for {amount} {currency} - decision maker {decision_maker}."
    asked = "{contact_name} of {company}, {decision_maker}, source {source}; for {owner}, in {stage}."
    house.rewrite("conveyor.yaml", brief, asked)
    # When a deal whose source nobody filled in is handed over
    deal = house.handed_over(company="Nova Logistics")
    # Then the receiver reads it filled in
    [task] = house.card(deal).tasks
    assert "Ada Buyer of Nova Logistics, CFO, source -; for Petar D., in meeting." in task.body


def test_a_task_of_the_playbook_names_the_deal(house: House) -> None:
    # Given a playbook whose task has a placeholder, and one that is not required
    playbook = (
        'playbook: [{task: "Call about {title}", due: 1d, required: true}, {task: "Send flowers", due: 2d}]'
    )
    house.rewrite("conveyor.yaml", "meeting: {}", f"meeting: {{{playbook}}}")
    deal = house.handed_over(title="Trucks", amount=100)
    # Then its new owner has both tasks, beside that of the hand-off
    subjects = [subject for owner, subject in house.card(deal).todo if owner == PETAR]
    assert {"Call about Trucks", "Send flowers"} < set(subjects)
    # And the required one alone keeps the deal there
    house.move(deal, "proposal", by=PETAR)
    assert house.card(deal).stage == "meeting"
    assert "Call about Trucks" in house.card(deal).notes[-1]
    call = next(task for task in house.card(deal).tasks if task.subject == "Call about Trucks")
    house.complete(call, by=PETAR)
    house.move(deal, "proposal", by=PETAR)
    assert house.card(deal).stage == "proposal"
    assert OLENA not in [owner for owner, _ in house.card(deal).todo]
