import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def script(name):
    """A script of the bot as a module; the bot's folder is no package."""
    spec = importlib.util.spec_from_file_location(f"bot_{name}", ROOT / ".github" / "review" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def review():
    return script("review")


@pytest.fixture(scope="session")
def comment():
    return script("comment")


@pytest.fixture
def change(tmp_path, monkeypatch):
    """A git repository with a base commit and a function that makes the change under review."""
    root = tmp_path / "repo"
    root.mkdir()
    monkeypatch.chdir(root)

    def git(*words):
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        return subprocess.run(
            ["git", *identity, *words], check=True, capture_output=True, text=True, cwd=root
        ).stdout.strip()

    def commit(files):
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        git("add", "-A")
        git("commit", "-q", "--allow-empty", "-m", "x")
        return git("rev-parse", "HEAD")

    git("init", "-q", "-b", "main")
    return commit
