"""What a real Tableau Cloud site answered in 2021 (../shared/data): read correctly, and honest about what is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from auditor.model import Kind, Lock, Read
from auditor.sources.tableau.needs import ALL_READS
from tests.sources.helping import incomplete, replay

REAL = Path(__file__).parents[3] / "shared" / "data" / "rest-tableau-cloud-2021"

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="../shared/data/rest-tableau-cloud-2021 is not there")

LISTS = {
    "projects": "Get_Projects__200_OK",
    "workbooks": "Get_Workbooks__200_OK",
    "views": "Query_Views_for_a_Site__200_OK",
    "users": "Get_Users__200_OK",
    "datasources": "Query_Data_Sources__200_OK",
}


def interaction(method: str, uri: str, body: str, code: int = 200) -> dict:
    return {
        "request": {"method": method, "uri": uri, "body": None, "headers": {}},
        "response": {
            "status": {"code": code, "message": ""},
            "headers": {"Content-Type": ["application/xml;charset=utf-8"]},
            "body": {"string": body},
        },
    }


@pytest.fixture
def cassette(tmp_path):
    base = "https://10ax.online.tableau.com/api"
    sign_in = (REAL / "Sign_In__200_OK.xml").read_text()
    site = re.search(r'<site id="([^"]+)"', sign_in)[1]
    parts = [interaction("POST", f"{base}/3.12/auth/signin", sign_in)]
    parts += [
        interaction(
            "GET", f"{base}/3.12/sites/{site}/{path}?pageSize=100&pageNumber=1", (REAL / f"{name}.xml").read_text()
        )
        for path, name in LISTS.items()
    ]
    path = tmp_path / "real.yaml"
    path.write_text(yaml.safe_dump({"interactions": parts, "version": 1}))
    return path


def test_the_lists_of_a_real_site(cassette):
    found = replay(cassette)
    kinds = [ref.kind for ref in found.contents]
    assert len(found.projects) == 4
    assert (kinds.count(Kind.WORKBOOK), kinds.count(Kind.DATASOURCE)) == (7, 2)
    assert kinds.count(Kind.VIEW) == found.ledger.line(Read.VIEWS).expected > 20
    assert {user.site_role for user in found.users.values()} == {
        "SiteAdministratorCreator",
        "ExplorerCanPublish",
        "Viewer",
    }
    assert {project.lock for project in found.projects.values()} == {Lock.CUSTOMIZABLE}
    assert {item.tabs_shown for ref, item in found.contents.items() if ref.kind is Kind.WORKBOOK} == {True, False}
    assert all(item.parent_id for ref, item in found.contents.items() if ref.kind is Kind.VIEW)
    assert found.provenance.is_cloud is True
    assert found.provenance.api_version == "3.12"  # no serverInfo in the recording: the version that it was made with


def test_what_is_missing_is_named(cassette):
    found = replay(cassette, ALL_READS)
    reasons = incomplete(found)
    for name in (Read.WORKBOOK_PERMISSIONS, Read.PROJECT_PERMISSIONS, Read.DEFAULT_PERMISSIONS, Read.GROUPS, Read.SITE):
        assert any("the recording holds no answer to GET /api/3.12/sites/" in reason for reason in reasons[name])
    line = found.ledger.line(Read.WORKBOOK_PERMISSIONS)
    assert (line.expected, line.got) == (7, 0)
    assert found.ledger.line(Read.GROUP_MEMBERS).expected is None
    assert found.provenance.signed_in_as.is_admin is None
    assert any("could not be told" in reason for reason in reasons[Read.WORKBOOKS])


def test_the_refusal_of_a_real_sign_in(tmp_path):
    from auditor.errors import SignInError

    body = (REAL / "Sign_In__401_001_Unauthorized.xml").read_text()
    path = tmp_path / "no.yaml"
    uri = "https://10ax.online.tableau.com/api/3.12/auth/signin"
    path.write_text(yaml.safe_dump({"interactions": [interaction("POST", uri, body, 401)], "version": 1}))
    with pytest.raises(SignInError, match="401001"):
        replay(path)


def test_the_rules_of_a_real_answer():
    from auditor.sources.tableau.parse_people import rules
    from auditor.sources.tableau.xml import parse

    found = rules(parse((REAL / "Set_Workbook_Permissions__200_OK.xml").read_bytes())).rules
    assert len(found) == 10
    assert {rule.grantee.kind for rule in found} == {"group"}
