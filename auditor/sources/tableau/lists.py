"""The lists of a site: which there are, and how to read one to its end without losing a thing unseen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Generic, TypeVar
from xml.etree.ElementTree import Element

from auditor.model import Kind, Miss, Read
from auditor.sources.tableau.connection import Connection
from auditor.sources.tableau.failures import ReadFailedError, clean
from auditor.sources.tableau.parse_content import MalformedError
from auditor.sources.tableau.xml import child, children, number, parse

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


@dataclass(slots=True)
class Page(Generic[T]):
    """One page, parsed. `whole` is False where it did not even hold its wrapper."""

    whole: bool
    items: list[T] = field(default_factory=list)
    misses: list[Miss] = field(default_factory=list)
    total: int | None = None
    size: int | None = None


#: Pages by what was asked, with the digest of the answer: a second reading that brings the same bytes is not parsed.
Memo = dict[tuple[str, ...], tuple[bytes, Page[T]]]

#: Servers that refuse so large a page are asked for Tableau's default.
_SMALL_PAGE = 100
_PAGE_REFUSED = frozenset({"400007", "403014"})
_NO_SUCH_PAGE = "400006"
_MOST_PAGES = 20_000
#: Pages in a row that fail before the rest of the list is given up.
_MOST_FAILURES = 3


class ListReader(Generic[T]):
    """Reads one list, page by page."""

    def __init__(
        self, connection: Connection, spec: ListSpec[T], *, page_size: int, memo: Memo[T] | None = None
    ) -> None:
        self._connection = connection
        self._spec = spec
        self._size = page_size
        self._extras: Mapping[str, str] = {}
        self._memo: Memo[T] = {} if memo is None else memo

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

    def _first_page(self) -> Page[T]:
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

    def _page(self, page: int) -> Page[T]:
        path = self._connection.of_site(*self._spec.path)
        query: dict[str, str | int] = {"pageSize": self._size, "pageNumber": page, **self._extras}
        key = (path, *map(str, query.values()))

        def understood(content: bytes) -> Page[T]:
            digest = sha256(content).digest()
            known = self._memo.get(key)
            if known is not None and known[0] == digest:
                return known[1]
            made = self._parsed(parse(content))
            self._memo[key] = (digest, made)
            return made

        return self._connection.read(path, query, understood)

    def _parsed(self, root: Element) -> Page[T]:
        wrapper, pagination = child(root, self._spec.wrapper), child(root, "pagination")
        page: Page[T] = Page(whole=wrapper is not None)
        if pagination is not None:
            page.total, page.size = number(pagination.get("totalAvailable")), number(pagination.get("pageSize"))
        for element in children(wrapper, self._spec.item) if wrapper is not None else ():
            try:
                page.items.append(self._spec.parse(element))
            except MalformedError as error:
                name = clean(element.get("name") or "?")
                page.misses.append(Miss(self._spec.kind, "", name, clean(str(error)), "Please report this answer."))
        return page

    def _once(self, first: Page[T]) -> Listing[T]:
        """All pages from the first on. A page that does not come is missed, and the next one asked for."""
        listing: Listing[T] = Listing()
        found: Page[T] | None = first
        number_of_page, failed = 1, 0
        while number_of_page <= _MOST_PAGES:
            if found is not None and not self._take(found, listing, number_of_page):
                break
            number_of_page += 1
            try:
                found, failed = self._page(number_of_page), 0
            except ReadFailedError as error:
                if error.code == _NO_SUCH_PAGE:
                    break
                found, failed = None, failed + 1
                self._miss(listing, f"page {number_of_page} of the list: {error.reason}", error.remedy)
                if failed >= _MOST_FAILURES or number_of_page * self._size >= (listing.promised or 0):
                    break
        return listing

    def _take(self, page: Page[T], listing: Listing[T], number_of_page: int) -> bool:
        """Put a page into the listing; True where there is another page to ask for."""
        if not page.whole:
            self._miss(listing, f"page {number_of_page} of the list holds no <{self._spec.wrapper}>", "")
            return False
        known = len(listing.items) + len(listing.misses)
        for item in page.items:
            identity = _id_of(item)
            listing.unsteady |= identity in listing.items
            listing.items[identity] = item
        listing.misses += page.misses
        if page.total is None or page.total < len(listing.items):
            # Full by the server's own measure, which may be smaller than what was asked for.
            if len(page.items) + len(page.misses) >= min(self._size, page.size or self._size):
                self._miss(
                    listing, "the page is full, and the server did not say rightly how many there are in all", ""
                )
            return False
        listing.unsteady |= listing.promised not in {None, page.total}
        listing.promised = page.total
        brought_news = len(listing.items) + len(listing.misses) > known
        return brought_news and number_of_page * (page.size or self._size) < page.total

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
