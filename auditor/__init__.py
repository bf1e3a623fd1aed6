"""bi-auditor: what does a dashboard give away, and to whom?"""

__version__ = "0.1.0"
