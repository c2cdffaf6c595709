"""The scripted day of `conveyor demo`. Each story is played in every CRM; what must come of it is looked up there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cli.demo_scene import CONTRACT_END, Scene, Wish

OLENA, PETAR, IVAN, MARIA = (f"{name}@acme.example" for name in ("olena", "petar", "ivan", "maria"))
HUNTERS = (PETAR, IVAN)
READY: Mapping[str, object] = {
    "amount": 12000,
    "decision_maker": "CFO",
    "budget": 15000,
    "contact_name": "Ada Buyer",
    "contact_email": "ada@customer.example",
}
"""What a scout has found out when a deal may go to a hunter."""

THERE_BEFORE = (
    ("Museum lights", "prospecting", OLENA),
    ("Ferry seats", "qualification", OLENA),
    ("Clinic beds", "meeting", PETAR),
    ("School desks", "negotiation", PETAR),
)
"""Title, stage and owner of further deals that each CRM has."""


def handed_over(scene: Scene) -> Iterator[Wish]:
    """A complete deal is handed from scout to hunter."""
    scene.given("Bakery ovens", "qualification", by=OLENA, **READY)
    yield Wish.REST
    scene.move("meeting", by=OLENA)
    yield Wish.REST
    scene.find_place("meeting", *HUNTERS)
    task = scene.task_of(str(scene.card.owner))
    scene.find("the new owner has one task", task is not None and len(scene.card.tasks) == 1)
    scene.find("with the brief", task is not None and "decision maker CFO" in task.body)
    scene.find("and a deadline", task is not None and task.due is not None)
    scene.find_note("least loaded")


def sent_back(scene: Scene) -> Iterator[Wish]:
    """A gate sends back what is not ready, and says why."""
    scene.given("Garden furniture", "qualification", by=OLENA, **{**READY, "budget": 500})
    yield Wish.REST
    scene.move("meeting", by=OLENA)
    yield Wish.REST
    scene.find_place("qualification", OLENA)
    scene.find_note("budget must be at least 1000 before a deal goes to Conversion")
    scene.find_note("What can they spend this quarter?")
    scene.find("nobody has a task", scene.card.tasks == ())


def wrong_role(scene: Scene) -> Iterator[Wish]:
    """Only the section's role moves its deals on."""
    scene.given("Delivery vans", "qualification", by=OLENA, **READY)
    yield Wish.REST
    scene.move("meeting", by=MARIA)
    yield Wish.REST
    scene.find_place("qualification", OLENA)
    scene.find_note("only Lead hunter moves a deal on to Conversion")


def accepted(scene: Scene) -> Iterator[Wish]:
    """Completing the task accepts the hand-off."""
    scene.given("Coffee machines", "qualification", by=OLENA, **READY)
    yield Wish.REST
    scene.move("meeting", by=OLENA)
    yield Wish.REST
    task = scene.task_of(*HUNTERS)
    if task is not None and task.owner is not None:
        scene.complete(task, by=task.owner)
    yield scene.read_changes()
    scene.find("no task is open", scene.card.todo == [])
    scene.find("nothing is left to accept", not scene.card.fields.get("accept_by"))
    scene.find_place("meeting", *HUNTERS)


def returned(scene: Scene) -> Iterator[Wish]:
    """A hunter returns a deal: its scout has it again."""
    scene.given("Solar panels", "qualification", by=OLENA, **READY)
    yield Wish.REST
    scene.move("meeting", by=OLENA)
    yield Wish.REST
    hunter = scene.card.owner
    scene.move("qualification", by=hunter)
    yield Wish.REST
    scene.find_place("qualification", OLENA)
    first, *further = scene.card.tasks
    scene.find("the hunter's task is closed", first.done)
    scene.find("and another one asks for a reason", [task.owner for task in further] == [hunter])


def unmapped(scene: Scene) -> Iterator[Wish]:
    """A stage that nobody mapped: parked, nothing written."""
    column = scene.crm.add_column("Legal review")
    scene.given("Hotel linen", "meeting", by=PETAR)
    yield Wish.REST
    written = scene.crm.writes()
    scene.move_to_column(column, "Legal review, which nobody mapped", by=PETAR)
    yield Wish.REST
    scene.find("it stands where it was put", scene.card.column == column)
    scene.find("nothing was written", scene.crm.writes() == written)


def lost_webhook(scene: Scene) -> Iterator[Wish]:
    """A lost webhook is found by polling."""
    scene.given("Bus tyres", "qualification", by=OLENA, **READY)
    yield Wish.REST
    scene.crm.fault("lose_webhook", times=20)
    scene.move("meeting", by=OLENA)
    yield Wish.REST
    scene.crm.clear_faults()
    scene.find("without a webhook nothing happened", scene.card.owner == OLENA)
    yield scene.read_changes()
    scene.find_place("meeting", *HUNTERS)


def doubled_webhook(scene: Scene) -> Iterator[Wish]:
    """A doubled webhook does nothing twice."""
    scene.given("Shop shelves", "qualification", by=OLENA, **READY)
    yield Wish.REST
    scene.crm.fault("double_webhook", times=20)
    scene.move("meeting", by=OLENA)
    yield Wish.REST
    scene.crm.clear_faults()
    scene.find_place("meeting", *HUNTERS)
    scene.find("there is one task and one note", (len(scene.card.tasks), len(scene.card.notes)) == (1, 1))


def edited_meanwhile(scene: Scene) -> Iterator[Wish]:
    """An edit in the moment of our write is kept."""
    deal = scene.given("Ski rental", "qualification", by=OLENA, **READY)
    yield Wish.REST
    scene.crm.fault("edit_before_write", deal=deal, edit={"by": OLENA, "amount": 18000})
    scene.happening(
        "Olena K. makes the amount 18000 in the very moment in which the conveyor writes its owner"
    )
    scene.move("meeting", by=OLENA)
    yield Wish.REST
    scene.find_place("meeting", *HUNTERS)
    scene.find("it has its new amount", scene.card.amount == 18000)


def person_wins(scene: Scene) -> Iterator[Wish]:
    """A person who is quicker than the conveyor wins."""
    deal = scene.given("Water filters", "qualification", by=OLENA, **{**READY, "budget": 500})
    yield Wish.REST
    edit = {"by": OLENA, **scene.crm.words(stage="prospecting")}
    scene.crm.fault("edit_after_read", deal=deal, edit=edit)
    scene.happening("Olena K. takes her move back just after the conveyor has looked at it")
    scene.move("meeting", by=OLENA)
    yield Wish.REST
    scene.find_place("prospecting", OLENA)


def merged(scene: Scene) -> Iterator[Wish]:
    """Deals that are merged go on as one."""
    other = scene.given("Roof tiles", "qualification", by=OLENA, **READY)
    scene.given("Roof tiles for the annexe", "qualification", by=OLENA, **READY)
    yield Wish.REST
    if not scene.merge(other, by=OLENA):
        scene.find_place("qualification", OLENA)
        return
    yield scene.read_changes()
    scene.move("meeting", by=OLENA)
    yield Wish.REST
    scene.find_place("meeting", *HUNTERS)
    scene.find("one hunter has one task", len(scene.card.todo) == 1)


def won(scene: Scene) -> Iterator[Wish]:
    """A won deal goes to a farmer."""
    scene.given("Wedding cakes", "negotiation", by=PETAR, amount=4000)
    yield Wish.REST
    scene.move("won", by=PETAR, contract_end=CONTRACT_END)
    yield Wish.REST
    scene.find_place("won", MARIA)
    scene.find("the farmer has a task", scene.task_of(MARIA) is not None)


def outsider(scene: Scene) -> Iterator[Wish]:
    """A robot needs the requirements too."""
    scene.given("Tent rental", "qualification", by=OLENA)
    yield Wish.REST
    scene.move("meeting", by=None)
    yield Wish.REST
    scene.find_place("qualification", OLENA)
    scene.find_note("Who signs?")


def wrong_owner(scene: Scene) -> Iterator[Wish]:
    """An owner without the role is put back."""
    scene.given("Pool covers", "meeting", by=PETAR)
    yield Wish.REST
    scene.own(MARIA, by=PETAR)
    yield Wish.REST
    scene.find_place("meeting", PETAR)
    scene.find_note("Owner put back to Petar D.")


def wrong_start(scene: Scene) -> Iterator[Wish]:
    """A deal that starts in the wrong section is reported, not moved."""
    yield Wish.REST
    scene.create("Bike helmets", "meeting", by=OLENA)
    yield Wish.REST
    scene.find_place("meeting", OLENA)
    scene.find("the head of sales has a task about it", scene.task_of(IVAN) is not None)


def never_fights(scene: Scene) -> Iterator[Wish]:
    """The conveyor never fights: after three moves it asks a person."""
    scene.given("Fire doors", "qualification", by=OLENA)
    yield Wish.REST
    for _ in range(4):
        scene.move("meeting", by=OLENA)
        yield Wish.REST
    scene.find_place("meeting", OLENA)
    scene.find_note("leaves it alone now, so as not to fight")
    scene.find("the head of sales has a task about it", scene.task_of(IVAN) is not None)


def crm_asks_to_wait(scene: Scene) -> Iterator[Wish]:
    """The CRM asks to wait, and nothing is lost."""
    scene.given("Truck paint", "qualification", by=OLENA, **READY)
    yield Wish.REST
    scene.crm.fault("rate_limited", times=1, retry_after=1)
    scene.happening(f"{scene.crm.name} refuses the next call: too many, wait a moment")
    scene.move("meeting", by=OLENA)
    yield Wish.REST
    scene.find_place("meeting", *HUNTERS)


STORIES = (
    handed_over,
    sent_back,
    accepted,
    wrong_role,
    returned,
    unmapped,
    lost_webhook,
    doubled_webhook,
    edited_meanwhile,
    person_wins,
    merged,
    won,
    outsider,
    wrong_owner,
    wrong_start,
    never_fights,
    crm_asks_to_wait,
)
"""In the order of the day; a story's docstring is its title."""
