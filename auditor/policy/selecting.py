"""Which subjects a rule is about. All given keys must match; `exclude` has the same keys and takes away again.

Selection works on facts alone. Where a fact that decides was not read the answer is None, which is neither yes nor no.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pydantic import Field

from auditor.model.facts import Project, Subject
from auditor.model.paths import UNREADABLE, project_parts
from auditor.model.snapshot import Snapshot
from auditor.model.vocabulary import Kind
from auditor.policy.globs import name_matches, path_matches
from auditor.policy.names import Kinds, Names, Strictly, Switch

#: Kinds that can be certified; for the others the question does not arise and the answer is no.
_CERTIFIABLE = frozenset({Kind.DATASOURCE, Kind.DATABASE, Kind.TABLE, Kind.VIRTUAL_CONNECTION, Kind.DATA_ROLE})


class Selection(Strictly):
    """Keys that select subjects. An absent key selects all."""

    kinds: Kinds | None = Field(default=None, min_length=1, description="Kinds of content, or project.")
    projects: Names | None = Field(
        default=None, description='Globs over the project path: "Public/**" is Public and all projects nested in it.'
    )
    names: Names | None = Field(default=None, description="Globs over the name.")
    tags: Names | None = Field(default=None, description="Tags, any of them, as written.")
    owners: Names | None = Field(default=None, description="User names, e-mail addresses or ids of owners.")
    certified: Switch | None = Field(
        default=None, description="Certified data sources, tables and the like, or not certified ones."
    )
    sites: Names | None = Field(default=None, description="Names or content URLs of sites, as written.")


class Select(Selection):
    """A selection and what it leaves out."""

    exclude: Selection | None = Field(default=None, description="What is left out; all given keys must match here too.")


EVERYTHING = Select()


def matches(select: Select, snapshot: Snapshot, subject: Subject) -> bool:
    """Is the subject certainly selected?"""
    return selected(select, snapshot, subject) is True


def selected(select: Select, snapshot: Snapshot, subject: Subject) -> bool | None:
    """Is the subject selected? None where a fact that decides was not read."""
    return Chooser(select, snapshot).selected(subject)


@dataclass(slots=True)
class Chooser:
    """A selection asked of many subjects of one snapshot: what hangs on the project alone is worked out once for each."""

    select: Select
    snapshot: Snapshot
    _projects: dict[tuple[bool, str | None], bool | None] = field(default_factory=dict)

    def selected(self, subject: Subject) -> bool | None:
        """Is the subject selected? None where a fact that decides was not read."""
        chosen = self._all_keys(self.select, subject)
        if chosen is False or self.select.exclude is None:
            return chosen
        left_out = self._all_keys(self.select.exclude, subject)
        if left_out is True:
            return False
        return None if chosen is None or left_out is None else True

    def _all_keys(self, selection: Selection, subject: Subject) -> bool | None:
        if selection.kinds is not None and subject.kind not in selection.kinds:
            return False
        answers: list[bool | None] = []
        if selection.sites is not None:
            answers.append(_of_site(selection.sites, self.snapshot))
        if selection.names is not None:
            answers.append(any(name_matches(glob, subject.name) for glob in selection.names))
        if selection.tags is not None:
            answers.append(not set(selection.tags).isdisjoint(() if isinstance(subject, Project) else subject.tags))
        if selection.certified is not None:
            answers.append(_is_certified(subject, wanted=selection.certified))
        if selection.owners is not None:
            answers.append(_is_owned(selection.owners, self.snapshot, subject))
        if False not in answers and selection.projects is not None:
            answers.append(self._in_projects(selection.projects, subject, of_exclude=selection is self.select.exclude))
        if False in answers:
            return False
        return None if None in answers else True

    def _in_projects(self, globs: Iterable[str], subject: Subject, *, of_exclude: bool) -> bool | None:
        project_id = subject.id if isinstance(subject, Project) else self.snapshot.project_of(subject)
        if project_id is None:
            return in_projects(globs, self.snapshot, subject)
        key = (of_exclude, project_id)
        if key not in self._projects:
            self._projects[key] = in_projects(globs, self.snapshot, subject)
        return self._projects[key]


def site_selected(select: Select, snapshot: Snapshot) -> bool:
    """Is the site itself selected? Only the key `sites` speaks about it."""
    if select.sites is not None and not _of_site(select.sites, snapshot):
        return False
    excluded = select.exclude.sites if select.exclude is not None else None
    return excluded is None or not _of_site(excluded, snapshot)


def in_projects(globs: Iterable[str], snapshot: Snapshot, subject: Subject) -> bool | None:
    """Is the subject in (or is it) a project that fits one of the globs? Content of personal spaces is in none."""
    if isinstance(subject, Project):
        project_id: str | None = subject.id
    else:
        project_id = snapshot.project_of(subject)
        if project_id is None and _in_personal_space(snapshot, subject):
            return False
    parts = project_parts(snapshot, project_id) if project_id is not None else (UNREADABLE,)
    answers = {path_matches(glob, parts) for glob in globs}
    if True in answers:
        return True
    return None if None in answers else False


def _in_personal_space(snapshot: Snapshot, subject: Subject) -> bool:
    if isinstance(subject, Project):
        return False
    parent = snapshot.parent_of(subject)
    return bool(subject.personal_space or (parent is not None and parent.personal_space))


def _of_site(names: Iterable[str], snapshot: Snapshot) -> bool:
    where = snapshot.provenance
    return not {name.casefold() for name in names}.isdisjoint(
        {where.site_name.casefold(), where.site_content_url.casefold(), where.site_id.casefold()} - {""}
    )


def _is_certified(subject: Subject, *, wanted: bool) -> bool | None:
    if isinstance(subject, Project) or subject.kind not in _CERTIFIABLE:
        return not wanted
    return None if subject.certified is None else subject.certified is wanted


def _is_owned(owners: Iterable[str], snapshot: Snapshot, subject: Subject) -> bool | None:
    owner_id = subject.owner_id
    if owner_id is None and not isinstance(subject, Project) and (parent := snapshot.parent_of(subject)) is not None:
        owner_id = parent.owner_id
    if owner_id is None:
        return None
    user = snapshot.users.get(owner_id)
    names = {owner_id} if user is None else {owner_id, user.name, user.email or user.name}
    if {name.casefold() for name in owners}.isdisjoint({name.casefold() for name in names}):
        return None if user is None else False
    return True
