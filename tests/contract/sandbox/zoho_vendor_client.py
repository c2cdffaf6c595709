"""A program that works with the vendor's own client on an org and prints what it saw, as one JSON object.

It is run in a process and a folder of its own: the client keeps tokens in the working directory and its settings
for the whole process. Arguments: address of the org, id of a deal, folder for the client's files.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from zohocrmsdk.src.com.zoho.api.authenticator import OAuthToken
from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, Initializer, ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.blueprint import BlueprintOperations
from zohocrmsdk.src.com.zoho.crm.api.coql import BodyWrapper as QueryBody
from zohocrmsdk.src.com.zoho.crm.api.coql import CoqlOperations
from zohocrmsdk.src.com.zoho.crm.api.dc import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.notifications import BodyWrapper as WatchBody
from zohocrmsdk.src.com.zoho.crm.api.notifications import Notification, NotificationsOperations
from zohocrmsdk.src.com.zoho.crm.api.pipeline import PipelineOperations
from zohocrmsdk.src.com.zoho.crm.api.record import BodyWrapper, GetRecordsParam, Record, RecordOperations
from zohocrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig
from zohocrmsdk.src.com.zoho.crm.api.users import GetUsersParam, UsersOperations

LAYOUT = 7328395000000091023
Seen = dict[str, Any]


def start(url: str, folder: str) -> None:
    """Log the client in."""
    environment = DataCenter.Environment(url, f"{url}/oauth/v2/token", url)
    token = OAuthToken(
        client_id="1000.SANDBOXCLIENT",
        client_secret="sandbox-client-secret",
        refresh_token="1000.sandbox.refresh",
        find_user=False,
    )
    config = SDKConfig(pick_list_validation=False, connect_timeout=3, read_timeout=20)
    Initializer.initialize(environment, token, sdk_config=config, resource_path=folder)


def listed() -> Seen:
    """List deals."""
    parameters = ParameterMap()
    parameters.add(GetRecordsParam.fields, "Deal_Name,Stage,Owner,Modified_Time")
    parameters.add(GetRecordsParam.per_page, 200)
    answer = RecordOperations("Deals").get_records(parameters, HeaderMap())
    deals, info = answer.get_object().get_data(), answer.get_object().get_info()
    return {
        "status": answer.get_status_code(),
        "ids": [str(deal.get_id()) for deal in deals],
        "stage": deals[0].get_key_value("Stage").get_value(),
        "owner": deals[0].get_key_value("Owner").get_email(),
        "modified": deals[0].get_modified_time().isoformat(),
        "more": info.get_more_records(),
    }


def updated(deal_id: int, **values: Any) -> Seen:
    """Update a deal."""
    record, body = Record(), BodyWrapper()
    for name, value in values.items():
        record.add_key_value(name, value)
    body.set_data([record])
    body.set_trigger([])
    answer = RecordOperations("Deals").update_record(deal_id, body, HeaderMap())
    (result,) = answer.get_object().get_data()
    return {"status": answer.get_status_code(), "code": result.get_code().get_value()}


def gone() -> Seen:
    """Read a deal that is not there."""
    answer = RecordOperations("Deals").get_record(987654, ParameterMap(), HeaderMap())
    return {"status": answer.get_status_code(), "object": answer.get_object()}


def pipelines() -> Seen:
    """Read pipelines and stages."""
    found = PipelineOperations(LAYOUT).get_pipelines().get_object().get_pipeline()
    return {
        each.get_actual_value(): [stage.get_actual_value() for stage in each.get_maps()] for each in found
    }


def current_user() -> str:
    """Return the e-mail of the user who the client works as."""
    parameters = ParameterMap()
    parameters.add(GetUsersParam.type, "CurrentUser")
    users = UsersOperations().get_users(parameters, HeaderMap()).get_object().get_users()
    return str(users[0].get_email())


def queried() -> list[str]:
    """Run a query."""
    body = QueryBody()
    body.set_select_query("select id, Stage, Modified_Time from Deals where id is not null order by id asc")
    rows = CoqlOperations().get_records(body).get_object().get_data()
    return [str(row.get_id()) for row in rows]


def watched() -> Seen:
    """Open a channel and read it back."""
    channel, body = Notification(), WatchBody()
    channel.set_channel_id("1000000068001")
    channel.set_events(["Deals.create", "Deals.edit"])
    channel.set_notify_url("https://conveyor.example/zoho")
    channel.set_token("secret")
    channel.set_channel_expiry(datetime.now(UTC).replace(microsecond=0) + timedelta(days=6))
    body.set_watch([channel])
    answer = NotificationsOperations().enable_notifications(body)
    (result,) = answer.get_object().get_watch()
    (row,) = NotificationsOperations().get_notifications(ParameterMap()).get_object().get_watch()
    return {
        "status": answer.get_status_code(),
        "code": result.get_code().get_value(),
        "events": row.get_events(),
        "days": round((row.get_channel_expiry() - datetime.now(UTC)) / timedelta(days=1), 1),
    }


def in_blueprint(deal_id: str) -> Seen:
    """Read where a deal stands in its Blueprint."""
    found = BlueprintOperations(deal_id, "Deals").get_blueprint().get_object().get_blueprint()
    return {
        "stage": found.get_process_info().get_field_value(),
        "next": [each.get_next_field_value() for each in found.get_transitions()],
    }


def main() -> None:
    """Do all of it."""
    url, deal_id, folder = sys.argv[1:4]
    start(url, folder)
    seen = {
        "list": listed(),
        "update": updated(int(deal_id), Next_Step="call"),
        "gone": gone(),
        "pipelines": pipelines(),
        "user": current_user(),
        "query": queried(),
        "watch": watched(),
        "blueprint": in_blueprint(deal_id),
    }
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main()
