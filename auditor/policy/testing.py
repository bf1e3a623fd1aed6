"""Policy tests: a small site in a few lines of YAML, and the verdicts that the policy must give on it.

    version: 1
    policy: anonymous.yaml
    cases:
      - name: a visitor may download full data
        rules: [DOWN-01]
        site:
          projects: {Public: {lock: locked, defaults: {workbook: {allow: {All Users: [view, download_full_data]}}}}}
          workbooks: {Public / Firearms: {views: {Overview: {}}}}
        expect:
          - {rule: DOWN-01, subject: Public}

This module holds the shape of such a file and its loading; `testing_site` makes the snapshot, `auditor.checks.policytest`
runs the cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from auditor.errors import InvalidFileError
from auditor.model.facts import Lock
from auditor.policy import places
from auditor.policy.marked_yaml import Document, parse, read_text
from auditor.policy.names import CapabilityName, KindName, Name, Names, Number, ReadName, Strictly, Switch, Text
from auditor.policy.problems import together, validate
from auditor.policy.requirements_data import ColumnClasses
from auditor.policy.schema import SeverityName
from auditor.policy.testing_grantees import unknown_grantees

Grants = dict[Name, tuple[CapabilityName | Name, ...]]


class RulesBlock(Strictly):
    """Rules by grantee: the name of a group or an account. "All Users" is the group of everybody, "guest" is Guest."""

    allow: Grants = Field(default_factory=dict)
    deny: Grants = Field(default_factory=dict)


class ProjectModel(RulesBlock):
    """A project. `allow` and `deny` are its own rules, `defaults` its templates by kind of content."""

    lock: Lock = Lock.CUSTOMIZABLE
    owner: Name | None = None
    controlling: Name | None = None
    parent_unread: Switch = False
    defaults: dict[KindName, RulesBlock] = Field(default_factory=dict)


class ColumnModel(Strictly):
    """A column below."""

    name: Name
    classes: ColumnClasses = ()
    confidence: float = 0.95
    evidence: Names = ("name",)
    hidden: Switch | None = False
    used: Switch | None = True
    used_in_hidden_only: Switch | None = False
    in_extract: Switch | None = True
    shelves: Names = ()
    labels: Names = ()


class SourceModel(Strictly):
    """A data source below a workbook, or the published one itself."""

    name: Name
    published: Switch | None = False
    published_source: Name | None = Field(
        default=None, description="Path of the published data source that it goes through."
    )
    live: Switch | None = False
    rows: Number | None = None
    row_level: Switch | None = False
    used: Switch | None = True
    user_filter: Switch | None = False
    user: Name | None = None
    secret_in_file: Switch = False
    embeds_password: Switch | None = None
    smallest_group: Number | None = None
    small_cells: Number | None = None
    columns: tuple[ColumnModel, ...] = ()


class ConnectionModel(Strictly):
    """A connection as the server lists it."""

    type: Name = "hyper"
    server: Name | None = None
    user: Name | None = None
    embeds_password: Switch | None = True
    source: Name | None = Field(default=None, description="Path of the published data source.")


class ItemModel(RulesBlock):
    """An item of content; `views` for workbooks."""

    owner: Name | None = None
    tags: Names = ()
    certified: Switch | None = None
    tabs: Switch | None = True
    hidden: Switch | None = False
    extracts: Switch | None = True
    personal_space: Switch = False
    published: Name | None = Field(default=None, description="When it was last published.")
    views: dict[Name, ItemModel] = Field(default_factory=dict)
    connections: tuple[ConnectionModel, ...] = ()
    data: tuple[SourceModel, ...] | None = None
    packed_files: Names = ()
    digest: Name | None = None
    secrets: Names = ()


class AppModel(Strictly):
    """A connected app."""

    name: Name
    enabled: Switch | None = True
    projects: Names | None = ()
    unrestricted: Switch | None = False


def _as_table(value: Any) -> Any:
    return dict.fromkeys(value, ()) if isinstance(value, list) else value


class SiteModel(Strictly):
    """A site. Guest access is on and Web Edit is on unless `settings` say otherwise; a Guest account is always there."""

    name: Name = "Test"
    content_url: str = "test"
    cloud: Switch = False
    settings: dict[Name, bool | int | str | None] = Field(default_factory=dict, description="null: not told.")
    users: dict[Name, Name] = Field(default_factory=dict, description="Name and site role.")
    groups: Annotated[dict[Name, Names], BeforeValidator(_as_table)] = Field(default_factory=dict)
    projects: dict[Name, ProjectModel] = Field(default_factory=dict)
    workbooks: dict[Name, ItemModel] = Field(default_factory=dict)
    datasources: dict[Name, ItemModel] = Field(default_factory=dict)
    flows: dict[Name, ItemModel] = Field(default_factory=dict)
    virtual_connections: dict[Name, ItemModel] = Field(default_factory=dict)
    apps: tuple[AppModel, ...] = ()
    unread: Annotated[dict[ReadName, Names], BeforeValidator(_as_table)] = Field(
        default_factory=dict, description="Reads that failed; with paths, only for these objects."
    )


class Expected(Strictly):
    """A finding that must be there. What is not given is not asked for."""

    rule: Name
    verdict: Literal["fail", "unknown"] = "fail"
    subject: Name | None = Field(default=None, description='A path, or "site".')
    affected: Names = ()
    audience: Name | None = None
    exposure: Literal["live", "dormant", "unknown"] | None = None
    severity: SeverityName | None = None
    capabilities: Names = ()
    columns: Names = ()


class Case(Strictly):
    """One site and what the policy says about it. `rules`: only these are run."""

    name: Text
    rules: Names = ()
    today: date = date(2026, 1, 15)
    parameters: dict[Name, Number | Name | tuple[Name, ...]] = Field(default_factory=dict)
    site: SiteModel = SiteModel()
    register_: dict[str, Any] | None = Field(default=None, alias="register")
    expect: tuple[Expected, ...]


class TestFile(Strictly):
    """A file of policy tests, version 1."""

    __test__ = False

    version: Literal[1]
    policy: Name | None = Field(
        default=None, description="The policy, as a path from this file or a pack's name; default: the file beside."
    )
    cases: tuple[Case, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class LoadedTests:
    """A test file with its marks, and the policy that it tests."""

    document: Document
    file: TestFile
    policy: str

    def where(self, case: int) -> str:
        """`file:line:column` of a case."""
        return self.document.where(("cases", case))


def load_tests(paths: Sequence[str | Path]) -> tuple[LoadedTests, ...]:
    """The test files that paths, folders or pack names lead to: `*.test.yaml`, or those beside a policy file."""
    found: dict[Path, None] = {}
    for path in paths:
        found |= dict.fromkeys(_test_files(str(path)))
    return tuple(_load(path) for path in found)


def _test_files(name: str) -> list[Path]:
    if name in places.pack_names():
        own = sorted((places.shipped_policies() / name).glob("*.test.yaml"))
        return own or [path for base in _extended(places.pack(name)) for path in _test_files(base)]
    path = Path(name)
    if path.is_dir():
        return sorted(path.rglob("*.test.yaml"))
    if not path.exists():
        raise InvalidFileError(f"There is no file or folder '{name}'.", next_step="Check the path.")
    if path.name.endswith((".test.yaml", ".test.yml")):
        return [path]
    beside = path.with_suffix(f".test{path.suffix}")
    return [beside] if beside.exists() else []


def _extended(source: places.Source) -> list[str]:
    """The packs that a profile is made of: a profile without tests of its own is tested by theirs."""
    data = parse(read_text(source.path, shown=source.shown), source.shown).data
    named = data.get("extends") if isinstance(data, dict) else None
    return [name for name in named or () if isinstance(name, str) and places.is_pack(name)]


def _load(path: Path) -> LoadedTests:
    shown = places.shown_name(path)
    document = parse(read_text(path, shown=shown), shown)
    file = validate(TestFile, document)
    unknown = [fault for index, case in enumerate(file.cases) for fault in unknown_grantees(document, index, case.site)]
    if unknown:
        raise together(unknown)
    own = path.with_name(path.name.replace(".test.", "."))
    named = file.policy
    if named is None:
        return LoadedTests(document, file, str(own))
    return LoadedTests(document, file, named if places.is_pack(named) else str(path.parent / named))
