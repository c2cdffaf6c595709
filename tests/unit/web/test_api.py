"""The API: its document is right, every answer is as the document says, and what is wrong is told as a problem."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from connectors.errors import Transient
from store import audit, handoffs
from store.database import open_store
from sync import rollout
from sync.access import accounts
from sync.access.viewer import Profile
from sync.views import deals as deal_views
from sync.views import handoffs as handoff_views
from sync.views import health, versions
from web.api.openapi import document
from web.api.operations import OPERATIONS

from . import marked
from .marked import DEALS, OFFERED, PETAR
from .serving import CONFIG, PATIENCE_S, NoWake, Served, apply_example, make_runtime, serving, until

BOSS = "boss@acme.example"


class Script(requests.Session):
    """A script with the token of somebody."""

    def __init__(self, served: Served, email: str, profile: Profile) -> None:
        super().__init__()
        self.served = served
        served.sign_in(email, profile)
        made = accounts.new_api_token(served.runtime, email, "test", by="test")
        self.token_id = made.id
        self.headers["authorization"] = f"Bearer {made.token}"

    def ask(self, path: str, **params: Any) -> requests.Response:
        return self.get(f"{self.served.url}/api/v1{path}", params=params, timeout=PATIENCE_S)

    def tell(self, path: str, body: Any = None) -> requests.Response:
        return self.post(f"{self.served.url}/api/v1{path}", json=body, timeout=PATIENCE_S)


@pytest.fixture(scope="module")
def served(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("house")
    store = open_store(f"sqlite:///{shutil.copy(migrated_sqlite, folder / 'conveyor.db')}")
    runtime = make_runtime(store)
    apply_example(runtime, marked.config(folder / "config"))
    marked.fill(runtime)
    with serving(runtime) as running:
        yield running
    store.close()


@pytest.fixture
def admin(served: Served) -> Script:
    return Script(served, BOSS, Profile.ADMIN)


def is_problem(answer: requests.Response, status: int, code: str) -> str:
    """The words of a problem, which is told as one."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    body = answer.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, "about:blank")
    check(body, {"$ref": "#/components/schemas/ProblemView"})
    return str(body["detail"])


def check(body: Any, schema: dict[str, Any]) -> None:
    """That a body is what the schema says, and holds nothing that is not in it."""
    strict = deepcopy(document(OPERATIONS)["components"])
    for each in strict["schemas"].values():
        if each.get("type") == "object" and "properties" in each:
            each["additionalProperties"] = False
    Draft202012Validator({**schema, "components": strict}).validate(body)


def test_the_document_is_openapi_and_needs_no_token(served: Served) -> None:
    answer = requests.get(f"{served.url}/api/v1/openapi.json", timeout=PATIENCE_S)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    described = answer.json()
    OpenAPIV31SpecValidator(described).validate()
    assert described["openapi"] == "3.1.0"
    named = re.findall(r"#/components/schemas/(\w+)", answer.text)
    assert set(named) == set(described["components"]["schemas"]), "nothing is missing, nothing is left over"


def test_every_operation_is_described_for_people() -> None:
    described = document(OPERATIONS)
    operations = [op for methods in described["paths"].values() for op in methods.values()]
    assert len({op["operationId"] for op in operations}) == len(OPERATIONS) == len(operations)
    assert [op["operationId"] for op in operations if not op["summary"].endswith(".")] == []
    parameters = [p for op in operations for p in op.get("parameters", ())]
    assert [p["name"] for p in parameters if not p["description"]] == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_answer_is_as_the_document_says(
    admin: Script, operation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if operation.name == "webhooks":
        monkeypatch.setattr("connectors.hubspot.connector.Connector.subscriptions", lambda _: [])
    path = operation.path.format(deal=OFFERED.ref, handoff="h-offered", connection="hubspot")
    bodies = {"give_back": {"reason": "not ready"}, "plan": {"files": dict(read_config())}}
    answer = admin.tell(path, bodies.get(operation.name)) if operation.method == "POST" else admin.ask(path)
    assert answer.status_code == 200, answer.text
    described = document(OPERATIONS)["paths"][operation.path][operation.method.lower()]
    check(answer.json(), described["responses"]["200"]["content"]["application/json"]["schema"])
    assert answer.headers["cache-control"] == "no-store"


def read_config() -> Iterator[tuple[str, str]]:
    for file in [*CONFIG.glob("*.yaml"), *CONFIG.glob("mappings/*.yaml")]:
        yield str(file.relative_to(CONFIG)), file.read_text(encoding="utf-8")


def test_the_data_is_that_of_the_command_line(admin: Script) -> None:
    runtime = admin.served.runtime
    assert admin.ask("/deals").json()["items"] == list(deal_views.listing(runtime))
    assert admin.ask("/handoffs").json()["items"] == handoff_views.listing(runtime)
    assert admin.ask("/history").json()["items"] == versions.history(runtime)
    until(lambda: _is_told(admin), "the status is told as on the command line")


def _is_told(admin: Script) -> bool:
    """A second may go by between the two, so that somebody has been waiting longer."""
    status = admin.ask("/status").json()
    return bool(status == {**health.status(admin.served.runtime), "connections": status["connections"]})


@pytest.mark.parametrize("path", ["/deals", "/handoffs", "/dead", "/history"])
def test_pages_together_are_the_whole_list(admin: Script, path: str) -> None:
    for version in range(3):
        rollout.activate(
            admin.served.runtime, admin.served.runtime.rules.get(), by="test", message=str(version)
        )
    whole, items, cursor = admin.ask(path, limit=500).json(), [], None
    assert whole["next"] is None
    while True:
        page = admin.ask(path, limit=2, **({"cursor": cursor} if cursor else {})).json()
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
        assert len(page["items"]) == 2
    assert items == whole["items"]
    assert len(items) > 3


def test_lists_are_filtered(admin: Script) -> None:
    def deals(**wanted: str) -> list[str]:
        return [item["deal"] for item in admin.ask("/deals", **wanted).json()["items"]]

    kept = [each.ref for each in DEALS if each.section == "conversion"]
    assert sorted(deals(section="conversion")) == kept
    assert deals(stage="growth") == ["hubspot:107"]
    assert deals(status="won") == ["hubspot:106"]
    assert deals(owner="MARIA@acme.example") == ["hubspot:107"]
    assert (deals(connection="bitrix24"), len(deals(connection="hubspot"))) == ([], len(DEALS))
    late = admin.ask("/handoffs", late="true", member=PETAR).json()["items"]
    assert [item["id"] for item in late] == ["h-offered"]
    assert len(admin.ask("/handoffs", status="accepted").json()["items"]) == 1
    assert len(admin.ask("/handoffs", section="retention").json()["items"]) == 0


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/deals", {"limit": "0"}),
        ("/deals", {"limit": "501"}),
        ("/deals", {"limit": "many"}),
        ("/deals", {"colour": "red"}),
        ("/deals", {"status": "nonsense"}),
        ("/deals", {"cursor": "nonsense"}),
        ("/deals", {"cursor": "WyJhIiwiYiJd"}),
        ("/deals", {"cursor": "e30"}),
        ("/deals", {"cursor": "ä"}),
        ("/deals", {"section": "a\0b"}),
        ("/handoffs", {"cursor": "WyJhIiwiYiJd"}),
        ("/handoffs", {"late": "perhaps"}),
        ("/report", {"period": "decade"}),
        ("/report", {"ago": "-1"}),
    ],
)
def test_wrong_parameters_are_said(admin: Script, path: str, params: dict[str, str]) -> None:
    words = is_problem(admin.ask(path, **params), 400, "invalid")
    assert next(iter(params)) in words or "\0" in "".join(params.values())


@pytest.mark.parametrize(
    "path", ["/deals/hubspot:0", "/deals/x", "/deals/hubspot:0/explain", "/handoffs/x", "/nothing"]
)
def test_what_is_not_there_is_said(admin: Script, path: str) -> None:
    is_problem(admin.ask(path), 404, "not_found")


def test_another_method_or_body_is_said(admin: Script) -> None:
    is_problem(admin.tell("/deals"), 405, "method_not_allowed")
    url = "/handoffs/h-offered/return"
    assert "reason" in is_problem(admin.tell(url, {}), 400, "invalid")
    is_problem(admin.tell(url, {"reason": "not ready", "more": 1}), 400, "invalid")
    broken = admin.post(f"{admin.served.url}/api/v1{url}", data="{", timeout=PATIENCE_S)
    is_problem(broken, 400, "invalid")
    large = admin.post(f"{admin.served.url}/api/v1/plan", data="x" * 1_100_000, timeout=PATIENCE_S)
    is_problem(large, 413, "too_large")


def test_a_hand_off_is_answered_once_and_noted(served: Served) -> None:
    petar = Script(served, PETAR, Profile.SPECIALIST)
    answer = petar.tell("/handoffs/h-offered/return", {"reason": "whatever"})
    assert "none of its reasons" in is_problem(answer, 409, "not_possible")
    assert petar.tell("/handoffs/h-offered/return", {"reason": "not ready"}).status_code == 200
    wake = served.runtime.wake
    assert isinstance(wake, NoWake)
    assert wake.woken[-1] == OFFERED.name
    is_problem(petar.tell("/handoffs/h-hunted/accept"), 409, "not_possible")
    with served.runtime.store.read() as tx:
        deed = audit.recent(tx, 1)[0]
        handoff = handoffs.load(tx, "h-offered")
    assert (deed.actor, deed.action, deed.subject, deed.address) == (
        PETAR, "handoff_returned", "h-offered", "127.0.0.1",
    )  # fmt: skip
    assert handoff is not None
    assert handoff.status == "pending", "carried out by a worker"


def test_files_with_mistakes_are_answered_with_each_of_them(admin: Script) -> None:
    files = dict(read_config())
    files["team.yaml"] += "  - {name: X, email: x@acme.example, roles: [scuot]}\n"
    answer = admin.tell("/plan", {"files": files})
    is_problem(answer, 422, "mistakes")
    (wrong,) = answer.json()["errors"]
    assert wrong["where"].startswith("team.yaml:")
    assert "scout" in wrong["message"]
    plan = admin.tell("/plan", {"files": dict(read_config())}).json()
    assert plan["files"]["changed"] == ["team.yaml"]


def test_a_token_ends_at_once_when_it_is_revoked_or_its_account_removed(served: Served) -> None:
    one, other = (Script(served, BOSS, Profile.ADMIN) for _ in range(2))
    assert one.ask("/me").json() == {"email": BOSS, "profile": "admin", "sections": None}
    accounts.revoke_api_token(served.runtime, one.token_id, by="test")
    is_problem(one.ask("/me"), 401, "unauthorized")
    assert other.ask("/me").status_code == 200
    accounts.remove(served.runtime, BOSS, by="test")
    is_problem(other.ask("/me"), 401, "unauthorized")


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer conveyor_guessed"])
def test_without_a_token_nothing_is_told(served: Served, value: str) -> None:
    headers = {"authorization": value}
    answer = requests.get(f"{served.url}/api/v1/deals", headers=headers, timeout=PATIENCE_S)
    is_problem(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_session_of_the_console_is_no_token(served: Served) -> None:
    browser = served.sign_in(BOSS)
    is_problem(browser.get(f"{served.url}/api/v1/deals", timeout=PATIENCE_S), 401, "unauthorized")


def test_what_a_crm_refuses_is_told_as_its_trouble(admin: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    def subscriptions(_: object) -> list[Any]:
        raise Transient("HubSpot does not answer.")

    monkeypatch.setattr("connectors.hubspot.connector.Connector.subscriptions", subscriptions)
    path = "/connections/hubspot/webhooks"
    assert is_problem(admin.ask(path), 502, "crm") == "HubSpot does not answer."
    is_problem(admin.ask("/connections/nothing/webhooks"), 404, "not_found")


def test_before_the_first_rules_the_trouble_is_named(migrated_sqlite: Path, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'conveyor.db')}")
    with serving(make_runtime(store)) as served:
        admin = Script(served, BOSS, Profile.ADMIN)
        is_problem(admin.ask("/deals"), 503, "not_configured")
        assert admin.ask("/status").json()["version"] is None
    store.close()


def test_the_reference_names_every_operation_and_no_other() -> None:
    page = (CONFIG.parent / "docs/reference/api.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `((?:GET|POST) /\S+)` \|", page, re.MULTILINE)
    assert named == [f"{op.method} {op.path}" for op in OPERATIONS]
