"""An administrator's own words over columns that were classified before, as those of a server's inventory are."""

from __future__ import annotations

from dataclasses import replace

from auditor.model import Column, Inventory
from auditor.sensitivity.classification import classify_column
from auditor.sensitivity.lexicon import SHIPPED, Lexicon

_OWN_WORD = 0.95
#: Values that are as sure as this speak against a name that is said not to be personal.
_SURE_OF_VALUES = 0.84
_NAME = 300


def with_own_words(inventory: Inventory, lexicon: Lexicon) -> Inventory:
    """The inventory with the columns classified anew whose names the lexicon's own words speak of; others as they are.

    What was found in a column's values stays: a name neither unsays an e-mail address that stands in it, nor fills an
    empty column.
    """
    if lexicon == SHIPPED:
        return inventory
    sources = tuple(
        replace(source, columns=tuple(_column(column, lexicon) for column in source.columns))
        for source in inventory.data_sources
    )
    return replace(inventory, data_sources=sources)


def _column(column: Column, lexicon: Lexicon) -> Column:
    names = [name[:_NAME] for name in (column.name, column.caption, column.remote_name) if name]
    own = sorted({target for name in names for target in lexicon.own_classes(name)})
    unsaid = any(lexicon.says_not_personal(name) for name in names)
    if column.values == "empty" or not (own or unsaid):
        return column
    if column.values == "unknown":
        found = classify_column(
            names[0],
            caption=(column.caption or "")[:_NAME] or None,
            remote_name=(column.remote_name or "")[:_NAME] or None,
            lexicon=lexicon,
        )
        return replace(column, classes=dict(found.classes), evidence=("name",) if found.classes else ())
    return _beside_values(column, own, unsaid=unsaid)


def _beside_values(column: Column, own: list[str], *, unsaid: bool) -> Column:
    kept = dict(column.classes)
    if unsaid:
        sure = column.evidence == ("values",)
        kept = {name: confidence for name, confidence in kept.items() if sure and confidence >= _SURE_OF_VALUES}
    evidence = {*(column.evidence if kept else ()), *(("name",) if own else ())}
    return replace(column, classes={**kept, **dict.fromkeys(own, _OWN_WORD)}, evidence=tuple(sorted(evidence)))
