"""Work for a cluster that kills its worker on one site. In a module of its own: workers import it by name."""

from __future__ import annotations

import os

from auditor.deployments import SiteJob, audit_site
from auditor.report import Report


def audit_or_die(job: SiteJob) -> Report:
    """The audit; the process ends without a word for a site named so."""
    if job.name == "Deadly":
        os._exit(1)
    return audit_site(job)
