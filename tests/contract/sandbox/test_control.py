"""The control API and the board page, the same for every CRM, tried on the emulated HubSpot account."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import requests

from .running import OLENA, PETAR, TOKEN, Running, running

DEALS = "/crm/v3/objects/deals"


def control(hubspot: Running, method: str, path: str, body: object = None) -> requests.Response:
    return hubspot.session.request(method, f"{hubspot.url}/sandbox{path}", json=body, timeout=10)


def test_the_journal_and_the_counts_tell_what_happened(hubspot: Running) -> None:
    deal_id = hubspot.new_deal()
    for stage in ("closedwon", "closedwon"):
        hubspot.call("PATCH", f"{DEALS}/{deal_id}", json={"properties": {"dealstage": stage}})
    hubspot.get(DEALS)
    hubspot.get("/crm/v3/objects/0-3")
    counts = hubspot.counts()
    assert counts["by_call"] == {"PATCH " + DEALS + "/{id}": 2, "GET " + DEALS: 2}
    assert (counts["requests"], counts["writes"]) == (4, 2)
    first, second = hubspot.journal("write")
    assert (first["object"], first["id"], first["actor"]) == ("deal", deal_id, "app 8111832")
    assert first["changes"] == {"dealstage": {"from": "qualifiedtobuy", "to": "closedwon"}}
    assert second["changes"] == {}
    assert [line["by"] for line in hubspot.journal("person")] == [OLENA]
    last = hubspot.journal("request")[-1]
    assert hubspot.ask("GET", f"/journal?since={last['n'] - 1}") == [last]
    hubspot.ask("POST", "/counts/reset")
    assert hubspot.counts()["requests"] == 0


def test_deals_are_seen_in_the_crms_own_terms(hubspot: Running) -> None:
    deal_id = hubspot.new_deal(amount="1500.00", currency="EUR", fields={"budget__c": 9000})
    hubspot.edit(deal_id, by=PETAR, owner=None, title="Renamed", fields={"decision_maker": "CFO"})
    deal = hubspot.deal(deal_id)
    assert (deal["title"], deal["owner"], deal["amount"], deal["currency"]) == (
        "Renamed",
        None,
        "1500.00",
        "EUR",
    )
    assert deal["fields"] == {"budget__c": "9000", "decision_maker": "CFO"}
    assert [each["id"] for each in hubspot.ask("GET", "/deals")] == [deal_id]


def test_pipelines_and_fields_can_be_replaced(hubspot: Running) -> None:
    stages = [{"id": "s1", "label": "First"}, {"id": "s2", "label": "Done", "won": True}]
    hubspot.ask("PUT", "/pipelines", [{"id": "p", "label": "Only one", "stages": stages}])
    hubspot.ask("POST", "/fields", {"name": "size", "label": "Size", "type": "enumeration", "options": ["S"]})
    deal_id = hubspot.new_deal(stage="s2", fields={"size": "S"})
    deal = hubspot.get(f"{DEALS}/{deal_id}", properties="pipeline,hs_is_closed_won,size")
    assert deal["properties"]["pipeline"] == "p"
    assert (deal["properties"]["hs_is_closed_won"], deal["properties"]["size"]) == ("true", "S")
    pipelines = hubspot.get("/crm/v3/pipelines/deals")["results"]
    assert [stage["metadata"]["probability"] for stage in pipelines[0]["stages"]] == ["0.3", "1.0"]


def test_a_stage_of_another_pipeline_moves_the_deal_there(hubspot: Running) -> None:
    deal_id = hubspot.new_deal()
    hubspot.edit(deal_id, by=OLENA, stage="7702")
    assert hubspot.deal(deal_id)["pipeline"] == "77"


def test_wrong_input_is_explained(hubspot: Running) -> None:
    unknown = control(hubspot, "POST", "/deals", {"title": "X", "by": "nobody@acme.example"})
    assert (unknown.status_code, "nobody@acme.example" in unknown.json()["error"]) == (404, True)
    assert control(hubspot, "PATCH", "/deals/1", {"stage": "closedwon"}).status_code == 404
    assert control(hubspot, "POST", "/deals", {"titel": "X"}).status_code == 422
    assert control(hubspot, "POST", "/faults", {"fault": "edit_after_read"}).status_code == 422
    assert control(hubspot, "POST", "/faults", {"fault": "earthquake"}).status_code == 422


def test_a_fault_of_another_crm_is_unknown_here(hubspot: Running) -> None:
    refused = control(hubspot, "POST", "/faults", {"fault": "portal_renamed"})
    assert (refused.status_code, "grown_answer" in refused.text) == (422, True)
    with running("bitrix24") as other:
        other.fault("portal_renamed")


def test_a_fault_lets_some_calls_pass_first(hubspot: Running) -> None:
    hubspot.fault("server_error", after=2, match="GET")
    hubspot.call("POST", f"{DEALS}/search", json={})
    assert [hubspot.call("GET", DEALS).status_code for _ in range(4)] == [200, 200, 500, 200]


def test_a_page_instead_of_json_may_claim_success(hubspot: Running) -> None:
    hubspot.fault("html", status=200)
    answer = hubspot.call("GET", DEALS)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_a_refusal_may_repeat_all_that_was_sent(hubspot: Running) -> None:
    hubspot.fault("refused")
    answer = hubspot.call("POST", DEALS, json={"properties": {"dealname": "Zebulon"}})
    said = answer.json()["message"]
    assert (answer.status_code, "Zebulon" in said, TOKEN in said) == (400, True, True)
    assert hubspot.ask("GET", "/deals") == []


def test_an_answer_may_come_again(hubspot: Running) -> None:
    for _ in range(2):
        hubspot.new_deal()
    hubspot.fault("repeat_answer", match="GET", times=2)
    assert "results" in hubspot.get("/crm/v3/owners")
    first = hubspot.get(DEALS, limit=1)
    again = [hubspot.get(DEALS, limit=1, after=first["paging"]["next"]["after"]) for _ in range(3)]
    assert again[0] == again[1] == first
    assert again[2]["results"][0]["id"] != first["results"][0]["id"]


def test_an_answer_may_have_grown(hubspot: Running) -> None:
    deal_id = hubspot.new_deal()
    before = hubspot.get(f"{DEALS}/{deal_id}")
    hubspot.fault("grown_answer")
    after = hubspot.get(f"{DEALS}/{deal_id}")
    assert after.pop("grown_since") == after["properties"].pop("grown_since") == "2031"
    assert after == before


def test_a_deal_may_vanish_after_it_was_read(hubspot: Running) -> None:
    deal_id = hubspot.new_deal()
    hubspot.fault("vanish_after_read", deal=deal_id)
    assert [hubspot.call("GET", f"{DEALS}/{deal_id}").status_code for _ in range(2)] == [200, 404]


def test_a_reset_makes_everything_as_it_was(hubspot: Running) -> None:
    hubspot.new_deal()
    hubspot.fault("server_error")
    hubspot.ask("PUT", "/credentials", {"token": "other"})
    hubspot.ask("POST", "/reset")
    assert hubspot.get(DEALS)["results"] == []
    assert len(hubspot.ask("GET", "/people")) == 5


def test_the_board_shows_cards_and_moves_them(hubspot: Running) -> None:
    deal_id = hubspot.new_deal(title="<b>Fleet</b>")
    page = hubspot.session.get(hubspot.url, timeout=10).text
    assert "&lt;b&gt;Fleet&lt;/b&gt;" in page
    assert "Decision maker bought-in" in page
    form = {"deal": deal_id, "stage": "default/contractsent", "by": PETAR}
    moved = hubspot.session.post(f"{hubspot.url}/sandbox/board/move", data=form, timeout=10)
    assert (moved.status_code, moved.url) == (200, f"{hubspot.url}/")
    assert hubspot.deal(deal_id)["history"][-1]["by"] == PETAR


def test_a_seed_file_adds_to_the_defaults(tmp_path: Path) -> None:
    seed = {
        "people": [{"email": "nina@acme.example", "name": "Nina N."}],
        "fields": [{"name": "region", "label": "Region"}],
        "deals": [{"title": "Seeded", "owner": "nina@acme.example", "fields": {"region": "EU"}}],
    }
    path = tmp_path / "seed.json"
    path.write_text(json.dumps(seed))
    with running("hubspot", "--seed-file", str(path)) as sandbox:
        deals = sandbox.ask("GET", "/deals")
    assert [(deal["title"], deal["owner"]) for deal in deals] == [("Seeded", "nina@acme.example")]


def test_it_says_where_it_listens_in_one_line_and_stops_when_told() -> None:
    command = [sys.executable, "-m", "sandbox", "hubspot"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = json.loads(process.stdout.readline())
        assert requests.get(f"{line['url']}/sandbox", timeout=10).json()["crm"] == "hubspot"
        process.send_signal(signal.SIGTERM)
        rest, errors = process.communicate(timeout=10)
    assert (rest, errors) == ("", "")
