"""Keeps everything: SQLAlchemy on SQLite or PostgreSQL, implementing `monitor.ports.Store`."""

from storage.store import open_store

__all__ = ["open_store"]
