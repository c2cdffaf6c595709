"""The journey of `conveyor demo`: one customer goes from Close over HubSpot to Bitrix24, and is one in each of them.

It is played by the conveyor of `demo_across`, story by story; what must come of each is looked up in all three CRMs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cli.demo_account import Played, account
from cli.demo_crm import Crm
from cli.demo_house import DemoHouse
from cli.demo_scene import CONTRACT_END, Scene
from cli.demo_stories import HUNTERS, MARIA, OLENA
from mapping.model import Deal, Ref
from store import deals

TITLE, NEXT_TITLE = "Harbour Hotel minibars", "Harbour Hotel minibars - Welcome"
CONTACT, COMPANY = "nina@harbour.example", "Harbour Hotel"
CUSTOMER: Mapping[str, object] = {
    "contact_name": "Nina Harbour",
    "contact_email": CONTACT,
    "company": COMPANY,
}


@dataclass
class Journey:
    """The stories in their order; each begins where the one before ended."""

    names: Mapping[str, str]  # e-mail -> name
    crms: dict[str, Crm] = field(default_factory=dict)
    deals: dict[str, str] = field(default_factory=dict)  # CRM -> the journey's deal there
    hunter: str = ""

    def prepare(self, crms: list[Crm]) -> None:
        """HubSpot knows the customer from a deal that was lost; the others have never heard of them."""
        self.crms = {crm.name: crm for crm in crms}
        before = {"lost_reason": "Price", "owner": HUNTERS[0], **CUSTOMER}
        self.crms["hubspot"].new_deal("lost", by=HUNTERS[0], title="Harbour Hotel lamps", **before)

    def play(self, house: DemoHouse) -> Iterator[Played]:
        """Play all stories; each comes when it was played."""
        for story in (self.goes_on, self.is_mirrored, self.opens_the_next):
            scenes = {
                name: Scene(crm, self.names, self.deals.get(name, ""), TITLE) for name, crm in self._crms
            }
            story(scenes, house)
            title = (story.__doc__ or "").rstrip(".")
            told = [account(scene, house.runtime.store) for scene in scenes.values() if scene.findings]
            yield Played(title, told)

    @property
    def _crms(self) -> list[tuple[str, Crm]]:
        return [(name, self.crms[name]) for name in ("close", "hubspot", "bitrix24")]

    def goes_on(self, scenes: Mapping[str, Scene], house: DemoHouse) -> None:
        """Close to HubSpot: the deal goes on there, with the customer that it knew."""
        close, hubspot = scenes["close"], scenes["hubspot"]
        close.create(TITLE, "introduced", by=OLENA, amount=16000, **CUSTOMER)
        self._rest(close, house)
        close.move("in_talks", by=OLENA, decision_maker="Owner")
        self._rest(close, house)
        close.find_place("in_talks", OLENA)
        close.find_note("Now in In talks, hubspot, with ")
        self.deals["close"] = close.deal
        if not self._find_the_one(hubspot, TITLE):
            return
        hubspot.find_place("in_talks", *HUNTERS)
        self.hunter = str(hubspot.card.owner)
        task = hubspot.task_of(*HUNTERS)
        brief = f"{TITLE} for 16000"
        hubspot.find("the hunter has one task, with the brief", task is not None and brief in task.body)
        hubspot.find_note("The same deal in close: ")
        for what, named in (("contact", CONTACT), ("company", COMPANY)):
            known = hubspot.crm.customers(named)
            on_both = len(known) == 1 and hubspot.deal in known[0].deals and len(known[0].deals) == 2
            hubspot.find(f"it is with the {what} that was there", on_both)

    def is_mirrored(self, scenes: Mapping[str, Scene], house: DemoHouse) -> None:
        """What the hunter does in HubSpot shows in Close."""
        close, hubspot = scenes["close"], scenes["hubspot"]
        if not hubspot.deal:
            hubspot.find("the deal is there", False)
            return
        hubspot.fill_in(by=self.hunter, amount=18000)
        self._rest(hubspot, house)
        hubspot.find("the hand-off is accepted: no task is open", hubspot.card.todo == [])
        close.find("it has the new amount", close.card.amount == 18000)
        close.find("it still belongs to Olena K.", close.card.owner == OLENA)

    def opens_the_next(self, scenes: Mapping[str, Scene], house: DemoHouse) -> None:
        """HubSpot to Bitrix24: winning opens the next deal of the journey."""
        close, hubspot, bitrix24 = scenes.values()
        if not hubspot.deal:
            hubspot.find("the deal is there", False)
            return
        hubspot.move("won", by=self.hunter, contract_end=CONTRACT_END)
        self._rest(hubspot, house)
        hubspot.find_place("won", self.hunter)
        close.find_place("won", OLENA)
        close.find_note("Now in Won, hubspot, with ")
        if not self._find_the_one(bitrix24, NEXT_TITLE):
            return
        bitrix24.find_place("welcome", MARIA)
        bitrix24.find("the farmer has a task", bitrix24.task_of(MARIA) is not None)
        bitrix24.find_note("the deal was won")
        card = bitrix24.card
        bitrix24.find("amount and end of contract came along", _carried(card.amount, card.fields))
        for what, named in (("contact", CONTACT), ("company", COMPANY)):
            made = [each.deals for each in bitrix24.crm.customers(named)]
            bitrix24.find(f"its {what} is there once", made == [(bitrix24.deal,)])
        for scene in (close, hubspot):
            scene.find("it is there once", scene.crm.deals_titled(TITLE) == [scene.deal])
        bitrix24.find("all three are one journey", _is_one_journey(house, self.deals))

    def _rest(self, scene: Scene, house: DemoHouse) -> None:
        if not house.rest():
            scene.find("the conveyor came to rest", False)

    def _find_the_one(self, scene: Scene, title: str) -> bool:
        """The CRM must have one deal of this title; the scene is about it from now on."""
        found = scene.crm.deals_titled(title)
        scene.find(f"{title!r} is there once", len(found) == 1)
        if found:
            scene.deal = self.deals[scene.crm.name] = found[0]
        return bool(found)


def _carried(amount: object, fields: Mapping[str, object]) -> bool:
    return amount == 18000 and str(fields.get("contract_end")).startswith(CONTRACT_END)


def _is_one_journey(house: DemoHouse, ids: Mapping[str, str]) -> bool:
    """Close and HubSpot show the same deal, and the one in Bitrix24 follows it."""
    with house.runtime.store.read() as tx:
        first, second, following = (deals.find_by_ref(tx, Ref(*each)) for each in ids.items())
    found: list[Deal | None] = [first, second, following]
    return first is not None and first == second and {each and each.journey for each in found} == {first.id}
