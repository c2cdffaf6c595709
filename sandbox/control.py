"""The control API under /sandbox, alike for every CRM: what people do in it, planned faults, the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.contract import (
    ControlError,
    Crm,
    DealField,
    Edit,
    Model,
    NewDeal,
    NewPerson,
    Pipeline,
    Services,
)
from sandbox.faults import Fault
from sandbox.front import Front

CHUNK = 1000
Endpoint = Callable[[Request], Awaitable[Response]]


class Bulk(Model):
    """Many deals at once."""

    count: int
    pipeline: str | None = None
    stage: str | None = None
    owner: str | None = None


class BulkEdit(Edit):
    """One edit to many deals; `ids` null means all."""

    ids: list[str] | None = None
    webhooks: bool = True


class Merge(Model):
    """Deals to merge; the first is the one a person would keep."""

    ids: list[str]
    by: str | None = None


class By(Model):
    """Who does it."""

    by: str | None = None


class Limits(Model):
    """Whether the CRM's rate limits hold, and its burst where that is to differ."""

    enabled: bool = True
    burst: int | None = None


class Latency(Model):
    """Time every API call takes at least."""

    ms: int


class Control:
    """The handlers of the control API for one CRM."""

    def __init__(self, crm: Crm, services: Services, front: Front, restart: Callable[[], None]) -> None:
        self._crm = crm
        self._services = services
        self._front = front
        self._restart = restart

    def routes(self) -> list[Route]:
        """Return the routes, each guarded against wrong input."""
        table: list[tuple[str, str, Endpoint]] = [
            ("GET", "/sandbox", self.about),
            ("GET", "/sandbox/people", self.people),
            ("POST", "/sandbox/people", self.add_person),
            ("GET", "/sandbox/pipelines", self.pipelines),
            ("PUT", "/sandbox/pipelines", self.replace_pipelines),
            ("POST", "/sandbox/fields", self.add_field),
            ("GET", "/sandbox/deals", self.deals),
            ("POST", "/sandbox/deals", self.create_deal),
            ("POST", "/sandbox/deals/merge", self.merge_deals),
            ("GET", "/sandbox/deals/{id}", self.deal),
            ("PATCH", "/sandbox/deals/{id}", self.edit_deal),
            ("DELETE", "/sandbox/deals/{id}", self.delete_deal),
            ("GET", "/sandbox/customers", self.customers),
            ("POST", "/sandbox/tasks/{id}/complete", self.complete_task),
            ("POST", "/sandbox/bulk", self.bulk),
            ("POST", "/sandbox/bulk_edit", self.bulk_edit),
            ("PUT", "/sandbox/webhooks", self.set_webhooks),
            ("PUT", "/sandbox/credentials", self.set_credentials),
            ("GET", "/sandbox/faults", self.faults),
            ("POST", "/sandbox/faults", self.plan_fault),
            ("DELETE", "/sandbox/faults", self.clear_faults),
            ("POST", "/sandbox/latency", self.set_latency),
            ("POST", "/sandbox/limits", self.set_limits),
            ("GET", "/sandbox/journal", self.journal),
            ("GET", "/sandbox/counts", self.counts),
            ("POST", "/sandbox/counts/reset", self.reset_counts),
            ("POST", "/sandbox/reset", self.reset),
        ]
        return [Route(path, guarded(endpoint), methods=[method]) for method, path, endpoint in table]

    async def about(self, request: Request) -> Response:
        """Return which CRM this is and whether webhooks are still under way."""
        options, deliveries = self._services.options, self._services.deliveries
        return JSONResponse(
            {
                "crm": self._crm.name,
                "url": options.url,
                "webhooks_pending": deliveries.pending(),
                "events_gathering": deliveries.gathering,
            }
        )

    async def people(self, request: Request) -> Response:
        """Return all users, inactive ones too."""
        return JSONResponse([person.model_dump() for person in self._crm.people()])

    async def add_person(self, request: Request) -> Response:
        """Add or change a user."""
        person = self._crm.add_person(NewPerson.model_validate(await request.json()))
        return JSONResponse(person.model_dump(), 201)

    async def pipelines(self, request: Request) -> Response:
        """Return the boards."""
        return JSONResponse([pipeline.model_dump() for pipeline in self._crm.pipelines()])

    async def replace_pipelines(self, request: Request) -> Response:
        """Replace all boards."""
        self._crm.replace_pipelines([Pipeline.model_validate(item) for item in await request.json()])
        return await self.pipelines(request)

    async def add_field(self, request: Request) -> Response:
        """Add a custom deal property."""
        self._crm.add_field(DealField.model_validate(await request.json()))
        return Response(status_code=204)

    async def deals(self, request: Request) -> Response:
        """Return all deals in short."""
        return JSONResponse([deal.model_dump() for deal in self._crm.deals()])

    async def deal(self, request: Request) -> Response:
        """Return one deal with tasks, notes and history."""
        return JSONResponse(self._crm.deal(request.path_params["id"]).model_dump())

    async def customers(self, request: Request) -> Response:
        """Return all contacts and companies with their deals."""
        return JSONResponse([customer.model_dump() for customer in self._crm.customers()])

    async def create_deal(self, request: Request) -> Response:
        """Create a deal as a person or an automation does."""
        deal_id = self._crm.create_deal(NewDeal.model_validate(await request.json()))
        return JSONResponse({"id": deal_id}, 201)

    async def edit_deal(self, request: Request) -> Response:
        """Edit a deal as that person."""
        self._crm.edit_deal(request.path_params["id"], Edit.model_validate(await request.json()))
        return await self.deal(request)

    async def delete_deal(self, request: Request) -> Response:
        """Delete a deal as the person named by `?by=`."""
        self._crm.delete_deal(request.path_params["id"], request.query_params.get("by"))
        return Response(status_code=204)

    async def merge_deals(self, request: Request) -> Response:
        """Merge deals as that person."""
        merge = Merge.model_validate(await request.json())
        return JSONResponse({"id": self._crm.merge_deals(merge.ids, merge.by)})

    async def complete_task(self, request: Request) -> Response:
        """Tick a task off as that person."""
        by = By.model_validate(await request.json()).by
        self._crm.complete_task(request.path_params["id"], by)
        return Response(status_code=204)

    async def bulk(self, request: Request) -> Response:
        """Create many deals without webhooks."""
        bulk = Bulk.model_validate(await request.json())
        ids: list[str] = []
        while len(ids) < bulk.count:
            size = min(CHUNK, bulk.count - len(ids))
            ids += self._crm.create_many(size, bulk.pipeline, bulk.stage, bulk.owner)
            await asyncio.sleep(0)
        return JSONResponse({"ids": ids}, 201)

    async def bulk_edit(self, request: Request) -> Response:
        """Edit many deals as one person."""
        bulk = BulkEdit.model_validate(await request.json())
        edit = Edit.model_validate(bulk.model_dump(exclude={"ids", "webhooks"}, exclude_unset=True))
        ids = [deal.id for deal in self._crm.deals() if not deal.deleted] if bulk.ids is None else bulk.ids
        for place, deal_id in enumerate(ids):
            self._crm.edit_deal(deal_id, edit, webhooks=bulk.webhooks)
            if place % CHUNK == CHUNK - 1:
                await asyncio.sleep(0)
        return JSONResponse({"count": len(ids)})

    async def set_webhooks(self, request: Request) -> Response:
        """Set target, secret and subscriptions as in the CRM's user interface."""
        self._crm.set_webhooks(_object(await request.json()))
        return Response(status_code=204)

    async def set_credentials(self, request: Request) -> Response:
        """Set which credentials the API accepts."""
        self._crm.set_credentials(_object(await request.json()))
        return Response(status_code=204)

    async def faults(self, request: Request) -> Response:
        """Return the faults still to happen."""
        return JSONResponse([fault.model_dump() for fault in self._services.faults.planned()])

    async def plan_fault(self, request: Request) -> Response:
        """Plan a fault."""
        own: frozenset[str] = getattr(self._crm, "own_faults", frozenset())
        fault = Fault.model_validate(await request.json(), context={"own": own})
        if fault.edit is not None:
            Edit.model_validate(fault.edit)
        self._services.faults.plan(fault)
        return JSONResponse(fault.model_dump(), 201)

    async def clear_faults(self, request: Request) -> Response:
        """Plan nothing any more."""
        self._services.faults.clear()
        return Response(status_code=204)

    async def set_latency(self, request: Request) -> Response:
        """Make every API call take this long."""
        self._front.latency = Latency.model_validate(await request.json()).ms / 1000
        return Response(status_code=204)

    async def set_limits(self, request: Request) -> Response:
        """Switch the CRM's rate limits on or off."""
        limits = Limits.model_validate(await request.json())
        self._crm.set_limits(limits.enabled, limits.burst)
        return Response(status_code=204)

    async def journal(self, request: Request) -> Response:
        """Return the lines after `?since=`, at most `?limit=` of them, only of one `?kind=` where given."""
        limit, kind = request.query_params.get("limit"), request.query_params.get("kind")
        lines = self._services.journal.since(int(request.query_params.get("since", "0")))
        chosen = [line for line in lines if kind in (None, line["kind"])]
        return JSONResponse(chosen if limit is None else chosen[: int(limit)])

    async def counts(self, request: Request) -> Response:
        """Return the totals."""
        return JSONResponse(self._services.journal.counts.as_json())

    async def reset_counts(self, request: Request) -> Response:
        """Set the totals to zero."""
        self._services.journal.counts.reset()
        return Response(status_code=204)

    async def reset(self, request: Request) -> Response:
        """Make everything as it was at the start."""
        self._restart()
        self._front.reset()
        return Response(status_code=204)


def guarded(endpoint: Endpoint) -> Endpoint:
    """Turn wrong input into an answer that says what is wrong."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except ControlError as error:
            return JSONResponse({"error": str(error)}, 404)
        except ValidationError as error:
            return JSONResponse({"error": str(error)}, 422)
        except ValueError as error:
            return JSONResponse({"error": f"not understood: {error}"}, 400)

    return answer


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("a JSON object is needed")
    return value
