"""What leaves once several rights come together (reference/tableau-access.md, 2.7, 4.4, 4.6, 6.1, 6.2).

A *formula* says what an outcome takes; its leaves are capabilities on objects, and facts about connections. Formulas
are built once for an object and weighed for single principals (`weigh`) or for sets of them (`bulk`).

- sees: Read, and the data under it shows: credentials are embedded or not needed, or the visitor has Connect on the
  published source that asks for them. Guest also needs Read on a published source that holds an extract.
- takes_picture, takes_summary, takes_rows: sees, and ExportImage, ExportData, ViewUnderlyingData.
- takes_file: ExportXml; a view's file is its workbook's. Nothing has to be seen for it.
- queries: Connect or API access. A view's are its workbook's.
- edits: sees, and WebAuthoring, and one's own Connect on every published source below; a flow's WebAuthoringForFlows.
- A data source is seen, and its rows taken, also through any workbook that carries the credentials for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from auditor.model import LIST_READ, Connection, Content, Kind, Read, Ref, Snapshot


@dataclass(frozen=True, slots=True)
class Holds:
    """The principal has a capability on an object."""

    ref: Ref
    capability: str


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is so or not, or not known (`value` None, with the read that would tell)."""

    value: bool | None
    words: str
    read: str = ""


@dataclass(frozen=True, slots=True)
class ByVisitor:
    """One formula for the visitor without an account, another for accounts."""

    guest: Formula
    account: Formula


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part."""

    parts: tuple[Formula, ...]


Formula = Holds | Fact | ByVisitor | AllOf | AnyOf

YES: Final = Fact(value=True, words="")
NEVER: Final = Fact(value=False, words="This kind of object has no such outcome.")

#: The capability that an outcome takes on workbooks and views besides being seen.
_TAKES: Final[dict[str, str]] = {
    "takes_picture": "ExportImage",
    "takes_summary": "ExportData",
    "takes_rows": "ViewUnderlyingData",
}
#: Connection classes that read a file that was published along, or need no sign-in.
NO_SIGN_IN: Final = frozenset(
    {"hyper", "dataengine", "textscan", "textclean", "excel", "excel-direct", "excel-reader", "semistructpassivestore-direct",
     "ogrdirect", "pdf-direct", "google-map", "webdata", "webdata-direct", "stat-direct", "clipboard"}
)  # fmt: skip
PUBLISHED: Final = "sqlproxy"
#: Formulas kept at most; about 1 kB each.
_KEPT: Final = 20_000


@dataclass(frozen=True, slots=True)
class Openings:
    """Which workbooks open which published data source: the workbooks' references, by data source id."""

    by_source: dict[str, tuple[Ref, ...]]
    views_of: dict[str, tuple[Ref, ...]]
    unread: tuple[str, ...]  # reads that could show more openings

    @staticmethod
    def of(snapshot: Snapshot) -> Openings:
        """Look through all connections of all workbooks once."""
        by_source: dict[str, list[Ref]] = {}
        for ref, connections in snapshot.connections.items():
            if ref.kind is Kind.WORKBOOK:
                for source in dict.fromkeys(c.datasource_id for c in connections if c.datasource_id):
                    by_source.setdefault(source, []).append(ref)
        views: dict[str, list[Ref]] = {}
        unread = [str(read) for read in (Read.WORKBOOKS, Read.VIEWS) if not _listed(snapshot, read)]
        for ref, item in snapshot.contents.items():
            if ref.kind is Kind.VIEW and item.parent_id:
                views.setdefault(item.parent_id, []).append(ref)
        if any(ref.kind is Kind.WORKBOOK and not _connections_known(snapshot, ref) for ref in snapshot.contents):
            unread.append(Read.WORKBOOK_CONNECTIONS)
        return Openings(
            {key: tuple(refs) for key, refs in by_source.items()},
            {key: tuple(refs) for key, refs in views.items()},
            tuple(unread),
        )


def _listed(snapshot: Snapshot, read: Read) -> bool:
    """Was the whole list got? A snapshot without any ledger is one made by hand: what it holds is all there is."""
    return snapshot.ledger.is_complete(read) or not snapshot.ledger.lines


def _connections_known(snapshot: Snapshot, workbook: Ref) -> bool:
    connections = snapshot.connections.get(workbook)
    return connections is not None and all(c.datasource_id or not is_published(c) for c in connections)


@dataclass(frozen=True, slots=True)
class Formulas:
    """Makes the formulas of outcomes for the objects of one snapshot."""

    snapshot: Snapshot
    openings: Openings
    _shows: dict[Ref, Formula] = field(default_factory=dict, compare=False, repr=False)

    def of(self, ref: Ref, outcome: str) -> Formula:
        """What an outcome on an object takes."""
        match ref.kind:
            case Kind.WORKBOOK | Kind.VIEW:
                return self._of_sheet(ref, outcome)
            case Kind.DATASOURCE:
                return self._of_source(ref, outcome)
            case Kind.FLOW:
                return {"sees": Holds(ref, "Read"), "takes_file": Holds(ref, "ExportXml"),
                        "edits": Holds(ref, "WebAuthoringForFlows")}.get(outcome, NEVER)  # fmt: skip
            case Kind.VIRTUAL_CONNECTION:
                return {"sees": Holds(ref, "Read"), "queries": Holds(ref, "Connect")}.get(outcome, NEVER)
            case _:
                return Holds(ref, "Read") if outcome == "sees" else NEVER

    def _of_sheet(self, ref: Ref, outcome: str) -> Formula:
        workbook = self.workbook_of(ref)
        match outcome:
            case "sees":
                return AllOf((Holds(ref, "Read"), self._data_shows(workbook)))
            case "takes_file":
                return Holds(workbook, "ExportXml")
            case "queries":
                return AnyOf((Holds(workbook, "Connect"), Holds(workbook, "VizqlDataApiAccess")))
            case "edits":
                seen, web_edit = self._of_sheet(ref, "sees"), Holds(ref, "WebAuthoring")
                return AllOf((web_edit, seen, self._connects_to_all(workbook)))
            case _:
                return AllOf((Holds(ref, _TAKES[outcome]), self._of_sheet(ref, "sees")))

    def _of_source(self, ref: Ref, outcome: str) -> Formula:
        match outcome:
            case "takes_file":
                return Holds(ref, "ExportXml")
            case "queries":
                return AnyOf((Holds(ref, "Connect"), Holds(ref, "VizqlDataApiAccess")))
            case "sees":
                return AnyOf((Holds(ref, "Read"), *self._through_workbooks(ref, outcome)))
            case "takes_rows":
                queries = (Holds(ref, "Connect"), Holds(ref, "VizqlDataApiAccess"), Holds(ref, "ExportXml"))
                return AnyOf((*queries, *self._through_workbooks(ref, outcome)))
            case "takes_picture" | "takes_summary":
                return AnyOf(self._through_workbooks(ref, outcome))
            case _:
                return NEVER

    def _through_workbooks(self, ref: Ref, outcome: str) -> tuple[Formula, ...]:
        ways: list[Formula] = []
        for workbook in self.openings.by_source.get(ref.id, ()):
            sheets = (workbook, *self.openings.views_of.get(workbook.id, ()))
            ways.extend(self._of_sheet(sheet, outcome) for sheet in sheets)
        words = "Which workbooks open this data source was not read in full."
        ways.extend(Fact(None, words, read) for read in self.openings.unread)
        return tuple(ways)

    def workbook_of(self, ref: Ref) -> Ref:
        """The workbook of a view; a workbook itself."""
        if ref.kind is not Kind.VIEW:
            return ref
        item = self.snapshot.contents.get(ref)
        return Ref(Kind.WORKBOOK, (item.parent_id if item else None) or "")

    def _data_shows(self, workbook: Ref) -> Formula:
        """Built once for a workbook, its views and all that asks for what they show."""
        found = self._shows.get(workbook)
        if found is None:
            if len(self._shows) >= _KEPT:
                self._shows.clear()
            found = self._shows[workbook] = self._make_data_shows(workbook)
        return found

    def _make_data_shows(self, workbook: Ref) -> Formula:
        connections = self.snapshot.connections.get(workbook)
        if connections is None:
            return Fact(None, "How the workbook reaches its data was not read.", Read.WORKBOOK_CONNECTIONS)
        item = self.snapshot.contents.get(workbook)
        return AllOf(tuple(self._connection_shows(item, connection) for connection in connections))

    def _connection_shows(self, workbook: Content | None, connection: Connection) -> Formula:
        if is_published(connection):
            return self._published_shows(connection)
        name = connection.type or "a connection"
        if connection.embeds_password or (connection.type or "").lower() in NO_SIGN_IN:
            return Fact(value=True, words=f"The data shows without asking for credentials ({name}).")
        extracts = workbook.has_extracts if workbook is not None else None
        if extracts:
            return Fact(value=True, words=f"The data comes from an extract, which asks for no credentials ({name}).")
        asks = Fact(
            value=False, words=f"The data source asks for credentials ({name}), which this visitor has none of."
        )
        not_told = Fact(None, f"Whether credentials are embedded was not read ({name}).", Read.WORKBOOK_CONNECTIONS)
        known = connection.embeds_password is False and extracts is False
        own = Fact(value=True, words=f"Accounts may have their own credentials for the data ({name}); assumed so.")
        return ByVisitor(asks if known else not_told, own)

    def _published_shows(self, connection: Connection) -> Formula:
        source = self._source(connection)
        guest_reads = self._guest_reads(connection, source)
        name = connection.datasource_name or "the published data source"
        connect: Formula = (
            Holds(source, "Connect")
            if source
            else Fact(None, f"Which data source “{name}” is was not read.", Read.WORKBOOK_CONNECTIONS)
        )
        match connection.embeds_password:
            case True:
                return ByVisitor(guest_reads, Fact(value=True, words=f"The credentials for {name} are embedded."))
            case False:
                return ByVisitor(AllOf((connect, guest_reads)), connect)
            case None:
                embedded = Fact(
                    None, f"Whether the credentials for {name} are embedded was not read.", Read.WORKBOOK_CONNECTIONS
                )
                return ByVisitor(AllOf((AnyOf((embedded, connect)), guest_reads)), AnyOf((embedded, connect)))

    def _guest_reads(self, connection: Connection, source: Ref | None) -> Formula:
        """Guest needs Read on a published source that holds an extract (4.3)."""
        if source is None:
            return Fact(None, "Which published data source it is was not read.", Read.WORKBOOK_CONNECTIONS)
        item = self.snapshot.contents.get(source)
        if item is not None and item.has_extracts is False:
            return Fact(value=True, words=f"{item.name} holds no extract.")
        reads = Holds(source, "Read")
        if item is not None and item.has_extracts:
            return reads
        read = LIST_READ[Kind.DATASOURCE]
        return AnyOf(
            (
                reads,
                Fact(
                    None, f"Whether {connection.datasource_name or 'the source'} holds an extract was not read.", read
                ),
            )
        )

    def _source(self, connection: Connection) -> Ref | None:
        return Ref(Kind.DATASOURCE, connection.datasource_id) if connection.datasource_id else None

    def _connects_to_all(self, workbook: Ref) -> Formula:
        """Editing takes one's own Connect on every published source, embedded credentials or not (2.7)."""
        connections = self.snapshot.connections.get(workbook)
        if connections is None:
            return Fact(None, "How the workbook reaches its data was not read.", Read.WORKBOOK_CONNECTIONS)
        parts: list[Formula] = []
        for connection in connections:
            source = self._source(connection)
            if source is not None:
                parts.append(Holds(source, "Connect"))
            elif is_published(connection):
                parts.append(Fact(None, "Which published data source it is was not read.", Read.WORKBOOK_CONNECTIONS))
        return AllOf(tuple(dict.fromkeys(parts)))


def is_published(connection: Connection) -> bool:
    """Does the connection go through a published data source?"""
    return connection.datasource_id is not None or (connection.type or "").lower() == PUBLISHED
