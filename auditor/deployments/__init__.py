"""Many sites in one go: the file that names them, the running of them at the same time, and the summary of it.

A secret is never written in the file and never sent to another machine: the file holds the *names* of environment
variables and files, and the machine that audits a site looks them up itself.
"""

from auditor.deployments.credentials import Credential, FromEnvironment, FromFile, resolve
from auditor.deployments.loading import Deployments, Overrides, load_deployments
from auditor.deployments.running import Audit, Failure, Hands, SiteJob, audit_site, here, run_all
from auditor.deployments.summary import SiteResult, overall, site_code, summary

__all__ = [
    "Audit",
    "Credential",
    "Deployments",
    "Failure",
    "FromEnvironment",
    "FromFile",
    "Hands",
    "Overrides",
    "SiteJob",
    "SiteResult",
    "audit_site",
    "here",
    "load_deployments",
    "overall",
    "resolve",
    "run_all",
    "site_code",
    "summary",
]
