"""The engine's answers beside the server's own: who may view which workbook (issue 3, point 7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.access import Access, Anonymous, Outcome, Principal, UserPrincipal
from auditor.model import Kind, Ref, User, path_of
from auditor.sources.tableau.cross_check import Listed


@dataclass(frozen=True, slots=True)
class Difference:
    """One answer in which the two differ. `fault`: a possible fault of ours; else a fact that we did not read."""

    user: str
    role: str
    workbook: str
    workbook_id: str
    server: bool
    engine: str
    reason: str
    fault: bool

    def to_text(self) -> str:
        """A sentence."""
        says = "lists it" if self.server else "does not list it"
        kind = "a possible fault of ours" if self.fault else "a fact that we did not read"
        return f"'{self.workbook}' for {self.user} ({self.role}): the server {says}, we say {self.engine} ({self.reason}): {kind}"

    def to_dict(self) -> dict[str, Any]:
        """The difference for programs."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """The comparison: so many users and answers; `unknown` answers of ours that are no differences; lists not got."""

    users: int
    answers: int
    unknown: int
    seed: int
    differences: tuple[Difference, ...]
    failures: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The comparison for programs."""
        return {
            "users": self.users,
            "answers": self.answers,
            "unknown": self.unknown,
            "seed": self.seed,
            "differences": [one.to_dict() for one in self.differences],
            "failures": list(self.failures),
        }


def compare(access: Access, users: Sequence[User], listed: Sequence[Listed], *, seed: int) -> CrossCheck:
    """Each user's list against `Read` on every workbook. Guest stands for the visitors without an account."""
    workbooks = [ref for ref in access.snapshot.contents if ref.kind is Kind.WORKBOOK]
    answers = unknown = 0
    differences: list[Difference] = []
    failures: list[str] = []
    for user, answer in zip(users, listed, strict=True):
        if answer.reason:
            failures.append(f"{user.name}: {answer.reason}")
            continue
        principal: Principal = Anonymous() if user.is_guest else UserPrincipal(user.id)
        for ref in workbooks:
            decision = access.can(principal, ref, "Read")
            seen = ref.id in answer.workbooks
            answers += 1
            if decision.outcome is Outcome.UNKNOWN:
                unknown += 1
            elif (decision.outcome is Outcome.ALLOW) != seen:
                differences.append(
                    _difference(access, user, ref, server=seen, engine=str(decision.outcome), reason=decision.reason)
                )
        differences += _not_read(access, user, answer)
    return CrossCheck(len(users), answers, unknown, seed, tuple(differences), tuple(failures))


def _difference(access: Access, user: User, ref: Ref, *, server: bool, engine: str, reason: str) -> Difference:
    path = path_of(access.snapshot, access.snapshot.contents[ref])
    return Difference(user.name, user.site_role, path, ref.id, server, engine, reason, fault=True)


def _not_read(access: Access, user: User, answer: Listed) -> Iterator[Difference]:
    """Workbooks that the server lists for a user and that our own reading of the site did not hold."""
    for luid in sorted(answer.workbooks):
        if Ref(Kind.WORKBOOK, luid) not in access.snapshot.contents:
            yield Difference(user.name, user.site_role, luid, luid, True, "nothing", "unread", fault=False)
