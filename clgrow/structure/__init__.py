"""Editing the hidden units of a living network. Depends on torch alone."""

from clgrow.structure.budget import edit_steps, unit_targets, units_to_move
from clgrow.structure.layers import EditableLinear
from clgrow.structure.optimizer_state import check_editable
from clgrow.structure.structure import Edit, Structure

__all__ = ["Edit", "EditableLinear", "Structure", "check_editable", "edit_steps", "unit_targets", "units_to_move"]
