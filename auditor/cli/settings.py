"""The settings file: receivers to notify, by name. YAML, checked, with the place of every fault."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from auditor.policy.marked_yaml import parse, read_text
from auditor.policy.problems import validate


class Receiver(BaseModel):
    """Where the address of a receiver stands; never the address itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url_env: str | None = Field(None, description="The environment variable that holds the Apprise URL.")
    url_file: str | None = Field(None, description="The file that holds it.")


class SettingsFile(BaseModel):
    """`version: 1` and the receivers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = Field(ge=1, le=1)
    notify: dict[str, Receiver] = Field(default_factory=dict)


def load_receivers(path: str | None) -> Mapping[str, Mapping[str, str]]:
    """The section `notify` of a settings file; empty without a file. Raises InvalidFileError."""
    if not path:
        return {}
    found = validate(SettingsFile, parse(read_text(Path(path)), path))
    return {name: receiver.model_dump(exclude_none=True) for name, receiver in found.notify.items()}
