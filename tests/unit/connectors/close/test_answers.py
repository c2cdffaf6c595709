"""Answers that are hard to come by: what Close drops in silence, redirections, refusals of comments, odd shapes."""

from __future__ import annotations

import pytest

from connectors.base import Look
from connectors.errors import AuthFailed, Missing, Rejected, Unreadable
from mapping.model import Aspect, CreateNote, Record, UpdateDeal, Write

from .scripted import DEAL, ROOT, close_that_says, usual

NOTE = Write("note key", "deal-1", "here", "oppo_1", CreateNote("Moved back"))
LEAD_NOTE = {"id": "acti_1", "note": "Moved back"}


def update(**changes: str | None) -> Write:
    return Write("key", "deal-1", "here", "oppo_1", UpdateDeal({}, changes))


def test_what_close_drops_in_silence_is_told() -> None:
    with close_that_says({**usual(), "PUT /opportunity/oppo_1/": (200, DEAL)}) as (close, _):
        with pytest.raises(Rejected, match="left x as it was"):
            close.write(update(x="new"))
        with pytest.raises(Rejected, match="left amount as it was"):
            close.write(update(amount="7"))


def test_a_redirection_for_the_slash_alone_is_followed_with_the_same_call() -> None:
    bare = "/opportunity/oppo_1"
    moved = {**DEAL, "custom.cf_x": "new"}
    script = usual() | {
        "GET /opportunity/oppo_1/": (308, ROOT + bare),
        f"GET {bare}": (200, DEAL),
        "PUT /opportunity/oppo_1/": (301, ROOT + bare),
        f"PUT {bare}": (200, moved),
    }
    with close_that_says(script) as (close, said):
        assert close.write(update(x="new")).values == {"x": "new"}
    assert said.calls[-1] == (f"PUT {bare}", {"custom.cf_x": "new"})


@pytest.mark.parametrize("place", ["https://elsewhere.example/api/v1/opportunity/oppo_1/", "/login/", ""])
def test_any_other_redirection_is_not(place: str) -> None:
    with (
        close_that_says(usual() | {"GET /opportunity/oppo_1/": (302, place)}) as (close, said),
        pytest.raises(Unreadable),
    ):
        close.fetch([Look("oppo_1")])
    assert said.lines().count("GET /opportunity/oppo_1/") == 1


@pytest.mark.parametrize("status", [402, 403, 405])
def test_a_note_stands_on_the_lead_where_our_user_may_not_comment(status: int) -> None:
    script = usual() | {
        "POST /comment/": (status, {"error": "No."}),
        "GET /comment/": (200, {"data": []}),
        "GET /activity/note/": (200, {"data": [], "has_more": False}),
        "POST /activity/note/": (200, LEAD_NOTE),
    }
    with close_that_says(script) as (close, said):
        assert close.write(NOTE).remote_id == "acti_1"
        line, body = said.calls[-1]
        assert line == "POST /activity/note/"
        assert isinstance(body, dict) and body["lead_id"] == "lead_1" and "oppo_1" in body["note"]
        script["GET /activity/note/"] = (200, {"data": [{**LEAD_NOTE, **body}], "has_more": False})
        assert close.write(NOTE, attempt=2).remote_id == "acti_1"
    assert said.lines().count("POST /activity/note/") == 1


def test_a_comment_on_a_deal_that_is_gone_is_missing() -> None:
    script = usual() | {
        "POST /comment/": (400, {"field-errors": {"object_id": "Object does not exist."}, "errors": []}),
        "GET /opportunity/oppo_1/": (404, {"error": "Empty query: nothing matches."}),
    }
    with close_that_says(script) as (close, _), pytest.raises(Missing):
        close.write(NOTE)


def test_words_that_close_refuses_are_rejected() -> None:
    script = usual() | {"POST /comment/": (400, {"field-errors": {"body": "Too long."}, "errors": []})}
    with close_that_says(script) as (close, _), pytest.raises(Rejected, match="Too long"):
        close.write(NOTE)


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {"id": "oppo_1"},
        {**DEAL, "status_id": None},
        {**DEAL, "date_updated": "soon"},
        {**DEAL, "value": "many"},
        "<html>",
        "",
    ],
)
def test_an_odd_shape_is_unreadable(answer: object) -> None:
    with (
        close_that_says(usual() | {"GET /opportunity/oppo_1/": (200, answer)}) as (close, _),
        pytest.raises(Unreadable),
    ):
        close.fetch([Look("oppo_1")])


def test_a_proxy_that_knows_no_close_hides_no_deal() -> None:
    with (
        close_that_says(usual() | {"GET /opportunity/oppo_1/": (404, "<h1>Not Found</h1>")}) as (close, _),
        pytest.raises(AuthFailed, match="base_url"),
    ):
        close.fetch([Look("oppo_1")])


def test_an_id_that_is_none_of_close_asks_for_nothing_else() -> None:
    with close_that_says(usual()) as (close, said):
        (missing,) = close.fetch([Look("../me")]).values()
    assert not isinstance(missing, Record)
    assert not [line for line in said.lines() if ".." in line or line == "GET /opportunity/"]


def test_an_old_move_without_a_pipeline_is_one_of_the_deals_own() -> None:
    row = {
        "id": "acti_1",
        "opportunity_id": "oppo_1",
        "old_status_id": "stat_0",
        "new_status_id": "stat_1",
        "user_id": "user_1",
        "date_created": "2026-06-19T12:06:03.159000+00:00",
    }
    script = usual() | {
        "GET /activity/status_change/opportunity/": (
            200,
            {"data": [row, {**row, "opportunity_id": "oppo_2"}]},
        ),
        "GET /event/": (200, {"data": [], "cursor_next": None}),
    }
    with close_that_says(script) as (close, _):
        record = close.fetch([Look("oppo_1", frozenset({Aspect.HISTORY}))])["oppo_1"]
    assert isinstance(record, Record)
    assert [move.stage for move in record.moves] == [["pipe_1", "stat_0"], ["pipe_1", "stat_1"]]


def test_users_are_listed_where_the_organization_does_not_show_its_members() -> None:
    user = {"id": "user_1", "email": "Jane@Acme.example", "first_name": "Jane", "last_name": "Doe"}
    script = usual() | {
        "GET /pipeline/": (200, {"data": []}),
        "GET /organization/orga_1/": (200, {"id": "orga_1"}),
        "GET /user/": (200, {"data": [user], "has_more": False}),
    }
    with close_that_says(script) as (close, _):
        (shown,) = close.describe().users
    assert (shown.id, shown.email, shown.name, shown.active) == (
        "user_1",
        "jane@acme.example",
        "Jane Doe",
        True,
    )


def test_what_the_user_may_not_do_is_named() -> None:
    membership = {"organization_id": "orga_1", "permissions_granted": ["view_all_leads"]}
    me = {"id": "user_us", "organizations": [{"id": "orga_1"}], "memberships": [membership]}
    script = usual() | {
        "GET /me/": (200, me),
        "GET /pipeline/": (200, {"data": []}),
        "GET /organization/orga_1/": (200, {"memberships": []}),
    }
    with close_that_says(script) as (close, _):
        described = close.describe()
    assert (described.may, described.lacks) == (("view_all_leads",), ("manage_others_opportunities",))
