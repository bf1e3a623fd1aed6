"""The policy file as pydantic sees it, after `{parameter: NAME}` has been filled in."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from auditor.findings import Severity
from auditor.policy.audiences import BUILT_IN, AudiencePart, Tier
from auditor.policy.names import Capabilities, Name, Names, Number, ReadName, Strictly, Text, unknown_name
from auditor.policy.requirements import (
    AllowOnly,
    Apps,
    Coverage,
    Expectations,
    Forbid,
    Governance,
    Mixing,
    Settings,
    ViewRules,
)
from auditor.policy.requirements_data import (
    Columns,
    Connections,
    DataSources,
    Expression,
    InRegister,
    Leak,
    short_expression,
)
from auditor.policy.selecting import EVERYTHING, Select

CURRENT_EDITION = "2026.1"

RuleId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,79}$")]
Edition = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}\.[0-9]{1,3}$")]

Requirement = (
    Forbid
    | AllowOnly
    | Settings
    | Governance
    | ViewRules
    | Mixing
    | Coverage
    | Apps
    | Columns
    | DataSources
    | Leak
    | Connections
    | InRegister
    | Expression
)


def _severity(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value.casefold() not in set(Severity):
        raise unknown_name("severity", value, [str(one) for one in Severity])
    return value.casefold()


SeverityName = Annotated[Severity, BeforeValidator(_severity)]


def _tiers(table: dict[str, Severity]) -> dict[str, Severity]:
    for name in table:
        if name not in set(Tier):
            raise unknown_name("tier", name, [str(tier) for tier in Tier])
    return table


class Reach(Strictly):
    """Only subjects that an audience reaches."""

    audience: Names = Field(min_length=1)
    capabilities: Capabilities = Field(default=("view",), min_length=1)


def _short_reach(value: object) -> object:
    return {"audience": value} if isinstance(value, str) else value


class RuleModel(Strictly):
    """One rule. Exactly one of the requirement keys is given."""

    id: RuleId
    title: Text
    severity: SeverityName
    severity_by_tier: Annotated[dict[str, SeverityName], AfterValidator(_tiers)] = Field(
        default_factory=dict, description="Another severity for a tier of audience: public, site_wide, group."
    )
    status: Literal["stable", "preview"] = "stable"
    exposure: Literal["live", "any"] = Field(
        default="live", description='"any": what only a switch holds back fails too.'
    )
    edition: Edition | None = Field(default=None, description="The rule-set edition that brought the rule.")
    select: Select = EVERYTHING
    when: Expectations = Field(default_factory=dict, description="Only where these site settings hold.")
    reachable_by: Annotated[Reach, BeforeValidator(_short_reach)] | None = Field(
        default=None, description="Only subjects that this audience reaches; a name, or audience and capabilities."
    )
    needs: tuple[ReadName, ...] = Field(default=(), description="Reads beyond those that the requirement itself needs.")
    rationale: Text | None = None
    remediation: Text | None = None
    references: tuple[Text, ...] = ()

    forbid: Forbid | None = None
    allow_only: AllowOnly | None = None
    settings: Settings | None = None
    governance: Governance | None = None
    view_rules: ViewRules | None = None
    mixing: Mixing | None = None
    coverage: Coverage | None = None
    apps: Apps | None = None
    columns: Columns | None = None
    data_sources: DataSources | None = None
    leak: Leak | None = None
    connections: Connections | None = None
    register_: InRegister | None = Field(default=None, alias="register")
    expression: Annotated[Expression, BeforeValidator(short_expression)] | None = None

    @model_validator(mode="after")
    def _one_requirement(self) -> Self:
        given = [key for key in REQUIREMENT_KEYS if _value(self, key) is not None]
        if len(given) != 1:
            found = f"has {' and '.join(given)}" if given else "has none"
            raise PydanticCustomError(
                "one_requirement",
                "{text}",
                {"text": f"a rule states exactly one requirement ({', '.join(REQUIREMENT_KEYS)}); this one {found}"},
            )
        return self

    @property
    def requirement(self) -> Requirement:
        """The one requirement."""
        return next(value for key in REQUIREMENT_KEYS if (value := _value(self, key)) is not None)

    @property
    def requirement_key(self) -> str:
        """The key of the one requirement."""
        return next(key for key in REQUIREMENT_KEYS if _value(self, key) is not None)


REQUIREMENT_KEYS: tuple[str, ...] = (
    "forbid", "allow_only", "settings", "governance", "view_rules", "mixing", "coverage", "apps", "columns",
    "data_sources", "leak", "connections", "register", "expression",
)  # fmt: skip


def _value(rule: RuleModel, key: str) -> Requirement | None:
    value: Requirement | None = getattr(rule, "register_" if key == "register" else key)
    return value


class Disabled(Strictly):
    """A rule that is switched off, and why."""

    id: RuleId
    reason: Text


class Override(Strictly):
    """What is changed about a rule of a pack. A requirement key is laid over the pack's, key by key."""

    title: Text | None = None
    severity: SeverityName | None = None
    severity_by_tier: dict[str, SeverityName] | None = None
    status: Literal["stable", "preview"] | None = None
    exposure: Literal["live", "any"] | None = None
    select: Select | None = None
    when: Expectations | None = None
    reachable_by: Annotated[Reach, BeforeValidator(_short_reach)] | None = None
    rationale: Text | None = None
    remediation: Text | None = None
    references: tuple[Text, ...] | None = None

    forbid: dict[str, object] | None = None
    allow_only: dict[str, object] | None = None
    settings: dict[str, object] | None = None
    governance: dict[str, object] | None = None
    view_rules: dict[str, object] | None = None
    mixing: dict[str, object] | None = None
    coverage: dict[str, object] | None = None
    apps: dict[str, object] | None = None
    columns: dict[str, object] | None = None
    data_sources: dict[str, object] | None = None
    leak: dict[str, object] | None = None
    connections: dict[str, object] | None = None
    register_: dict[str, object] | None = Field(default=None, alias="register")
    expression: dict[str, object] | str | None = None


def _audience_names(table: dict[str, object]) -> dict[str, object]:
    for name in table:
        if name in BUILT_IN:
            raise PydanticCustomError(
                "built_in", "{text}", {"text": f"the audience '{name}' is built in and cannot be defined"}
            )
    return table


def _parts(value: object) -> object:
    return [value] if isinstance(value, dict) else value


AudienceDefinition = Annotated[tuple[AudiencePart, ...], BeforeValidator(_parts), Field(min_length=1)]


class PolicyFile(Strictly):
    """A policy file, version 1."""

    version: Literal[1] = Field(description="The version of the format: 1.")
    name: Name | None = Field(default=None, description="What reports call the policy; default: the file's name.")
    description: Text | None = Field(default=None, description="What the policy is for.")
    edition: Edition | None = Field(default=None, description="Rules of a later edition are only previews.")
    extends: tuple[Name, ...] = Field(default=(), description="Shipped packs by name, or files by relative path.")
    parameters: dict[str, Number | Name | tuple[Name, ...]] = Field(
        default_factory=dict,
        description="Values that rules share, by name; `auditor policy parameters` lists them. "
        '{parameter: NAME} stands for one, and in a list "${NAME}" for its items.',
    )
    audiences: Annotated[dict[str, AudienceDefinition], AfterValidator(_audience_names)] = Field(
        default_factory=dict,
        description='Whom your rules speak of, by a name of your choice; "anonymous" (no account) and "everyone" (any '
        "account) are built in. In one part several keys narrow each other; a list of parts is all of them together.",
    )
    rules: tuple[RuleModel, ...] = Field(
        default=(),
        min_length=1,
        description="Your own rules. Each has an id, a title, a severity and exactly one requirement (forbid, "
        "allow_only, settings, …); `select` says what it is about.",
    )
    overrides: dict[str, Override] = Field(
        default_factory=dict,
        description="What is changed about rules of the extended packs, by rule id. A requirement is laid over the "
        "pack's, key by key.",
    )
    disable: tuple[Disabled, ...] = Field(
        default=(), description='Rules that are switched off: {id: SITE-05, reason: "why"}. Reports tell them.'
    )

    @model_validator(mode="after")
    def _has_rules(self) -> Self:
        if not self.rules and not self.extends:
            raise PydanticCustomError("no_rules", "a policy without rules judges nothing; give 'rules' or 'extends'")
        return self


class PlannedRule(Strictly):
    """A rule of the catalogue whose reads do not exist yet. It is listed and never run."""

    id: RuleId
    title: Text
    severity: SeverityName
    needs: tuple[ReadName | Name, ...]
    why: Text
    references: tuple[Text, ...] = ()


class PlannedFile(Strictly):
    """The list of planned rules."""

    version: Literal[1]
    planned: tuple[PlannedRule, ...]
