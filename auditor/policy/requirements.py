"""What a rule can require: one model a check kind. `auditor.checks` holds the judge of each.

Access and settings first; what needs columns, connections or the register is in `requirements_data`.
"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from auditor.model.vocabulary import native_names
from auditor.policy.known_settings import KNOWN_SETTINGS
from auditor.policy.names import Capabilities, Kinds, Names, Number, Strictly, Switch, nearest, unknown_name

Audiences = Annotated[Names, Field(min_length=1, description="One audience or several, each judged by itself.")]


class Forbid(Strictly):
    """The audience must hold none of the capabilities."""

    audience: Audiences
    capabilities: Annotated[Capabilities, Field(min_length=1)]


class AllowOnly(Strictly):
    """The audience must hold nothing but the capabilities; ones that we do not know count too."""

    audience: Audiences
    capabilities: Capabilities


class Expectation(Strictly):
    """What a setting must be. All given keys must hold."""

    is_: bool | int | str | None = Field(default=None, alias="is")
    is_not: bool | int | str | None = None
    one_of: tuple[bool | int | str, ...] | None = None
    at_least: Number | None = None
    at_most: Number | None = None
    empty: Switch | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise PydanticCustomError("empty_expectation", "this says nothing about the setting")
        return self


def _expectation(value: Any) -> Any:
    return {"is": value} if isinstance(value, bool | int | str) else value


def _known_setting(table: dict[str, Any]) -> dict[str, Any]:
    for name in table:
        if name not in KNOWN_SETTINGS and nearest(name, KNOWN_SETTINGS, cutoff=0.85) is not None:
            raise unknown_name("site setting", name, KNOWN_SETTINGS)
    return table


#: Settings by the server's own attribute name, and what each must be; a plain value stands for `is`.
Expectations = Annotated[
    dict[str, Annotated[Expectation, BeforeValidator(_expectation)]], AfterValidator(_known_setting)
]


class Settings(Strictly):
    """Switches of the site."""

    expect: Expectations = Field(min_length=1)


class Templates(Strictly):
    """Rules as written in a project's default permissions (templates), and, if asked, on the project itself."""

    audience: Audiences = ("everyone",)
    allow_only: Capabilities | None = Field(default=None, description="Allow for anything else fails.")
    explicit_deny: Capabilities | None = Field(default=None, description="Neither allowed nor denied fails.")
    kinds: Kinds = Field(default=(), description="Templates of these kinds; all that were read where it is not given.")
    on_project: Switch = Field(default=False, description="The project's own rules are judged too.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.allow_only is None) == (self.explicit_deny is None):
            raise PydanticCustomError("one_of", "give either 'allow_only' or 'explicit_deny'")
        return self


class Owners(Strictly):
    """Who owns content, or leads its project."""

    allowed: Names | None = Field(
        default=None, description="User names or e-mail addresses; nobody else may own or lead."
    )
    licensed: Switch = Field(default=True, description="The owner's account must hold a licence.")
    max_days_since_login: Number | None = Field(default=None, ge=1)
    leaders: Switch = Field(default=False, description="Project leaders are judged too.")


class Grants(Strictly):
    """How rules are written on single items."""

    to_users: Switch = Field(default=True, description="False: rules on single people fail.")
    as_project: Switch = Field(default=False, description="True: rules that differ from the project's template fail.")


class Governance(Strictly):
    """How projects and owners are kept. Exactly one key."""

    locked: Switch | None = Field(
        default=None, description="The project's content permissions are locked, by itself or from above."
    )
    templates: Templates | None = None
    owners: Owners | None = None
    grants: Grants | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise PydanticCustomError(
                "one_of", "give exactly one of 'locked', 'templates', 'owners', 'grants'; make a rule for each"
            )
        return self


class ViewRules(Strictly):
    """A view that has rules of its own must not be wider than its workbook for the audience."""

    audience: Audiences = ("anonymous", "everyone")


class Mixing(Strictly):
    """Content for the public and content for the house must not share a site."""

    audience: Audiences = ("anonymous",)
    public_projects: Names = Field(description="Globs over the paths of public projects.")


class Coverage(Strictly):
    """Everything that the audit set out to read must have been read."""

    except_reads: Names = ()


class Apps(Strictly):
    """Connected apps (embedding by token) must be bounded."""

    bound_to_projects: Switch = Field(default=False, description="True: an app for the whole site fails.")
    restricted_embedding: Switch = Field(default=True, description="True: an app that may be embedded anywhere fails.")


def natives_on(names: tuple[str, ...]) -> frozenset[str]:
    """All of the server's names for a list of capability names."""
    return frozenset(native for name in names for native in native_names(name))
