"""`auditor doctor`: can this account see all that an audit needs, and if not, what does that mean and what mends it?"""

from auditor.doctor.consult import CrossCheckWish, consult, consult_facts
from auditor.doctor.cross_check import CrossCheck, Difference, compare
from auditor.doctor.diagnosis import Check, Diagnosis, Status

__all__ = [
    "Check",
    "CrossCheck",
    "CrossCheckWish",
    "Diagnosis",
    "Difference",
    "Status",
    "compare",
    "consult",
    "consult_facts",
]
