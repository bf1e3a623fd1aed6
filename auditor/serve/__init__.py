"""A local, read-only web view of past runs and of who can do what. Flask is imported when it is started."""

from auditor.serve.app import create_app
from auditor.serve.server import run
from auditor.serve.settings import ServeSettings, make_settings, read_token

__all__ = ["ServeSettings", "create_app", "make_settings", "read_token", "run"]
