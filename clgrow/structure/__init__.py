"""Editing the hidden units of a living network. Depends on torch alone."""

from clgrow.structure.budget import edit_steps, unit_targets, units_to_move
from clgrow.structure.edit import Edit, InvalidEditError, NotEditableError
from clgrow.structure.layers import EditableLinear
from clgrow.structure.optimizer_state import check_editable
from clgrow.structure.structure import Structure

__all__ = [
    "Edit",
    "EditableLinear",
    "InvalidEditError",
    "NotEditableError",
    "Structure",
    "check_editable",
    "edit_steps",
    "unit_targets",
    "units_to_move",
]
