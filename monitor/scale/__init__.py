"""More machines than one: a leader hands out what is due, workers do it, over a queue in the PostgreSQL database."""

from monitor.scale.leader import Leader
from monitor.scale.worker import Worker

__all__ = ["Leader", "Worker"]
