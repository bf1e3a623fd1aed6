"""The action, the pre-commit hooks, the container file: what they promise, and that no input is read as shell."""

import re
import shlex
import subprocess
import sys

import pytest
import yaml

from .conftest import ROOT

ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}


def test_no_expression_stands_in_a_script():
    for step in STEPS.values():
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"


def test_every_input_is_told_and_used():
    used = set(re.findall(r"inputs\.([a-z-]+)", (ROOT / "action.yml").read_text()))
    assert used == set(ACTION["inputs"])
    assert all(one["description"] and "default" in one for one in ACTION["inputs"].values())


def test_only_the_comment_gets_the_token():
    assert [name for name, step in STEPS.items() if "GITHUB_TOKEN" in step.get("env", {})] == ["Comment"]


def test_scripts_are_isolated_from_the_change_and_are_there():
    for step in STEPS.values():
        for line in step["run"].splitlines():
            if "python" in line:
                assert re.search(r'python3?"? -I ', line)
            for path in re.findall(r"\$GITHUB_ACTION_PATH/([^\"]+)", line):
                assert (ROOT / path).is_file()


def test_the_inputs_of_the_script_are_those_of_the_action(review):
    given = {f"INPUT_{name.replace('-', '_').upper()}" for name in vars(review.parse([], {}))} - {"INPUT_COMMENT_FILE"}
    assert set(STEPS["Review"]["env"]) == given
    assert "INPUT_COMMENT_FILE" in STEPS["Review"]["run"]


def test_the_review_step_runs_as_written(tmp_path):
    """The step's own lines, in bash, with hostile inputs: nothing is executed, and it ends with its code."""
    python = tmp_path / "bi-auditor" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    work = tmp_path / "work"
    work.mkdir()
    (work / "argparse.py").write_text("open('owned', 'w')")
    (work / "auditor.py").write_text("open('owned', 'w')")
    hostile = "$(touch owned); `touch owned` && touch owned"
    environment = {
        "PATH": "/usr/bin:/bin",
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_ACTION_PATH": str(ROOT),
        **dict.fromkeys(STEPS["Review"]["env"], hostile),
        "INPUT_COMMAND": "preflight",
        "INPUT_BASE": "",
    }
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", STEPS["Review"]["run"]],
        env=environment,
        check=False,
        cwd=work,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "Nothing in this change" in done.stderr
    assert not (work / "owned").exists()


HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}


@pytest.mark.parametrize(
    ("hook", "path", "wanted"),
    [
        ("auditor-policy-check", "policies/default.yaml", True),
        ("auditor-policy-check", "team/policies/a/b.yml", True),
        ("auditor-policy-check", "charts/values.yaml", False),
        ("auditor-waiver-check", "waivers.yaml", True),
        ("auditor-waiver-check", "policies/waivers/2026.yaml", True),
        ("auditor-waiver-check", "policies/a.yaml", False),
        ("auditor-preflight", "a/b.twbx", True),
        ("auditor-preflight", "a/b.hyper", True),
        ("auditor-preflight", "a/b.twbx.txt", False),
    ],
)
def test_which_files_a_hook_is_for(hook, path, wanted):
    assert bool(re.search(HOOKS[hook]["files"], path)) is wanted


@pytest.mark.parametrize("hook", list(HOOKS))
def test_a_hook_calls_a_command_that_is_there(hook):
    command = shlex.split(HOOKS[hook]["entry"])
    assert command[0] == "auditor"
    done = subprocess.run([sys.executable, "-m", *command, "--help"], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "FILE" in done.stdout
