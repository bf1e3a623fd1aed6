"""Policies: files that an administrator owns, loaded with the place of every word, and what they select."""

from auditor.policy.audiences import ANONYMOUS, EVERYONE, Audience, AudiencePart, Tier
from auditor.policy.json_schemas import schemas
from auditor.policy.loading import load, load_text, planned_rules
from auditor.policy.places import pack_names, shipped_policies
from auditor.policy.rules import Policy, PolicyRule, select_rules
from auditor.policy.schema import PlannedRule, Requirement
from auditor.policy.selecting import Chooser, Select, Selection, matches, selected, site_selected

__all__ = [
    "ANONYMOUS",
    "EVERYONE",
    "Audience",
    "AudiencePart",
    "Chooser",
    "PlannedRule",
    "Policy",
    "PolicyRule",
    "Requirement",
    "Select",
    "Selection",
    "Tier",
    "load",
    "load_text",
    "matches",
    "pack_names",
    "planned_rules",
    "schemas",
    "select_rules",
    "selected",
    "shipped_policies",
    "site_selected",
]
