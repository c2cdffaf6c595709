"""Who reads what in which language: decisions as their readers find them in the CRM."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from mapping.model import CreateNote, CreateTask, EventKind
from mapping.phrases import Phrase, in_language
from mapping.ruleset import Member, Ruleset
from store import codec
from sync.core.case import Case, Outcome
from sync.core.decide import decide
from sync.core.words import language_of

from .building import HANA, OLENA, PETAR, ROBOT, STRANGER, asked, given_to, later, moved, standing
from .carrying import carry_out
from .line import house
from .reading import notes, tasks

OTHERS = ("uk", "ru", "bg")
WITH_REMINDERS = house(
    ("by: least_loaded}", "by: least_loaded}\n    remind_at: [50%]\n    if_late: [escalate]"),
)


def speaking(rules: Ruleset, line: str = "en", /, **languages: str) -> Ruleset:
    """The rules with a language of the line, and of members by the first part of their e-mail."""
    team: dict[str, Member] = {
        email: replace(member, language=languages.get(email.partition("@")[0], member.language))
        for email, member in rules.team.items()
    }
    return replace(rules, team=team, conveyor=replace(rules.conveyor, language=line))


def handed_over(rules: Ruleset) -> tuple[Case, Outcome]:
    """A deal that a scout passes on to Petar."""
    case = moved(standing(rules), "meeting", OLENA)
    return case, decide(case, rules)


def test_whose_language_counts() -> None:
    rules = speaking(house(), "bg", petar="uk")
    assert [language_of(who, rules) for who in (PETAR, HANA, "nobody@other.example", None)] == [
        "uk",
        "bg",
        "bg",
        "bg",
    ]


@pytest.mark.parametrize(
    ("language", "note", "body"),
    [
        (
            "en",
            "Scout to hunter: handed to Petar D. (least loaded: 0 open deals, has not received one yet). "
            "To be accepted by Wed, 4 Mar 2026, 14:01 (Sofia).",
            "It comes from Olena K., Leads.\nTo accept the deal, complete this task, or simply work on the deal.",
        ),
        (
            "uk",
            "Scout to hunter: угоду отримує Petar D. (найменше навантаження: 0 відкритих угод, ще жодної не "
            "отримано). Термін прийняття: ср, 4 бер. 2026 р., 14:01 (Софія).",
            "Від кого: Olena K., Leads.\n"
            "Щоб прийняти угоду, завершіть це завдання або просто почніть із нею працювати.",
        ),
        (
            "ru",
            "Scout to hunter: сделку получает Petar D. (наименьшая загрузка: 0 открытых сделок, ещё ни одной не "
            "получено). Срок принятия: ср, 4 мар. 2026 г., 14:01 (София).",
            "От кого: Olena K., Leads.\n"
            "Чтобы принять сделку, завершите эту задачу или просто начните с ней работать.",
        ),
        (
            "bg",
            "Scout to hunter: предадена на Petar D. (най-малко натоварване: 0 отворени сделки, още не е получена "
            "нито една). Срок за приемане: ср, 4.03.2026 г., 14:01 (София).",
            "От кого: Olena K., Leads.\n"
            "За да приемете сделката, приключете тази задача или просто започнете работа по нея.",
        ),
    ],
)
def test_a_hand_off_is_told_in_the_receivers_language(language: str, note: str, body: str) -> None:
    _, outcome = handed_over(speaking(house(), "ru" if language == "en" else "en", petar=language))
    brief = "Roof for Nova for 5000 EUR - decision maker CFO, phone -."
    assert notes(outcome) == [note]
    assert [task.body for task in tasks(outcome)] == [f"{brief}\n{body}"]


@pytest.mark.parametrize(
    ("language", "note"),
    [
        (
            "en",
            "Moved back to Qualification: budget must be at least 1000 before a deal goes to Sales - "
            "What can they spend this quarter?",
        ),
        (
            "uk",
            "Угоду повернуто на етап «Qualification»: у полі «budget» має бути не менше ніж 1000, перш ніж угода "
            "перейде на ділянку «Sales» — What can they spend this quarter?",
        ),
        (
            "ru",
            "Сделка возвращена на этап «Qualification»: в поле «budget» должно быть не меньше 1000, прежде чем "
            "сделка перейдёт на участок «Sales» — What can they spend this quarter?",
        ),
        (
            "bg",
            "Сделката е върната на етап „Qualification“: полето „budget“ трябва да е поне 1000, преди сделката да "
            "премине в участъка „Sales“ – What can they spend this quarter?",
        ),
    ],
)
def test_a_correction_is_told_in_the_language_of_who_did_it(language: str, note: str) -> None:
    rules = speaking(house(), "ru" if language == "en" else "en", olena=language)
    assert notes(decide(moved(standing(rules, budget="5"), "meeting", OLENA), rules)) == [note]


@pytest.mark.parametrize(
    ("language", "subject", "body"),
    [
        (
            "en",
            "Reminder - Scout to hunter: Roof for Nova",
            "50% of the time to accept this deal is over; it is due by Wed, 4 Mar 2026, 14:01 (Sofia). "
            "To accept it, complete the task of the hand-off, or simply work on the deal.",
        ),
        (
            "uk",
            "Нагадування — Scout to hunter: Roof for Nova",
            "Минуло 50% часу на прийняття цієї угоди; термін — ср, 4 бер. 2026 р., 14:01 (Софія). "
            "Щоб прийняти її, завершіть завдання передачі або просто почніть працювати з угодою.",
        ),
        (
            "ru",
            "Напоминание — Scout to hunter: Roof for Nova",
            "Прошло 50% времени на принятие этой сделки; срок — ср, 4 мар. 2026 г., 14:01 (София). "
            "Чтобы принять её, завершите задачу передачи или просто начните работать со сделкой.",
        ),
        (
            "bg",
            "Напомняне – Scout to hunter: Roof for Nova",
            "Изтекоха 50% от времето за приемане на тази сделка; срокът е ср, 4.03.2026 г., 14:01 (София). "
            "За да я приемете, приключете задачата по предаването или просто започнете работа по сделката.",
        ),
    ],
)
def test_a_reminder_is_in_the_receivers_language(language: str, subject: str, body: str) -> None:
    rules = speaking(WITH_REMINDERS, "ru" if language == "en" else "en", petar=language)
    half = later(carry_out(*handed_over(rules)), 130)
    [task] = tasks(decide(asked(half, EventKind.TIMER), rules))
    assert (task.subject, task.body) == (subject, body)


@pytest.mark.parametrize("by", [ROBOT, STRANGER])
def test_of_an_outsiders_move_the_owner_is_told(by: str) -> None:
    rules = speaking(house(), "ru", olena="uk")
    [note] = notes(decide(moved(standing(rules, budget="5"), "meeting", by), rules))
    assert note.startswith("Угоду повернуто на етап «Qualification»: ")


def test_without_an_owner_it_is_told_in_the_language_of_the_line() -> None:
    rules = speaking(house(), "ru", olena="uk")
    [note] = notes(decide(moved(standing(rules, "qualification", None, budget="5"), "meeting", ROBOT), rules))
    assert note.startswith("Сделка возвращена на этап «Qualification»: ")


def test_one_decision_speaks_to_each_reader_in_their_own_language() -> None:
    # Given a hunter with Ukrainian, a head with Bulgarian, and a line in Russian
    rules = speaking(WITH_REMINDERS, "ru", petar="uk", ivan="bg")
    # When a deal is handed over and not accepted in time
    late = later(carry_out(*handed_over(rules)), 5 * 60)
    outcome = decide(asked(late, EventKind.TIMER), rules)
    # Then the head is told in Bulgarian
    [task] = [task for task in tasks(outcome) if task.subject.startswith("Закъснение – ")]
    assert task.body.startswith("Petar D. не прие навреме тази сделка от участъка „Leads“.")


def test_who_cannot_receive_is_named_to_the_owner_and_to_head_in_their_languages() -> None:
    rules = speaking(
        house(
            ("petar@acme.example, roles: [hunter]", "petar@acme.example, roles: [farmer]"),
            ("hana@acme.example, roles: [hunter]", "hana@acme.example, roles: [hunter], capacity: 0"),
        ),
        olena="uk",
        ivan="bg",
    )
    outcome = decide(moved(standing(rules), "meeting", OLENA), rules)
    assert notes(outcome) == [
        "Scout to hunter: на ділянці «Sales» зараз нікому взяти цю угоду "
        "(Hana V.: 0 відкритих угод, ліміт — 0). Вона чекає в черзі."
    ]
    [task] = tasks(outcome)
    assert task.subject == "Scout to hunter: няма на кого да се предаде „Roof for Nova“"
    assert "(Hana V.: 0 отворени сделки, лимит – 0)" in task.body


def test_a_new_language_repeats_nothing_and_holds_from_the_next_note_on() -> None:
    # Given a deal that was handed over in Ukrainian
    before = speaking(WITH_REMINDERS, petar="uk")
    case = carry_out(*handed_over(before))
    # When its receiver and the line are given another language
    after = speaking(WITH_REMINDERS, "bg", petar="ru")
    # Then nothing is written, now or because the rules changed
    assert decide(later(case), after).writes == ()
    assert decide(asked(case, EventKind.CONFIG), after).writes == ()
    # And the reminder that comes later is in the new language
    [task] = tasks(decide(asked(later(case, 130), EventKind.TIMER), after))
    assert task.subject.startswith("Напоминание — ")


@pytest.mark.parametrize("language", OTHERS)
def test_only_words_depend_on_the_language(language: str) -> None:
    """Everything else of an outcome is the same: keys, owners, dates, the deal, the ledger in English."""
    changes: list[Callable[[Ruleset], Case]] = [
        lambda rules: moved(standing(rules), "meeting", OLENA),
        lambda rules: moved(standing(rules, budget="5"), "meeting", OLENA),
        lambda rules: given_to(standing(rules), PETAR, by=OLENA),
    ]
    for change in changes:
        english, other = house(), speaking(house(), language)
        first, second = decide(change(english), english), decide(change(other), other)
        assert [_without_words(write.body) for write in first.writes] == [
            _without_words(write.body) for write in second.writes
        ]
        assert [write.key for write in first.writes] == [write.key for write in second.writes]
        assert (first.deal, first.handoffs, first.entries) == (second.deal, second.handoffs, second.entries)


def _without_words(body: object) -> object:
    if isinstance(body, CreateTask):
        return replace(body, subject="", body="")
    return replace(body, body="") if isinstance(body, CreateNote) else body


def test_what_is_kept_can_be_said_in_any_language_later() -> None:
    [handoff] = handed_over(speaking(house(), petar="uk"))[1].handoffs
    kept = codec.handoff.validate_json(codec.handoff.dump_json(handoff))
    assert (kept, isinstance(kept.reason, Phrase)) == (handoff, True)
    assert in_language(kept.reason or "", "bg").startswith("най-малко натоварване: 0 отворени сделки")


def test_the_own_words_of_the_admin_stay() -> None:
    brief = "{title} for {amount} {currency} - decision maker {decision_maker}, phone {contact_phone}."
    rules = speaking(house((brief, "Зателефонуйте: {title}")), "bg")
    [task] = tasks(handed_over(rules)[1])
    assert task.subject == "Scout to hunter: Roof for Nova"
    assert task.body.splitlines()[0] == "Зателефонуйте: Roof for Nova"
