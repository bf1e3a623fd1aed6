"""The comment on a pull request, against an API on loopback: one comment, ours only, and the token to nobody else."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

TOKEN = "hush-hush-token"
MARKER = "<!-- bi-auditor-report -->"
BOT = "github-actions[bot]"


class Api:
    """The few calls of GitHub's API that the bot makes."""

    def __init__(self):
        self.comments, self.seen, self.status = [], [], None
        api = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                api.seen.append((self.command, self.path, self.headers["Authorization"]))
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or "null")
                status, data = api.handle(self.command, self.path, body)
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", data)
                self.end_headers()
                self.wfile.write(json.dumps(data).encode())

            do_GET = do_POST = do_PATCH = answer  # noqa: N815 - http.server's names

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def handle(self, method, path, body):
        if self.status:
            return self.status, f"{self.address}/elsewhere"
        if method == "GET":
            page = int(re.search(r"&page=(\d+)", path).group(1))
            return 200, self.comments[(page - 1) * 100 : page * 100]
        if method == "POST":
            assert path == "/repos/o/r/issues/7/comments"
            self.add(body["body"])
            return 201, self.comments[-1]
        number = int(re.fullmatch(r"/repos/o/r/issues/comments/(\d+)", path).group(1))
        self.comments[number]["body"] = body["body"]
        return 200, self.comments[number]

    def add(self, body, who=BOT):
        self.comments.append({"id": len(self.comments), "body": body, "user": {"login": who}})

    def methods(self):
        return [method for method, *_ in self.seen]


@pytest.fixture
def api():
    running = Api()
    thread = threading.Thread(target=running.server.serve_forever)
    thread.start()
    yield running
    running.server.shutdown()
    running.server.server_close()
    thread.join()


@pytest.fixture
def bot(api, comment, tmp_path, capsys):
    """Run the bot with a comment; the answer is all that it printed."""

    def run(text=f"{MARKER}\nfindings", event=None, **more):
        file, about = tmp_path / "comment.md", tmp_path / "event.json"
        file.write_text(text)
        about.write_text(json.dumps({"pull_request": {"number": 7}} if event is None else event))
        environment = {
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_API_URL": api.address,
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_EVENT_PATH": str(about),
            "INPUT_COMMENT_FILE": str(file),
        } | more
        assert comment.main(environment) == 0
        out, err = capsys.readouterr()
        assert TOKEN not in out + err
        return out + err

    return run


def test_the_first_comment_is_written_and_then_only_changed(api, bot):
    assert "was written" in bot()
    assert "up to date" in bot(f"{MARKER}\nfewer findings")
    assert [one["body"] for one in api.comments] == [f"{MARKER}\nfewer findings"]
    assert {token for *_, token in api.seen} == {f"Bearer {TOKEN}"}


def test_a_comment_of_somebody_else_with_the_marker_is_left_alone(api, bot):
    api.add(f"{MARKER}\nnot ours", who="mallory")
    api.add(f"I quote: {MARKER}")
    bot()
    assert [one["body"] for one in api.comments][:2] == [f"{MARKER}\nnot ours", f"I quote: {MARKER}"]
    assert len(api.comments) == 3


def test_it_is_found_on_a_later_page(api, bot):
    for n in range(250):
        api.add(f"talk {n}")
    api.add(f"{MARKER}\nours")
    bot(f"{MARKER}\nnews")
    assert api.comments[250]["body"] == f"{MARKER}\nnews"
    assert len(api.comments) == 251


def test_without_news_no_comment_is_begun_but_an_old_one_is_brought_up_to_date(api, bot):
    assert "no comment is begun" in bot(INPUT_QUIET="true")
    assert api.comments == []
    bot()
    bot(f"{MARKER}\nall well", INPUT_QUIET="true")
    assert [one["body"] for one in api.comments] == [f"{MARKER}\nall well"]


def test_two_reviews_have_two_comments(api, bot):
    bot(INPUT_KEY="north --> x")
    bot(INPUT_KEY="south")
    bot()
    bot(INPUT_KEY="south")
    assert [one["body"].split("\n")[0] for one in api.comments] == [
        "<!-- bi-auditor-report north--x -->",
        "<!-- bi-auditor-report south -->",
        MARKER,
    ]


@pytest.mark.parametrize("status", [401, 403, 404, 500, 302])
def test_a_comment_that_fails_is_a_warning_and_not_the_verdict(api, bot, status):
    api.status = status
    said = bot()
    assert said.startswith("::warning title=bi-auditor::GitHub answered")
    assert ("pull-requests: write" in said) is (status in (401, 403, 404))
    assert all("elsewhere" not in path for _, path, _ in api.seen)


def test_the_token_goes_nowhere_but_to_the_api(bot, api):
    assert "not https" in bot(GITHUB_API_URL="http://api.example")
    assert "could not be written" in bot(GITHUB_API_URL="http://127.0.0.1:1")
    assert "no GITHUB_TOKEN" in bot(GITHUB_TOKEN="")
    assert api.seen == []


@pytest.mark.parametrize("event", [{}, {"pull_request": None}, {"pull_request": {"number": "7/../../"}}])
def test_what_is_no_pull_request_gets_no_comment(api, bot, event):
    assert "not a pull request" in bot(event=event)
    assert api.seen == []


def test_a_text_without_a_marker_is_not_written(api, bot):
    assert "hidden marker" in bot("findings")
    assert api.seen == []
