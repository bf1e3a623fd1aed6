"""Whom a rule speaks of. `anonymous` and `everyone` are built in; others are defined in a policy.

A definition is one part or a list of parts; the audience is all of them together. In one part several keys narrow each
other: `{email_domain: [partner.example], site_role: [Viewer]}` are the partner's Viewers. A part with `group` speaks of
what membership of the group confers, whoever is in it; the other keys speak of the accounts that there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from auditor.policy.names import Names, Strictly

ANONYMOUS = "anonymous"
EVERYONE = "everyone"


class Tier(StrEnum):
    """How wide an audience is (reference/incident-standards-rules.md, section 4, "Exposure tiers")."""

    PUBLIC = "public"
    SITE_WIDE = "site_wide"
    GROUP = "group"


class AudiencePart(Strictly):
    """One part of an audience."""

    group: Names | None = Field(default=None, min_length=1, description="Groups: what membership confers.")
    user: Names | None = Field(default=None, description="Accounts by user name, e-mail address or id.")
    email_domain: Names | None = Field(
        default=None, min_length=1, description='Accounts by e-mail domain; "*.example.org" for those below it.'
    )
    site_role: Names | None = Field(default=None, min_length=1, description="Accounts by site role.")
    members_of: Names | None = Field(
        default=None, min_length=1, description="The accounts that are in one of these groups."
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        given = self.model_fields_set
        if not given:
            raise PydanticCustomError("empty_audience", "this part of an audience names nobody")
        if "group" in given and len(given) > 1:
            raise PydanticCustomError(
                "mixed_audience",
                "'group' cannot be narrowed by other keys; use 'members_of' for the accounts in a group, or two parts",
            )
        return self


@dataclass(frozen=True, slots=True)
class Audience:
    """A named audience; the built-in ones have no parts."""

    name: str
    parts: tuple[AudiencePart, ...] = ()

    @property
    def tier(self) -> Tier:
        """Public for visitors without an account, site-wide for everyone signed in, else group."""
        return {ANONYMOUS: Tier.PUBLIC, EVERYONE: Tier.SITE_WIDE}.get(self.name, Tier.GROUP)


BUILT_IN: dict[str, Audience] = {name: Audience(name) for name in (ANONYMOUS, EVERYONE)}
