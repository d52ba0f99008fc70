"""Clausewatch: watch privacy policies and terms, clause by clause."""

__version__ = "0.1.0"
