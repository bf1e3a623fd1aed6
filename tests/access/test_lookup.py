"""What people type to name principals and content."""

from __future__ import annotations

from dataclasses import replace

import pytest

from access.test_explain import VIEW, WORKBOOK, incident
from auditor.access import Access, Anonymous, Everyone, GroupPrincipal, UserPrincipal
from auditor.errors import UsageError
from auditor.model import Kind, Project, Ref, User


@pytest.fixture
def access() -> Access:
    return Access(incident())


@pytest.mark.parametrize(
    ("text", "principal"),
    [
        ("anonymous", Anonymous()),
        ("Guest", Anonymous()),
        ("everyone", Everyone()),
        ("user:Vi Ewer", UserPrincipal("u-2")),
        ("user: vi ewer", UserPrincipal("u-2")),
        ("user:u-2", UserPrincipal("u-2")),
        ("group:Press", GroupPrincipal("g-1")),
        ("GROUP:press", GroupPrincipal("g-1")),
    ],
)
def test_principals(access: Access, text: str, principal: object) -> None:
    assert access.find_principal(text) == principal


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("user:Vi Ever", "Did you mean “user:Vi Ewer”?"),
        ("group:Nobody at all", "There is no group “Nobody at all”"),
        ("Vi Ewer", "names no principal"),
        ("usr:Vi Ewer", 'Write "anonymous"'),
    ],
)
def test_principals_that_are_not_there(access: Access, text: str, says: str) -> None:
    with pytest.raises(UsageError, match=None) as caught:
        access.find_principal(text)
    assert says in str(caught.value)


def test_two_users_of_one_name_need_a_domain() -> None:
    site = incident()
    twins = {"u-7": User("u-7", "Sam", "Viewer", domain="a"), "u-8": User("u-8", "Sam", "Viewer", domain="b")}
    access = Access(replace(site, users={**site.users, **twins}))
    with pytest.raises(UsageError, match="More than one user"):
        access.find_principal("user:Sam")
    assert access.find_principal("user:b\\Sam") == UserPrincipal("u-8")


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("Public / Justice / Firearms", WORKBOOK),
        ("Public/Justice/Firearms", WORKBOOK),
        ("workbook:Public/Justice/Firearms", WORKBOOK),
        ("workbook:w-1", WORKBOOK),
        ("view:v-1", VIEW),
        ("public/justice/firearms/dashboard", VIEW),
        ("project:Public / Justice", Ref(Kind.PROJECT, "p-2")),
        ("Public", Ref(Kind.PROJECT, "p-1")),
    ],
)
def test_content(access: Access, text: str, ref: Ref) -> None:
    assert access.find_content(text) == ref


def test_content_that_is_not_there_or_not_alone() -> None:
    site = incident()
    access = Access(replace(site, projects={**site.projects, "p-9": Project("p-9", "Firearms", "p-2")}))
    with pytest.raises(UsageError, match="more than one object") as caught:
        access.find_content("Public/Justice/Firearms")
    assert "“project:p-9” or “workbook:w-1”" in str(caught.value)
    assert access.find_content("workbook:Public/Justice/Firearms") == WORKBOOK
    with pytest.raises(UsageError, match="Did you mean “Public / Justice / Firearms”"):
        access.find_content("Public/Justice/Fireams")
    with pytest.raises(UsageError, match="no data"):
        access.find_content("datasource:Public/Justice/Firearms")


def test_who_a_principal_is(access: Access) -> None:
    assert access.principal_info(Anonymous()) == ("anonymous", "u-g", "guest")
    assert access.principal_info(Everyone()) == ("everyone", "g-all", "All Users")
    assert access.principal_info(GroupPrincipal("g-1")) == ("group", "g-1", "Press")
    assert access.principal_info(UserPrincipal("u-2")) == ("user", "u-2", "Vi Ewer")
