"""Secrets in documents: found, placed, and never repeated."""

from __future__ import annotations

import pytest

from auditor.sources.workbook_file import inspect_bytes

from .builders import Field, datasource, federated, workbook

SECRET = "hunter2hunter2"


def inventory_of(connection: str, inside: str = ""):
    report = inspect_bytes(workbook(datasource(Field("a"), connection=connection, inside=inside)), "a.twb")
    assert report.inventory is not None
    return report.inventory


@pytest.mark.parametrize(
    "leaf",
    [
        f"<connection class='postgres' username='u' password='{SECRET}' />",
        f"<connection class='snowflake' oauth-access-token='{SECRET}' />",
        f"<connection class='genericodbc' odbc-connect-string-extras='Driver=x;PWD={SECRET};' />",
        f"<connection class='postgres' one-time-sql=\"set session authorization; alter role x password '{SECRET}'; -- password={SECRET}\" />",
        f"<connection class='webdata-direct' url='https://user:{SECRET}@host.example/x' />",
        f"<connection class='s3' secret-key='{SECRET}' />",
    ],
)
def test_a_secret_in_a_connection_is_placed_and_not_repeated(leaf: str) -> None:
    inventory = inventory_of(federated(leaf))
    assert inventory.secrets
    assert inventory.data_sources[0].connections[0].secret_in_file is True
    assert SECRET not in repr(inventory)


@pytest.mark.parametrize(
    "leaf",
    [
        "<connection class='postgres' username='u' password='' workgroup-auth-mode='prompt' />",
        "<connection class='postgres' username='u' password-prompt='yes' authentication='username-password' />",
        "<connection class='x' oauth-config-id='' server='password-reset.example' query-band='' />",
        "<connection class='x' token-endpoint='https://login.example/token' />",
    ],
)
def test_what_only_speaks_of_secrets_is_none(leaf: str) -> None:
    inventory = inventory_of(federated(leaf))
    assert inventory.secrets == ()
    assert inventory.data_sources[0].connections[0].secret_in_file is False


@pytest.mark.parametrize(
    "sql",
    [
        f"select * from dblink('host=x user=u password={SECRET}', 'select 1')",
        f"create user x identified by {SECRET}",
        "select '-----BEGIN RSA PRIVATE KEY-----'",
        "copy x credentials 'aws_secret_access_key=abcdEFGH1234abcdEFGH'",
    ],
)
def test_secrets_in_custom_sql(sql: str) -> None:
    inventory = inventory_of(
        federated("<connection class='x'/>", relation=f"<relation type='text' name='q'>{sql}</relation>")
    )
    assert any("custom SQL 1" in where for where in inventory.secrets)
    assert SECRET not in repr(inventory)
    assert "abcdEFGH" not in repr(inventory)


@pytest.mark.parametrize(
    "sql",
    [
        "select password from users where password = ?",
        "select pwd, api_key from t",
        "select * from token where token_id = <[Parameters].[P]>",
    ],
)
def test_queries_over_columns_of_such_names_are_no_secrets(sql: str) -> None:
    text = sql.replace("<", "&lt;").replace(">", "&gt;")
    inventory = inventory_of(
        federated("<connection class='x'/>", relation=f"<relation type='text' name='q'>{text}</relation>")
    )
    assert inventory.secrets == ()
