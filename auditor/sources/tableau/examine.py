"""What this account can see of a site, tried with one cheap request for each kind of read (`auditor doctor`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from auditor.errors import SourceError
from auditor.model import LIST_READ, RULES_READ, Identity, Kind, Read, Ref, SettingValue
from auditor.sources.interface import Clock, Plan, Progress
from auditor.sources.tableau.catalogue import KIND, LISTS, defaults_segment, exists
from auditor.sources.tableau.connection import Connection
from auditor.sources.tableau.failures import ReadFailedError
from auditor.sources.tableau.metadata import MetadataUnavailable, read_columns
from auditor.sources.tableau.needs import ALL_READS
from auditor.sources.tableau.parse_content import MalformedError
from auditor.sources.tableau.parse_content import connection as data_connection
from auditor.sources.tableau.parse_people import rules
from auditor.sources.tableau.phase_site import read_settings, who_am_i
from auditor.sources.tableau.pool import Pool
from auditor.sources.tableau.run import Run
from auditor.sources.tableau.settings import TableauSettings
from auditor.sources.tableau.source import TableauSource, budget_of, is_cloud
from auditor.sources.tableau.transport import Transport
from auditor.sources.tableau.xml import child, children, number

_SETTINGS = (Read.SITE, Read.EMBEDDING, Read.EXTENSIONS)
_NOTHING_TO_TRY = "there is none on this site to try it on"


@dataclass(frozen=True, slots=True)
class Trial:
    """One read, tried once. `works` None: not tried, and `reason` says why. `total`: how many the server says there are."""

    read: Read
    works: bool | None
    reason: str = ""
    remedy: str = ""
    total: int | None = None


@dataclass(frozen=True, slots=True)
class ClockReading:
    """The same moment by the server's clock (whole seconds) and by ours, UTC."""

    server: datetime
    here: datetime

    @property
    def skew(self) -> float:
        """Seconds by which our clock is ahead of the server's."""
        return (self.here - self.server).total_seconds()


@dataclass(frozen=True, slots=True)
class Examination:
    """Everything that was found out. `guest`: is the account of the anonymous visitors on the site; None: not known."""

    identity: Identity
    site_id: str
    site_content_url: str
    settings: Mapping[str, SettingValue]
    trials: tuple[Trial, ...]
    metadata: Trial
    guest: bool | None


class _Dates:
    """Hears every answer, and keeps what the latest said of the time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.reading: ClockReading | None = None

    def exchange(self, request: requests.PreparedRequest, response: requests.Response) -> None:  # noqa: ARG002 - the protocol's
        """Read the `Date` header of one answer; one that is no date says nothing."""
        try:
            said = parsedate_to_datetime(response.headers.get("Date", ""))
        except (ValueError, TypeError, OverflowError):
            return
        if said.tzinfo is not None:
            self.reading = ClockReading(said.astimezone(UTC), self._clock())


@dataclass(slots=True)
class Visit:
    """One conversation with a site: `failure` says why there is none, and then only the facts about the way hold."""

    settings: TableauSettings
    connection: Connection
    clock: Clock
    started: datetime
    failure: SourceError | None
    _dates: _Dates
    _first: dict[Kind, tuple[str, str]] = field(default_factory=dict)
    _source: TableauSource | None = None

    @property
    def encrypted(self) -> bool:
        """Is the way to the server TLS? Then its certificate was verified, or there is no conversation."""
        return urlsplit(self.settings.server).scheme == "https"

    @property
    def is_cloud(self) -> bool:
        """Is this Tableau Cloud?"""
        return is_cloud(self.settings.server)

    @property
    def clock_reading(self) -> ClockReading | None:
        """The server's time, where it said it."""
        return self._dates.reading

    @property
    def requests(self) -> int:
        """Requests made so far."""
        return self.connection.transport.made

    @property
    def source(self) -> TableauSource:
        """The site to read from, in the same session: a second sign-in with one token would end the first."""
        if self._source is None:
            self._source = TableauSource(self.settings, self.connection, self.clock, started=self.started)
        return self._source

    def plan(self, needs: frozenset[Read], *, progress: Progress) -> Plan:
        """What a full read would cost. Reads the lists."""
        return self.source.plan(needs, progress=progress)

    def examine(self, *, progress: Progress) -> Examination:
        """Try each read once."""
        with closing(Pool(1)) as pool:
            run = Run(self.settings, self.connection, pool, progress, ALL_READS)
            me = who_am_i(run)
            read_settings(run)
        told = [self._of_settings(run, read) for read in _SETTINGS]
        lists = [self._list(read) for read in sorted(LISTS)]
        return Examination(
            identity=me,
            site_id=self.connection.site_id,
            site_content_url=self.connection.site_content_url,
            settings=run.gathered.settings,
            trials=(*told, *lists, *self._rules(), *self._details()),
            metadata=self._metadata(),
            guest=None if self.is_cloud else self._guest(),
        )

    def _of_settings(self, run: Run, read: Read) -> Trial:
        line = run.gathered.lines[read]
        misses = list(line.misses.values())
        if misses:
            return Trial(read, False, misses[0].reason, misses[0].remedy)
        return Trial(read, True) if line.got else self._too_old(read)

    def _too_old(self, read: Read) -> Trial:
        return Trial(read, None, f"API {self.connection.api_version} does not have it")

    def _list(self, read: Read) -> Trial:
        spec = LISTS[read]
        if not exists(spec, at_least=self.connection.at_least):
            return self._too_old(read)

        def ask() -> int | None:
            root = self.connection.get(self.connection.of_site(*spec.path), {"pageSize": 1, "pageNumber": 1})
            wrapper = child(root, spec.wrapper)
            if wrapper is None:
                raise ReadFailedError(f"the answer holds no <{spec.wrapper}>", "Check what answers at this address.")
            for element in children(wrapper, spec.item):
                self._first.setdefault(spec.kind, (element.get("id", ""), element.get("name", "")))
            pages = child(root, "pagination")
            return number(pages.get("totalAvailable")) if pages is not None else None

        return _tried(read, ask)

    def _rules(self) -> Iterator[Trial]:
        """The rules of one item of each kind, and one project's default rules."""
        for kind, read in RULES_READ.items():
            if LIST_READ[kind] not in LISTS:
                continue
            plural = "projects" if kind is Kind.PROJECT else KIND[kind].plural
            if kind in KIND and not self.connection.at_least(KIND[kind].rules_since):
                yield self._too_old(read)
            else:
                yield self._of_one(read, kind, (plural, "", "permissions"), rules)
        segment = defaults_segment(Kind.WORKBOOK, at_least=self.connection.at_least)
        if segment is not None:
            path = ("projects", "", "default-permissions", segment)
            yield self._of_one(Read.DEFAULT_PERMISSIONS, Kind.PROJECT, path, rules)

    def _details(self) -> Iterator[Trial]:
        """Members of a group, connections of a workbook and of a data source."""
        yield self._of_one(Read.GROUP_MEMBERS, Kind.GROUP, ("groups", "", "users"), lambda root: _held(root, "users"))
        for read, kind in ((Read.WORKBOOK_CONNECTIONS, Kind.WORKBOOK), (Read.DATASOURCE_CONNECTIONS, Kind.DATASOURCE)):
            path = (KIND[kind].plural, "", "connections")
            yield self._of_one(
                read, kind, path, lambda root: [data_connection(one) for one in _held(root, "connections")]
            )

    def _of_one(self, read: Read, kind: Kind, path: tuple[str, ...], parse: Callable[[Any], object]) -> Trial:
        """A request about the first item of a kind; `path` has "" where its id stands."""
        first = self._first.get(kind)
        if first is None or not first[0]:
            return Trial(read, None, _NOTHING_TO_TRY)
        address = self.connection.of_site(*(part or first[0] for part in path))
        query = {"pageSize": 1} if path[-1] == "users" else None

        def ask() -> None:
            parse(self.connection.get(address, query))

        return _tried(read, ask)

    def _metadata(self) -> Trial:
        """The Metadata API, asked what lies below one workbook or data source."""
        kind = next((one for one in (Kind.WORKBOOK, Kind.DATASOURCE) if self._first.get(one, ("", ""))[0]), None)
        if kind is None:
            return Trial(Read.COLUMNS, None, _NOTHING_TO_TRY)
        luid, name = self._first[kind]
        trouble: list[object] = []

        def ask(text: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
            try:
                answer = self.connection.query(text, variables)
            except ReadFailedError as error:
                trouble.append(error)
                raise MetadataUnavailable(error.reason, error.remedy) from None
            trouble.extend(answer.get("errors") or ())
            return answer

        found = read_columns(ask, {Ref(kind, luid): name}, page=1)
        # What is doubtful about this one object says nothing about the API; what the API complains about does.
        if trouble and found.misses:
            return Trial(Read.COLUMNS, False, found.misses[0].reason, found.misses[0].remedy)
        return Trial(Read.COLUMNS, True)

    def _guest(self) -> bool | None:
        """Is Guest in the list of users? A server that does not filter by role answers with somebody else."""
        query: dict[str, str | int] = {"filter": "siteRole:eq:Guest", "pageSize": 1}
        try:
            root = self.connection.get(self.connection.of_site("users"), query)
            roles = [one.get("siteRole") for one in _held(root, "users")]
        except ReadFailedError:
            return None
        return roles[0] == "Guest" or None if roles else False


def _held(root: Any, wrapper: str) -> list[Any]:
    found = child(root, wrapper)
    if found is None:
        raise ReadFailedError(f"the answer holds no <{wrapper}>", "Check what answers at this address.")
    return list(found)


def _tried(read: Read, ask: Callable[[], int | None]) -> Trial:
    try:
        return Trial(read, True, total=ask())
    except ReadFailedError as error:
        return Trial(read, False, error.reason, error.remedy)
    except MalformedError as error:
        return Trial(read, False, str(error), "Please report this answer with the server's version.")


@contextmanager
def visit(settings: TableauSettings, clock: Clock) -> Iterator[Visit]:
    """Go to a site. Does not raise where it cannot be reached or refuses the sign-in: `Visit.failure` says so."""
    started = clock()
    dates = _Dates(clock)
    transport = Transport(
        settings, server=settings.server, recorder=dates, per_hour=budget_of(settings, settings.server)
    )
    connection = Connection(settings.server, settings, transport)
    failure: SourceError | None = None
    try:
        connection.open()
    except SourceError as error:
        failure = error
    try:
        yield Visit(settings, connection, clock, started, failure, dates)
    finally:
        if failure is None:
            connection.close()
