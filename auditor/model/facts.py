"""Frozen facts about a BI site, in words that fit any vendor. Nothing here judges or resolves.

An attribute that the server left out is None, which means "not known", never "no".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from auditor.model.vocabulary import Kind


class Ref(NamedTuple):
    """Names one object of a site: its kind and the server's id (a LUID for Tableau)."""

    kind: Kind
    id: str


class Mode(StrEnum):
    """What a permission rule says. "Unspecified" is the absence of a rule."""

    ALLOW = "Allow"
    DENY = "Deny"


class GranteeKind(StrEnum):
    """Whom a permission rule is about."""

    USER = "user"
    GROUP = "group"
    GROUP_SET = "group_set"
    OTHER = "other"  # an element we do not know; carried so that its rules are not lost


@dataclass(frozen=True, slots=True, order=True)
class Grantee:
    """The holder of a rule. `word` is the server's element name where the kind is OTHER."""

    kind: GranteeKind
    id: str
    word: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """One explicit permission rule: grantee, the server's capability name, Allow or Deny."""

    grantee: Grantee
    capability: str
    mode: Mode


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All explicit rules of one object or of one project template, sorted; equal sets compare and hash equal."""

    rules: tuple[Rule, ...] = ()

    @staticmethod
    def of(rules: list[Rule] | tuple[Rule, ...] | set[Rule]) -> RuleSet:
        """A rule set in canonical order, duplicates removed (an Allow and a Deny of one capability both stay)."""
        return RuleSet(tuple(sorted(set(rules))))


class Lock(StrEnum):
    """Who sets the permissions of a project's content (Tableau: contentPermissions)."""

    CUSTOMIZABLE = "customizable"  # ManagedByOwner
    LOCKED = "locked"  # LockedToProject: this project and all nested ones
    LOCKED_WITHOUT_NESTED = "locked_without_nested"  # LockedToProjectWithoutNested
    UNKNOWN = "unknown"  # the server left it out, or said a word that we do not know


@dataclass(frozen=True, slots=True)
class Project:
    """A container of content. `parent_id` None is a top-level project; a parent that is not in the snapshot stays named."""

    id: str
    name: str
    parent_id: str | None = None
    owner_id: str | None = None
    lock: Lock = Lock.UNKNOWN
    controlling_id: str | None = None  # controllingPermissionsProjectId as the server said it
    description: str | None = None
    created_at: str | None = None
    updated_at: str | None = None

    @property
    def kind(self) -> Kind:
        """Always `Kind.PROJECT`."""
        return Kind.PROJECT

    @property
    def ref(self) -> Ref:
        """The project's reference."""
        return Ref(Kind.PROJECT, self.id)


@dataclass(frozen=True, slots=True)
class Content:
    """A workbook, view, data source, flow, … `parent_id` is the workbook of a view or the database of a table.

    `project_id` None with `personal_space` True is content of somebody's personal space; None with `personal_space`
    None was not told. A view carries its workbook's project where the server said it.
    """

    kind: Kind
    id: str
    name: str
    project_id: str | None = None
    owner_id: str | None = None
    parent_id: str | None = None
    personal_space: bool | None = None
    tabs_shown: bool | None = None  # workbooks: showTabs
    hidden: bool | None = None  # views
    certified: bool | None = None
    has_extracts: bool | None = None
    tags: tuple[str, ...] = ()
    content_url: str | None = None
    web_url: str | None = None
    sheet_type: str | None = None
    description: str | None = None
    type: str | None = None  # data sources: the connection class the server names
    created_at: str | None = None
    updated_at: str | None = None
    last_published_at: str | None = None
    use_remote_query_agent: bool | None = None
    views_total: int | None = None

    @property
    def ref(self) -> Ref:
        """The item's reference."""
        return Ref(self.kind, self.id)


Subject = Project | Content


@dataclass(frozen=True, slots=True)
class User:
    """An account. `site_role` is the server's word, kept even when we do not know it."""

    id: str
    name: str
    site_role: str
    full_name: str | None = None
    email: str | None = None
    domain: str | None = None
    last_login: str | None = None
    auth_setting: str | None = None

    @property
    def is_guest(self) -> bool:
        """Is this the account that stands for visitors who did not sign in? (tableau-access.md, 4.2)."""
        return self.site_role == "Guest"


@dataclass(frozen=True, slots=True)
class Group:
    """A group. `is_everyone` marks the built-in group of all accounts (Tableau: All Users)."""

    id: str
    name: str
    domain: str | None = None
    is_everyone: bool = False
    minimum_site_role: str | None = None
    user_count: int | None = None
    on_demand_access: bool | None = None  # ephemeralUsersEnabled / externalUserEnabled


@dataclass(frozen=True, slots=True)
class GroupSet:
    """A group set; its members are those who are in all of its groups. `group_ids` None: not read."""

    id: str
    name: str
    group_ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """One data connection of a workbook or data source. `datasource_id` names a published source that it goes through."""

    id: str
    type: str | None = None
    server: str | None = None
    user_name: str | None = None
    embeds_password: bool | None = None
    datasource_id: str | None = None
    datasource_name: str | None = None


@dataclass(frozen=True, slots=True)
class ConnectedApp:
    """A connected app (embedding by token). `project_ids` None: not told; empty: the whole site."""

    id: str
    name: str
    enabled: bool | None = None
    project_ids: tuple[str, ...] | None = None
    domain_safelist: str | None = None
    unrestricted_embedding: bool | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """As whom the reader was signed in. `role` is the server's word; `is_admin` None where it could not be told."""

    id: str = ""
    name: str = ""
    role: str = ""
    is_admin: bool | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the facts come from. Times are UTC; `requests` counts the conversation's requests."""

    platform: str = "tableau"
    server: str = ""
    site_id: str = ""
    site_name: str = ""
    site_content_url: str = ""
    signed_in_as: Identity = Identity()
    product_version: str = ""
    api_version: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    requests: int = 0
    tool_version: str = ""
    is_cloud: bool | None = None  # Tableau Cloud has no guest (tableau-access.md, 4.1)
    notes: tuple[str, ...] = ()  # what readers of the report should know: shortcuts, samples, stand-ins
