"""Is a column personal, is a table one row a person. Pure: reads nothing but its own packaged data files."""

from auditor.sensitivity.classification import Classification, Evidence, classify, classify_column
from auditor.sensitivity.lexicon import Lexicon, load_lexicon
from auditor.sensitivity.profile import ValueState

__all__ = ["Classification", "Evidence", "Lexicon", "ValueState", "classify", "classify_column", "load_lexicon"]
