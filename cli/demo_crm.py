"""An emulated CRM as its people use it, in the line's words: for `conveyor demo` and the stories of the tests.

It speaks the sandbox's control API, never the CRM's own: what is seen here, the conveyor cannot have made up.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zlib import crc32

import requests

from cli.demo_card import Card, Counts, Customer, Task
from mapping.model import Value
from mapping.ruleset import ConnectionMapping
from mapping.translate import to_canonical, to_remote

TIMEOUT_S = 30
STANDARD = frozenset({"title", "owner", "amount", "currency"})
CONTACT = "contact_"
OURS = "app"
"""How the sandbox names whoever made a task or note by API."""


@dataclass
class Crm:
    """One emulated CRM. Raises `requests.RequestException` when it does not answer as it should."""

    name: str
    url: str
    mapping: Callable[[], ConnectionMapping]

    def __post_init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Make one call of the control API and return its JSON."""
        address = f"{self.url}/sandbox{path}"
        answer = self._session.request(method, address, json=body, timeout=TIMEOUT_S)
        if not answer.ok:
            said = f"{method} {address}: {answer.status_code} {answer.text}"
            raise requests.HTTPError(said, response=answer)
        return answer.json() if answer.content else None

    def new_deal(self, stage: str, *, by: str | None, **values: object) -> str:
        """Create a deal; returns its id."""
        return str(self.ask("POST", "/deals", {"by": by, **self.words(stage=stage, **values)})["id"])

    def edit(self, deal_id: str, *, by: str | None, **values: object) -> None:
        """Change a deal, its stage too."""
        self.ask("PATCH", f"/deals/{deal_id}", {"by": by, **self.words(**values)})

    def move_to_column(self, deal_id: str, column: list[str], *, by: str | None) -> None:
        """Move a deal to a column by the CRM's own ids."""
        self.ask("PATCH", f"/deals/{deal_id}", {"by": by, "pipeline": column[0], "stage": column[1]})

    def delete(self, deal_id: str) -> None:
        """Delete a deal."""
        self.ask("DELETE", f"/deals/{deal_id}")

    def merge(self, deal_ids: list[str], *, by: str) -> str | None:
        """Merge deals; returns the id of the one that is left, None where the CRM has no merging of deals."""
        try:
            return str(self.ask("POST", "/deals/merge", {"ids": deal_ids, "by": by})["id"])
        except requests.HTTPError as error:
            if error.response.status_code == requests.codes.not_found:
                return None
            raise

    def complete(self, task: Task, *, by: str) -> None:
        """Tick a task off."""
        self.ask("POST", f"/tasks/{task.id}/complete", {"by": by})

    def fault(self, fault: str, **details: object) -> None:
        """Plan something to go wrong."""
        self.ask("POST", "/faults", {"fault": fault, **details})

    def clear_faults(self) -> None:
        """Let nothing go wrong any more."""
        self.ask("DELETE", "/faults")

    def add_column(self, label: str) -> list[str]:
        """Add a column to the first board, as an admin of the CRM does; returns its ids."""
        boards = self.ask("GET", "/pipelines")
        id = stage_id(self.name, boards[0]["id"], label)
        if all(stage["id"] != id for stage in boards[0]["stages"]):
            boards[0]["stages"].insert(2, {"id": id, "label": label})
            self.ask("PUT", "/pipelines", boards)
        return [boards[0]["id"], id]

    def add_board(self, label: str, columns: Iterable[str]) -> tuple[str, dict[str, str]]:
        """Add a board behind the others, as an admin of the CRM does; returns its id, and those of its columns."""
        id = pipeline_id(self.name, label)
        ids = {column: stage_id(self.name, id, column) for column in columns}
        stages = [{"id": ids[column], "label": column} for column in ids]
        board = {"id": id, "label": label, "stages": stages}
        self.ask("PUT", "/pipelines", [*self.ask("GET", "/pipelines"), board])
        return id, ids

    def deal_ids(self) -> list[str]:
        """All deals that are there."""
        return [deal["id"] for deal in self.ask("GET", "/deals") if not deal["deleted"]]

    def deals_titled(self, title: str) -> list[str]:
        """The deals that are there by this title."""
        return [d["id"] for d in self.ask("GET", "/deals") if d["title"] == title and not d["deleted"]]

    def customers(self, named: str) -> list[Customer]:
        """The contacts with this e-mail, or the companies of this name."""
        seen = [each for each in self.ask("GET", "/customers") if named in (each["email"], each["name"])]
        return [Customer(c["kind"], c["name"], c["email"], tuple(c["deals"])) for c in seen]

    def card(self, deal_id: str) -> Card:
        """A deal as it is there now."""
        seen, mapping = self.ask("GET", f"/deals/{deal_id}"), self.mapping()
        mapped = (*mapping.fields.items(), *mapping.write_back.items())
        names = {_plain(theirs): ours for ours, theirs in mapped}
        column: list[str] = [seen["pipeline"], seen["stage"]]
        return Card(
            stage=to_canonical(mapping, column).stage,
            column=column,
            owner=seen["owner"],
            title=seen["title"],
            amount=None if seen["amount"] is None else Decimal(seen["amount"]),
            fields={names.get(_plain(name), name): value for name, value in seen["fields"].items()},
            notes=tuple(html.unescape(note["body"]) for note in seen["notes"] if note["by"] == OURS),
            tasks=tuple(_task(task) for task in seen["tasks"] if task["by"] == OURS),
            merged_into=seen["merged_into"],
            deleted=seen["deleted"],
        )

    def webhooks(self) -> list[dict[str, Any]]:
        """Every delivery of webhooks that was tried."""
        return list(self.ask("GET", "/journal?kind=webhook"))

    def counts(self) -> Counts:
        """How the calls of its API were, so far."""
        seen = self.ask("GET", "/counts")
        return Counts(seen["requests"], seen["refused"], seen["malformed"])

    def writes(self) -> int:
        """How many records were written by API so far."""
        return int(self.ask("GET", "/counts")["writes"])

    def webhooks_under_way(self) -> int:
        """How many webhooks are still to be delivered."""
        return int(self.ask("GET", "")["webhooks_pending"])

    def send_webhooks(self, url: str, secret: str) -> None:
        """Have webhooks sent there, as an admin of the CRM sets it up."""
        self.ask("PUT", "/webhooks", {"url": url, SECRET_NAMES.get(self.name, "secret"): secret})

    def column(self, stage: str) -> list[str]:
        """The ids of the column that a stage of the line is written to. `LookupError` if there is none."""
        column = to_remote(self.mapping(), stage, None)
        if column is None:
            raise LookupError(f"{self.name} has no column for {stage}")
        return column

    def label(self, column: Value) -> str:
        """A column as people call it."""
        pipeline, stage = column if isinstance(column, list) else ("", "")
        line = self.mapping().stage_by_id.get((pipeline, stage))
        return line.name if line else stage

    def words(self, **values: object) -> dict[str, object]:
        """Stages and fields of the line as the control API wants them."""
        said: dict[str, object] = {name: values[name] for name in values.keys() & STANDARD}
        if isinstance(stage := values.pop("stage", None), str):
            said["pipeline"], said["stage"] = self.column(stage)
        contact = {name.removeprefix(CONTACT): values[name] for name in values if name.startswith(CONTACT)}
        if company := values.pop("company", None):
            said["company"] = {"name": company}
        fields = self.mapping().fields
        own = [name for name in values if name not in STANDARD and not name.startswith(CONTACT)]
        if own:
            said["fields"] = {fields.get(name, name): values[name] for name in own}
        return said | ({"contact": contact} if contact else {})


SECRET_NAMES = {"bitrix24": "token", "zoho": "token", "copper": "token", "close": "signature_key"}
"""What the control API calls that which proves a webhook, where it is not `secret`."""


def pipeline_id(crm: str, label: str) -> str:
    """The id that a further pipeline gets, in the form that the CRM gives its ids."""
    return {"zoho": label, "close": f"pipe_{_word(label)}"}.get(crm, "88")


def stage_id(crm: str, pipeline: str, label: str) -> str:
    """The id that a further stage gets, in the form that the CRM gives its ids."""
    forms = {
        "bitrix24": _word(label).upper() if pipeline == "0" else f"C{pipeline}:{_word(label).upper()}",
        "zoho": label,
        "copper": str(crc32(label.encode())),
        "close": f"stat_{_word(label)}",
    }
    return forms.get(crm, _word(label).lower())


def _word(label: str) -> str:
    return label.replace(" ", "")


def _plain(field: str) -> str:
    """A field's name, its key in the CRM's JSON and its label as one word."""
    return field.removeprefix("custom.").lower().replace(" ", "_")


def _task(seen: Mapping[str, Any]) -> Task:
    body = html.unescape(seen["body"])
    return Task(seen["id"], seen["subject"], body, seen["owner"], seen["due"], seen["done"])
