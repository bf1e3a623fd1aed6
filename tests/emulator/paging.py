"""Pages, order and filters of the lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from tests.emulator.calls import Answer, Call
from tests.emulator.errors import Refusal
from tests.emulator.things import Thing, User
from tests.emulator.xml import el

T = TypeVar("T")

SORTABLE: dict[str, Callable[[Any], Any]] = {
    "name": lambda t: t.name.casefold(),
    "createdAt": lambda t: t.created,
    "updatedAt": lambda t: t.updated,
    "id": lambda t: t.luid,
}


def _field(thing: Any, field: str) -> str | None:
    """What a filter compares; None means that the emulator does not know the field, and the filter lets all pass."""
    match field:
        case "name" | "created" | "updated":
            return str(getattr(thing, field))
        case "siteRole":
            return thing.role if isinstance(thing, User) else None
        case "parentProjectId":
            return thing.parent.luid if getattr(thing, "parent", None) else ""
        case "projectName":
            return thing.project.name if getattr(thing, "project", None) else ""
        case "ownerName":
            return thing.owner.name if getattr(thing, "owner", None) else ""
        case "contentUrl":
            return getattr(thing, "content_url", None)
    return None


def _passes(thing: Thing, filters: str) -> bool:
    for one in filters.split(",") if ":in:" not in filters else [filters]:
        field, _, rest = one.partition(":")
        operator, _, value = rest.partition(":")
        actual = _field(thing, field)
        if actual is None:
            continue
        if operator == "eq" and actual != value:
            return False
        if operator == "in" and actual not in value.strip("[]").split(","):
            return False
    return True


def arranged(call: Call, things: list[T]) -> list[T]:
    """The list as filtered and sorted: by the first field asked for, then by id so that pages never shuffle."""
    if filters := call.query.get("filter"):
        things = [t for t in things if _passes(t, filters)]  # type: ignore[arg-type]
    for one in reversed(call.query.get("sort", "").split(",")):
        field, _, direction = one.partition(":")
        if key := SORTABLE.get(field):
            things = sorted(things, key=key, reverse=direction == "desc")
    return things


def _number(call: Call, name: str, default: int) -> int:
    code = "400006" if name == "pageNumber" else "400007"
    try:
        value = int(call.query.get(name, default))
    except ValueError:
        value = 0
    if value < 1:
        raise Refusal(code, f"{name} parameter is not a positive integer.")
    return value


def page(call: Call, wrapper: str, things: Sequence[T], render: Callable[[T], str]) -> Answer:
    """One page. Beyond the end is an error (400006), not an empty page; more than 1,000 a page is refused."""
    size, number = _number(call, "pageSize", 100), _number(call, "pageNumber", 1)
    if size > 1000:
        raise Refusal("403014", "The page size may not exceed 1000.")
    size = min(size, call.emulator.page_limit or size)
    total = len(things)
    start = (number - 1) * size
    if start and start >= total:
        raise Refusal("400006", f"Page number {number} is greater than the number of pages available.")
    pagination = el("pagination", {"pageNumber": number, "pageSize": size, "totalAvailable": total})
    return call.xml(pagination, el(wrapper, None, *(render(t) for t in things[start : start + size])))
