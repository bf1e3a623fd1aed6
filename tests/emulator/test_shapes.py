"""The emulator's elements against answers that a real Tableau Cloud gave in 2021."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import requests

from tests.emulator import emulate, site
from tests.emulator.asking import Asker

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "rest-tableau-cloud-2021"
NS = "{http://tableau.com/api}"

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the recorded answers are not beside the project")

# What servers have come to say since 2021, or say only where it applies.
SINCE = {"controllingPermissionsProjectId", "parentProjectId", "location", "estimatedTimeToExpiration"}
SOMETIMES = {"lastLogin", "description"}


def shape(root: ET.Element, tag: str) -> tuple[set[str], set[str]]:
    """The attributes and the children that elements of a kind have."""
    found = list(root.iter(f"{NS}{tag}"))
    assert found, tag
    return {name for e in found for name in e.attrib}, {child.tag.removeprefix(NS) for e in found for child in e}


@pytest.mark.parametrize(
    ("file", "path", "tag"),
    [
        ("Get_Projects__200_OK.xml", "projects", "project"),
        ("Get_Users__200_OK.xml", "users", "user"),
        ("Get_Workbooks__200_OK.xml", "workbooks", "workbook"),
        ("Query_Data_Sources__200_OK.xml", "datasources", "datasource"),
        ("Query_Views_for_a_Site__200_OK.xml", "views", "view"),
        ("Get_Workbooks__200_OK.xml", "workbooks", "pagination"),
        ("Set_Workbook_Permissions__200_OK.xml", "workbooks/{book}/permissions", "granteeCapabilities"),
        ("Set_Workbook_Permissions__200_OK.xml", "workbooks/{book}/permissions", "capability"),
        ("Set_Workbook_Permissions__200_OK.xml", "workbooks/{book}/permissions", "permissions"),
    ],
)
def test_elements_have_the_attributes_and_children_of_real_ones(file: str, path: str, tag: str) -> None:
    s = site("S", content_url="s", cloud=True)
    lab = s.project("Lab")
    book = lab.workbook("W").allow(s.all_users, "Read")
    book.view("V")
    lab.datasource("D")
    with emulate(s) as emu:
        emulated = shape(ET.fromstring(Asker(emu)(path.format(book=book.luid)).content), tag)
    real = shape(ET.parse(REAL / file).getroot(), tag)
    for ours, theirs in zip(emulated, real, strict=True):
        assert ours - SINCE - SOMETIMES == theirs - SINCE - SOMETIMES


@pytest.mark.parametrize(
    ("file", "call"),
    [("Sign_In__401_001_Unauthorized.xml", "auth/signin"), ("Sign_In__200_OK.xml", "auth/signin")],
)
def test_sign_in_answers_as_the_real_one(file: str, call: str) -> None:
    real = ET.parse(REAL / file).getroot()
    secret = "wrong" if real.find(f"{NS}error") is not None else "secret"
    body = f'<tsRequest><credentials personalAccessTokenName="auditor" personalAccessTokenSecret="{secret}"><site contentUrl="s"/></credentials></tsRequest>'
    with emulate(site("S", content_url="s")) as emu:
        answer = ET.fromstring(requests.post(f"{emu.url}/api/3.27/{call}", data=body, timeout=5).content)
    for ours, theirs in zip(answer.iter(), real.iter(), strict=True):
        assert ours.tag == theirs.tag
        assert set(ours.attrib) - SINCE == {name for name in theirs.attrib if "}" not in name} or ours is answer
    if secret == "wrong":
        assert [e.text for e in answer.iter() if e.text and e.text.strip()] == [
            e.text for e in real.iter() if e.text and e.text.strip()
        ]
