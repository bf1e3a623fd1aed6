"""The lists of a site: which there are, and how to read one to its end without losing a thing unseen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from xml.etree.ElementTree import Element

from auditor.model import Kind, Miss, Read
from auditor.sources.tableau.connection import Connection
from auditor.sources.tableau.failures import ReadFailedError, clean
from auditor.sources.tableau.parse_content import MalformedError
from auditor.sources.tableau.xml import child, children, number

T = TypeVar("T")
Parse = Callable[[Element], T]


@dataclass(frozen=True, slots=True)
class ListSpec(Generic[T]):
    """One list: its path below the site, its wrapper and item elements, since (and until) which version it exists."""

    read: Read
    kind: Kind
    path: tuple[str, ...]
    wrapper: str
    item: str
    parse: Parse[T]
    since: str = "2.0"
    until: str | None = None
    all_fields: bool = False
    sort: str | None = None


@dataclass(slots=True)
class Listing(Generic[T]):
    """What one list gave, by id. `promised` is the server's `totalAvailable`, None where it said none."""

    items: dict[str, T] = field(default_factory=dict)
    promised: int | None = None
    misses: list[Miss] = field(default_factory=list)
    #: Something moved between two pages: the same item twice, or another total.
    unsteady: bool = False

    @property
    def expected(self) -> int:
        """How many there should be."""
        malformed = sum(1 for miss in self.misses if miss.id == "" and miss.name)
        return max(self.promised or 0, len(self.items) + malformed)

    @property
    def short(self) -> bool:
        """Fewer than promised?"""
        return self.promised is not None and self.promised > len(self.items) + len(self.misses)


#: Servers that refuse so large a page are asked for Tableau's default.
_SMALL_PAGE = 100
_PAGE_REFUSED = frozenset({"400007", "403014"})
_NO_SUCH_PAGE = "400006"
_MOST_PAGES = 20_000


class ListReader(Generic[T]):
    """Reads one list, page by page."""

    def __init__(self, connection: Connection, spec: ListSpec[T], *, page_size: int) -> None:
        self._connection = connection
        self._spec = spec
        self._size = page_size
        self._extras: Mapping[str, str] = {}
        self._identify: Callable[[T], str] = _id_of

    def read(self) -> Listing[T]:
        """The whole list. Read once more where it moved under us or came up short. ReadFailedError if page 1 fails."""
        first = self._once(self._first_page())
        if not (first.unsteady or first.short):
            return first
        try:
            second = self._once(self._page(1))
        except ReadFailedError:
            return _with_shortage(first, self._spec)
        if second.unsteady or second.short:
            second.items = {**first.items, **second.items}
        return _with_shortage(second, self._spec)

    def _first_page(self) -> Element:
        """The first page, asked for as richly as the server allows: all fields and sorted, else less."""
        failure = ReadFailedError("")
        for extras in self._variants():
            self._extras = extras
            try:
                return self._page(1)
            except ReadFailedError as error:
                failure = error
                if error.code in _PAGE_REFUSED and self._size > _SMALL_PAGE:
                    self._size = _SMALL_PAGE
                    return self._first_page()
                if not error.is_refused_parameter:
                    raise
        raise failure

    def _variants(self) -> list[dict[str, str]]:
        fields = {"fields": "_all_"} if self._spec.all_fields else {}
        sort = {"sort": self._spec.sort} if self._spec.sort else {}
        tried: list[dict[str, str]] = []
        for extras in ({**fields, **sort}, fields, sort, {}):
            if extras not in tried:
                tried.append(extras)
        return tried

    def _page(self, page: int) -> Element:
        path = self._connection.of_site(*self._spec.path)
        return self._connection.get(path, {"pageSize": self._size, "pageNumber": page, **self._extras})

    def _once(self, root: Element) -> Listing[T]:
        listing: Listing[T] = Listing()
        page = 1
        while page <= _MOST_PAGES:
            more = self._take(root, listing, page)
            if not more:
                break
            page += 1
            try:
                root = self._page(page)
            except ReadFailedError as error:
                if error.code != _NO_SUCH_PAGE:
                    self._miss(listing, f"page {page} of the list: {error.reason}", error.remedy)
                break
        return listing

    def _take(self, root: Element, listing: Listing[T], page: int) -> bool:
        """Put a page into the listing; True where there is another page to ask for."""
        wrapper = child(root, self._spec.wrapper)
        if wrapper is None:
            self._miss(listing, f"page {page} of the list holds no <{self._spec.wrapper}>", "")
            return False
        elements = list(children(wrapper, self._spec.item))
        known = len(listing.items) + len(listing.misses)
        for element in elements:
            self._add(element, listing)
        pagination = child(root, "pagination")
        total = number(pagination.get("totalAvailable")) if pagination is not None else None
        if pagination is None or total is None:
            return False
        if listing.promised not in (None, total):
            listing.unsteady = True
        listing.promised = total
        size = number(pagination.get("pageSize")) or self._size
        brought_news = len(listing.items) + len(listing.misses) > known
        return bool(elements) and brought_news and page * size < total

    def _add(self, element: Element, listing: Listing[T]) -> None:
        try:
            item = self._spec.parse(element)
        except MalformedError as error:
            name = clean(element.get("name") or "?")
            listing.misses.append(Miss(self._spec.kind, "", name, clean(str(error)), "Please report this answer."))
            return
        identity = self._identify(item)
        if identity in listing.items:
            listing.unsteady = True
        listing.items[identity] = item

    def _miss(self, listing: Listing[T], reason: str, remedy: str) -> None:
        listing.misses.append(Miss(self._spec.kind, "", "", reason, remedy or "Read the site again."))


def _id_of(item: object) -> str:
    return item if isinstance(item, str) else str(item.id)  # type: ignore[attr-defined]


def _with_shortage(listing: Listing[T], spec: ListSpec[T]) -> Listing[T]:
    if listing.short:
        lacking = (listing.promised or 0) - len(listing.items)
        reason = f"the server promised {listing.promised} and gave {len(listing.items)}: {lacking} are missing"
        listing.misses.append(Miss(spec.kind, "", "", reason, "Read the site again, as a site administrator."))
    return listing
