"""What only leads can do: be converted, be upserted, be switched off for the whole account."""

from typing import Any

from starlette.responses import Response

from sandbox.call import Call, Handler, Refusal, json_answer

from .errors import Problem, about, invalid, refuse
from .kinds import COMPANY, LEAD, OPPORTUNITY, PERSON, Kind
from .portal import COMPUTED, Portal, raw_json, wants_computed
from .tables import Version


def refuse_disabled(portal: Portal, kind: Kind) -> None:
    """Refuse a call on leads where the account has none."""
    if kind is LEAD and not portal.account.settings.enable_leads:
        raise Refusal(json_answer(404, {"error": "not_found"}))


class Leads:
    """Conversion and upsert."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the routes."""
        return [("POST", "/leads/{id}/convert", self.convert), ("PUT", "/leads/upsert", self.upsert)]

    def convert(self, call: Call) -> Response:
        """Make a person, a company and an opportunity of a lead, which then is gone."""
        refuse_disabled(self._portal, LEAD)
        self._portal.lint(call, (COMPUTED,))
        lead = self._portal.find(LEAD, call.params["id"])
        details = self._portal.body(call).get("details", {})
        if not isinstance(details, dict) or set(details) - {"person", "company", "opportunity"}:
            raise refuse(422, "Invalid input: details are needed", "malformed")
        try:
            made = self._convert(lead, details)
        except Problem as problem:
            raise invalid(problem) from problem
        self._portal.changes.delete(LEAD, lead, self._portal.actor)
        self._portal.wrote(LEAD, lead.id, "convert", {})
        computed = wants_computed(call)
        parts = {
            kind.singular: self._portal.show(kind, made[kind], computed=computed) if kind in made else "null"
            for kind in (PERSON, COMPANY, OPPORTUNITY)
        }
        return raw_json("{" + ",".join(f'"{name}":{text}' for name, text in parts.items()) + "}")

    def upsert(self, call: Call) -> Response:
        """Update the lead that matches, or create one; more than one match is refused."""
        refuse_disabled(self._portal, LEAD)
        self._portal.lint(call, (COMPUTED,))
        given = self._portal.body(call)
        match, properties = given.get("match"), given.get("properties")
        if set(given) != {"match", "properties"} or not isinstance(match, dict):
            raise refuse(422, "Invalid input: match and properties are needed", "malformed")
        try:
            found = self._matches(match)
            if len(found) > 1:
                raise about("match", "more than one lead matches")
            if found:
                lead = self._portal.update(LEAD, found[0], properties or {})
            else:
                lead = self._portal.create(LEAD, properties or {})
        except Problem as problem:
            raise invalid(problem) from problem
        return self._portal.answer(call, LEAD, lead)

    def _matches(self, match: dict[str, Any]) -> list[Version]:
        name, value = match.get("field_name"), match.get("field_value")
        leads = self._portal.account.tables[LEAD].all()
        if name == "email":
            return [lead for lead in leads if (lead.values["email"] or {}).get("email") == str(value).lower()]
        if name == "custom":
            wanted = value if isinstance(value, dict) else {}
            id = wanted.get("custom_field_definition_id")
            return [lead for lead in leads if lead.values["custom_fields"].get(id) == wanted.get("value")]
        raise about("match", "field_name is invalid", malformed=True)

    def _convert(self, lead: Version, details: dict[str, Any]) -> dict[Kind, Version]:
        made: dict[Kind, Version] = {}
        company = details.get("company", {"name": lead.values["company_name"]})
        if company and (company.get("id") or company.get("name")):
            made[COMPANY] = self._company(company)
        person = {"name": lead.values["name"], **details.get("person", {})}
        if lead.values["email"]:
            person.setdefault("emails", [lead.values["email"]])
        if COMPANY in made:
            person["company_id"] = made[COMPANY].id
        made[PERSON] = self._portal.create(PERSON, person)
        if "opportunity" in details:
            given = {"name": lead.values["name"], **details["opportunity"]}
            made[OPPORTUNITY] = self._portal.create(
                OPPORTUNITY, {**given, "primary_contact_id": made[PERSON].id}
            )
        return made

    def _company(self, given: dict[str, Any]) -> Version:
        table = self._portal.account.tables[COMPANY]
        if "id" in given:
            found = table.get(given["id"] if type(given["id"]) is int else None)
            if found is None:
                raise about("company_id", "is invalid")
            return found
        named = [each for each in table.all() if each.values["name"] == given["name"]]
        return named[0] if named else self._portal.create(COMPANY, {"name": given["name"]})
