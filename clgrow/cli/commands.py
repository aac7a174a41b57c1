"""Imports every command, which registers it."""
