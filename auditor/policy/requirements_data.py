"""What a rule can require of the data below the charts, of connections and of the register, and free expressions."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from auditor.model.vocabulary import OUTCOMES, all_capability_names, native_names
from auditor.policy.cel import check
from auditor.policy.cel_tokens import ExpressionError
from auditor.policy.names import Capabilities, Name, Names, Number, Strictly, Switch, Text, unknown_name

#: The classes of design/contract.md, "Column classes".
COLUMN_CLASSES: tuple[str, ...] = (
    "person_name", "date_of_birth", "street_address", "phone", "email", "national_id", "driver_licence", "passport",
    "vehicle", "payment_card", "bank_account", "ip_address", "device_id", "geo_point", "postal_code", "age", "sex",
    "ethnicity", "marital_status", "religion", "health", "criminal_record", "firearm", "biometric", "username",
    "free_text", "record_id", "small_count",
)  # fmt: skip

#: Classes that point at one person by themselves.
DIRECT_CLASSES: tuple[str, ...] = (
    "person_name", "date_of_birth", "street_address", "phone", "email", "national_id", "driver_licence", "passport",
    "vehicle", "payment_card", "bank_account", "biometric", "username",
)  # fmt: skip
#: Special categories: no disclosure without a person beside them, and what makes one grave.
SPECIAL_CLASSES: tuple[str, ...] = (
    "health", "criminal_record", "firearm", "religion", "ethnicity", "marital_status",
)  # fmt: skip


def _column_class(name: str) -> str:
    if name not in COLUMN_CLASSES:
        raise unknown_name("column class", name, COLUMN_CLASSES)
    return name


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


ColumnClasses = Annotated[tuple[Annotated[Name, AfterValidator(_column_class)], ...], BeforeValidator(_as_list)]
Confidence = Annotated[float, Field(ge=0, le=1)]


class Columns(Strictly):
    """No column below a workbook or data source may have all of the given marks."""

    classes: ColumnClasses = Field(default=(), description="Classes of personal data; none given: any column.")
    min_confidence: Confidence = 0.5
    evidence: Names = Field(default=(), description='"name", "values": what the class must rest on.')
    used: Switch | None = None
    hidden: Switch | None = None
    in_extract: Switch | None = None
    used_in_hidden_only: Switch | None = None
    shelves: Names = Field(default=(), description="Shelves that the column stands on, in Tableau's words.")
    labels: Names = Field(default=(), description="Globs over data quality warnings and sensitivity labels.")


class DataSources(Strictly):
    """No data source below a workbook (or published) may have all of the given marks."""

    row_level: Switch | None = None
    live: Switch | None = None
    user_filter: Switch | None = None
    used: Switch | None = None
    published: Switch | None = None
    embeds_password: Switch | None = None
    shared_with_internal: Switch | None = Field(
        default=None, description="Also used by content outside the public projects."
    )
    public_projects: Names = ()
    smallest_group_below: Number | None = Field(default=None, ge=1)
    small_cells: Switch | None = None
    packed_files: Switch | None = None
    secret_in_file: Switch | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set - {"public_projects"}:
            raise PydanticCustomError("empty", "this says nothing about the data source")
        return self


class Leak(Strictly):
    """The audience can take rows or the file, and what lies below is personal or one row a person."""

    audience: Names = ("anonymous",)
    capabilities: Capabilities = ("takes_rows", "takes_file")
    classes: ColumnClasses = DIRECT_CLASSES
    min_confidence: Confidence = 0.5
    row_level: Switch = True


class Connections(Strictly):
    """With which accounts content reaches its data."""

    personal_account: Switch | None = Field(
        default=None, description="False: the account of a person on this site fails."
    )
    allowed_accounts: Names | None = Field(default=None, description="No other account may be embedded.")
    live_with_password: Switch | None = Field(
        default=None, description="False: a live connection with an embedded password fails."
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise PydanticCustomError(
                "one_of", "give exactly one of 'personal_account', 'allowed_accounts', 'live_with_password'"
            )
        return self


class RegisterCheck(StrEnum):
    """What is asked of the register about public content."""

    REGISTERED = "registered"
    APPROVED = "approved"
    INDEPENDENT = "independent"
    UNCHANGED = "unchanged"
    COLUMNS = "columns"
    REVIEW = "review"
    NOT_ON_HOLD = "not_on_hold"
    SIBLINGS = "siblings"
    DECLARED = "declared"


class InRegister(Strictly):
    """What the register of public content says about the subject."""

    check: RegisterCheck
    audience: Names = ("anonymous",)
    review_interval_days: Number = Field(default=90, ge=1)


class Expression(Strictly):
    """A CEL expression over the documented facts of the subject (`auditor.policy.cel.FACTS`); it must be true.

    `holds("anonymous", "download_file")` asks whether an audience holds a capability on the subject.
    """

    require: Text
    message: Text | None = Field(
        default=None, description="What a finding says; the expression itself where it is not given."
    )

    @model_validator(mode="after")
    def _types(self) -> Self:
        try:
            typed = check(self.require)
            _compile(self.require)
        except ExpressionError as error:
            raise PydanticCustomError(
                "expression", "{text}", {"text": f"the expression is not right: {error}"}
            ) from error
        for name in typed.capabilities:
            if not native_names(name) and name not in OUTCOMES:
                raise unknown_name("capability", name, (*all_capability_names(), *OUTCOMES))
        return self

    @property
    def audience(self) -> tuple[str, ...]:
        """The audiences that `holds` asks about."""
        return check(self.require).audiences


def _compile(source: str) -> None:
    """The evaluator must take it as well; it is loaded only where a policy has an expression."""
    import cel

    try:
        cel.compile(source)
    except ValueError as error:
        raise ExpressionError(str(error).splitlines()[0], 1) from error


def short_expression(value: object) -> object:
    """An expression alone, without a message."""
    return {"require": value} if isinstance(value, str) else value
