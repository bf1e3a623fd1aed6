"""The register of what is meant to be public (placeholder until its own step)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Register:
    """Entries of the register."""


def register_of(data: object, where: str) -> Register:
    """A register from plain data."""
    del data, where
    return Register()
