"""Bytes of a page to the clauses of a policy."""
