"""Keeps everything: SQLAlchemy on SQLite or PostgreSQL, implementing `monitor.ports.Store`."""
