"""The policy that `auditor policy new` prints: valid as it stands, each part with what it is for."""

SKELETON = """\
# A policy of your own. Change what does not fit, remove what you do not need, then:
#   auditor policy check our-site.yaml
#   auditor scan --policy our-site.yaml --server …
version: 1
name: our-site
description: What our site may show, and to whom.

# The shipped packs that it builds on: `auditor policy packs` lists them. Files are named by their path from here.
extends: [default, minimisation, credentials]

# Values that the rules share: `auditor policy parameters` lists all, with the rules that use them.
parameters:
  public_projects: ["Public/**"]  # the projects that are meant for the public, with all that is nested in them
  public_capabilities: [view, filter, download_image]  # what visitors without an account may hold at most
  cell_threshold: 11  # the smallest number of people that a figure may stand for

# Whom your own rules speak of. "anonymous" (no account) and "everyone" (any account) are there already.
audiences:
  partners: {email_domain: [partner.example]}

# Your own rules: an id, a title, a severity, what is selected, and exactly one requirement.
rules:
  - id: OUR-01
    title: Partners may take data outside the projects made for them
    severity: high  # critical, high, medium, low, info
    select:
      kinds: [workbook, view]
      exclude: {projects: ["Partners/**"]}
    forbid: {audience: partners, capabilities: [download_full_data, download_file]}
    rationale: Contracts with partners cover the content of their own projects only.
    remediation: Take the partners' group off the project, or move the content.

# What is changed about a rule of a pack: `auditor policy show DOWN-02` shows the rule.
overrides:
  DOWN-02: {severity: high}

# Rules that you do not want, each with the reason; a report tells them.
disable:
  - {id: SITE-05, reason: Revisions are kept in git.}
"""
