"""Tasks: what is to be done for customers."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Field, Path, Query, Schema
from pydantic import AwareDatetime

from keepwell.accounts.contracts import Permission
from keepwell.api import auth, cursors, idempotency
from keepwell.api.app import operation
from keepwell.api.fields import Cursor, CustomerId, Limit, Text120
from keepwell.api.problems import ApiError
from keepwell.foundation import clock
from keepwell.outreach import access
from keepwell.outreach.contracts import Channel, Kind, Outcome, Status, TaskError, TaskView
from keepwell.outreach.queries import tasks as queries
from keepwell.outreach.services import tasks as services

TAG = "Tasks"
TaskId = Annotated[int, Path(ge=1, le=2**62)]


class Task(Schema):
    """Something to do for a customer."""

    task_id: int
    customer_id: str
    kind: str
    channel: str
    title: str
    status: str
    outcome: str
    treatment: str
    at_stake: Decimal | None
    currency: str
    due_at: datetime | None
    planned_at: datetime | None
    assignee_id: int | None
    attempt: int
    created_at: datetime
    created_by: str
    finished_at: datetime | None
    finished_by: str


class TaskPage(Schema):
    """A part of the tasks that the caller's user may see."""

    data: list[Task]
    next_cursor: str | None


class TaskIn(Schema):
    """A new task."""

    model_config = {"extra": "forbid"}

    kind: Kind
    customer_id: CustomerId
    channel: Channel | None = None
    title: Text120 = ""
    due_at: AwareDatetime | None = None


class Completion(Schema):
    """What came of it."""

    model_config = {"extra": "forbid"}

    outcome: Outcome
    follow_up_at: AwareDatetime | None = Field(None, description="When to try again")


@operation("GET", "/api/v1/tasks", permission=Permission.VIEW_TASKS, tag=TAG, response=TaskPage)
def list_tasks(
    request: HttpRequest,
    cursor: Cursor,
    limit: Limit,
    status: Annotated[list[Status] | None, Query(None)],
    customer_id: Annotated[CustomerId | None, Query(None)],
) -> TaskPage:
    """List tasks by number"""
    auth.require(request, Permission.VIEW_TASKS)
    (after,) = cursors.decode(cursor, int) if cursor else (0,)
    if not 0 <= after < 2**62:
        raise cursors.unknown()
    found = queries.visible(
        user=auth.account(request),
        statuses=[str(one) for one in status or ()],
        customer_id=customer_id or "",
        after=after,
        limit=limit + 1,
    )
    more = cursors.encode(found[limit - 1].task_id) if len(found) > limit else None
    return TaskPage(data=[_out(task) for task in found[:limit]], next_cursor=more)


@operation(
    "POST",
    "/api/v1/tasks",
    permission=Permission.CHANGE_TASKS,
    tag=TAG,
    response=Task,
    status=201,
    errors=[404],
)
def create_task(request: HttpRequest, body: TaskIn) -> HttpResponse:
    """Make a task for a customer whom the caller may see"""
    auth.require(request, Permission.CHANGE_TASKS)
    access.access_new_task(auth.account(request), body.customer_id)

    def work() -> Any:
        made = services.create(
            kind=body.kind,
            customer_id=body.customer_id,
            channel=body.channel or "",
            title=body.title,
            due_at=body.due_at,
            asked=True,
            actor=auth.caller(request).name,
            now=clock.now(),
        )
        return _out(made).model_dump(mode="json")

    return idempotency.once(request, 201, _checked(work))


@operation(
    "GET", "/api/v1/tasks/{task_id}", permission=Permission.VIEW_TASKS, tag=TAG, response=Task, errors=[404]
)
def get_task(request: HttpRequest, task_id: TaskId) -> Task:
    """Read a task"""
    auth.require(request, Permission.VIEW_TASKS)
    _access(request, Permission.VIEW_TASKS, task_id)
    return _out(_existing(task_id))


@operation(
    "POST",
    "/api/v1/tasks/{task_id}/complete",
    permission=Permission.CHANGE_TASKS,
    tag=TAG,
    response=Task,
    errors=[404],
)
def complete_task(request: HttpRequest, task_id: TaskId, body: Completion) -> HttpResponse:
    """Say what came of a task"""
    auth.require(request, Permission.CHANGE_TASKS)
    _access(request, Permission.CHANGE_TASKS, task_id)

    def work() -> Any:
        services.complete(
            task_ids=[task_id],
            outcome=body.outcome,
            follow_up_at=body.follow_up_at,
            actor=auth.caller(request).name,
            now=clock.now(),
        )
        return _out(_existing(task_id)).model_dump(mode="json")

    return idempotency.once(request, 200, _checked(work))


def _checked(work: Any) -> Any:
    def checked() -> Any:
        try:
            return work()
        except TaskError as error:
            raise ApiError(422, str(error)) from None

    return checked


def _access(request: HttpRequest, permission: Permission, task_id: int) -> None:
    try:
        access.access_tasks(auth.account(request), permission, [task_id])
    except access.NoTaskError:
        raise Http404("There is no task with this number.") from None


def _existing(task_id: int) -> TaskView:
    found = queries.get(task_id)
    if found is None:
        raise Http404("There is no task with this number.")
    return found


def _out(task: TaskView) -> Task:
    return Task(**{name: getattr(task, name) for name in Task.model_fields})
