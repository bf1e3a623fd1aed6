"""The check kinds: for each kind of requirement its judge and the reads that it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from auditor.checks import (
    access,
    columns,
    connections,
    coverage,
    datasources,
    expression,
    governance,
    leak,
    register,
    settings,
    site,
    views,
)
from auditor.checks.context import Context
from auditor.findings import Judgement
from auditor.model import Read
from auditor.policy import PolicyRule
from auditor.policy.requirements import AllowOnly, Apps, Coverage, Forbid, Governance, Mixing, Settings, ViewRules
from auditor.policy.requirements_data import Columns, Connections, DataSources, Expression, InRegister, Leak

Judge = Callable[[PolicyRule, Context], Iterator[Judgement]]
Reads = Callable[[PolicyRule], frozenset[Read]]


@dataclass(frozen=True, slots=True)
class CheckKind:
    """`reads`: what the source must be asked for."""

    judge: Judge
    reads: Reads


REGISTRY: Mapping[type, CheckKind] = MappingProxyType(
    {
        Forbid: CheckKind(access.judge_forbid, access.reads_of),
        AllowOnly: CheckKind(access.judge_allow_only, access.reads_of),
        Settings: CheckKind(settings.judge, settings.reads_of),
        Governance: CheckKind(governance.judge, governance.reads_of),
        ViewRules: CheckKind(views.judge, views.reads_of),
        Coverage: CheckKind(coverage.judge, coverage.reads_of),
        Mixing: CheckKind(site.judge_mixing, site.mixing_reads),
        Apps: CheckKind(site.judge_apps, site.apps_reads),
        Columns: CheckKind(columns.judge, columns.reads_of),
        DataSources: CheckKind(datasources.judge, datasources.reads_of),
        Leak: CheckKind(leak.judge, leak.reads_of),
        Connections: CheckKind(connections.judge, connections.reads_of),
        InRegister: CheckKind(register.judge, register.reads_of),
        Expression: CheckKind(expression.judge, expression.reads_of),
    }
)
