"""What describes an account: itself, users, pipelines, stages, lists, types of activities, tags."""

from collections import Counter
from typing import Any

from starlette.responses import Response

from sandbox.call import Call, Handler

from .account import ACCOUNT_ID
from .directories import Pipeline
from .errors import Problem, invalid, no_path, no_record, unrecognized
from .kinds import KINDS, LEAD
from .leads import refuse_disabled
from .portal import Portal, json_of
from .search import page_of


class Metadata:
    """The calls that read what an administrator set up; none of it can be written through the API."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._lists = portal.account.directories

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the routes."""
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/account", self.account),
            ("GET", "/users/me", self.me),
            ("GET", "/users/{id}", self.user),
            ("POST", "/users/search", self.users),
            ("GET", "/pipelines", self.pipelines),
            ("GET", "/pipeline_stages", self.stages),
            ("GET", "/pipeline_stages/pipeline/{id}", self.stages_of),
            ("GET", "/lead_statuses", self.lead_statuses),
            ("GET", "/activity_types", self.activity_types),
            ("GET", "/tags", self.tags),
            ("GET", "/loss_reasons", lambda call: self.names(self._lists.loss_reasons)),
            ("GET", "/customer_sources", lambda call: self.names(self._lists.customer_sources)),
            ("GET", "/contact_types", lambda call: self.names(self._lists.contact_types)),
        ]
        return [(method, path, self._linted(handler)) for method, path, handler in table]

    def _linted(self, act: Handler) -> Handler:
        def handler(call: Call) -> Response:
            self._portal.lint(call)
            return act(call)

        return handler

    def account(self, call: Call) -> Response:
        """Return the account."""
        settings = self._portal.account.settings
        switches = {
            "setting_team_permissions_enabled": settings.team_permissions,
            "setting_enable_leads": settings.enable_leads,
        }
        name, zone = settings.account_name, settings.primary_timezone
        return json_of({"id": ACCOUNT_ID, "name": name, "primary_timezone": zone, "settings": switches})

    def me(self, call: Call) -> Response:
        """Return the user of the key."""
        return json_of(self._portal.account.integration.as_json())

    def user(self, call: Call) -> Response:
        """Return one user."""
        user = self._lists.users.get(self._id(call))
        if user is None:
            raise no_record()
        return json_of(user.as_json())

    def users(self, call: Call) -> Response:
        """Return a page of users; page number and size are the only parameters."""
        given = self._portal.body(call)
        try:
            if unknown := [name for name in given if name not in ("page_number", "page_size")]:
                raise Problem([unrecognized(unknown)], malformed=True)
            number, size = page_of(given)
        except Problem as problem:
            raise invalid(problem) from problem
        all_listed = self._portal.account.settings.lists_deactivated
        listed = [user for user in self._lists.users.values() if user.active or all_listed]
        return json_of([user.as_json() for user in listed[(number - 1) * size : number * size]])

    def pipelines(self, call: Call) -> Response:
        """Return all pipelines with their stages."""
        return json_of([pipeline.as_json() for pipeline in self._lists.pipelines])

    def stages(self, call: Call) -> Response:
        """Return all stages with the ids of their pipelines."""
        return json_of([stage for pipeline in self._lists.pipelines for stage in _flat(pipeline)])

    def stages_of(self, call: Call) -> Response:
        """Return the stages of one pipeline."""
        wanted = self._id(call)
        pipeline = next((each for each in self._lists.pipelines if each.id == wanted), None)
        if pipeline is None:
            raise no_record()
        return json_of(_flat(pipeline))

    def lead_statuses(self, call: Call) -> Response:
        """Return the statuses of leads in order; the first is the default."""
        refuse_disabled(self._portal, LEAD)
        statuses = enumerate(self._lists.lead_statuses.items(), start=1)
        rows = [{"id": id, "name": name, "order": n, "is_default": n == 1} for n, (id, name) in statuses]
        return json_of(rows)

    def activity_types(self, call: Call) -> Response:
        """Return an object of two lists."""
        types = self._lists.activity_types
        return json_of(
            {
                category: [each.as_json() for each in types if each.category == category]
                for category in ("user", "system")
            }
        )

    def tags(self, call: Call) -> Response:
        """Return the tags in use and how often."""
        counts: Counter[str] = Counter()
        by_kind: dict[str, Counter[str]] = {}
        for kind in KINDS:
            records = self._portal.account.tables[kind].all()
            by_kind[kind.plural] = Counter(tag for record in records for tag in record.values["tags"])
            counts += by_kind[kind.plural]
        rows: list[dict[str, Any]] = []
        for tag, count in sorted(counts.items()):
            row = {"name": tag, "count": count}
            rows.append(row | {f"count_{name}": each[tag] for name, each in by_kind.items()})
        return json_of(rows)

    def names(self, listed: dict[int, str]) -> Response:
        """Return a list of ids and names."""
        return json_of([{"id": id, "name": name} for id, name in listed.items()])

    def _id(self, call: Call) -> int:
        if not call.params["id"].isdigit():
            raise no_path()
        return int(call.params["id"])


def _flat(pipeline: Pipeline) -> list[dict[str, Any]]:
    return [
        {
            "id": each.id,
            "name": each.name,
            "pipeline_id": pipeline.id,
            "win_probability": each.win_probability,
        }
        for each in pipeline.stages
    ]
