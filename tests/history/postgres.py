"""A PostgreSQL of the tests' own, from the system's packages, on loopback and gone afterwards."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PASSWORD = "n0t-to-be-seen"


def binaries() -> Path | None:
    """The newest installed PostgreSQL's programs (Debian: package `postgresql`), or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    return Path(path).parent if (path := shutil.which("initdb")) else None


def as_owner(command: list[str]) -> list[str]:
    """initdb refuses root: run as the account `postgres` then."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


@contextmanager
def running() -> Iterator[str]:
    """The URL of a running server's database, or a skip that says why."""
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        pytest.skip("PostgreSQL cannot be started as root, and there is no runuser")
    folder = Path(tempfile.mkdtemp(prefix="bi-auditor-pg-"))
    try:
        secret = folder / "pw"
        secret.write_text(PASSWORD)
        if os.geteuid() == 0:
            for path in (folder, secret):
                shutil.chown(path, "postgres", "postgres")
        data = folder / "data"
        _run(
            [
                str(programs / "initdb"),
                "-D",
                str(data),
                "-U",
                "auditor",
                "-A",
                "scram-sha-256",
                f"--pwfile={secret}",
                "-N",
            ]
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off"
        control = str(programs / "pg_ctl")
        _run([control, "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start"])
        try:
            yield f"postgresql://auditor:{PASSWORD}@127.0.0.1:{port}/postgres"
        finally:
            _run([control, "-D", str(data), "-m", "immediate", "-w", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[str]) -> None:
    subprocess.run(as_owner(command), check=True, capture_output=True, cwd="/")
