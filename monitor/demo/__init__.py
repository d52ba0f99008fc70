"""The shop window: a made-up company changes its policies, and the real pipeline watches, on this machine alone."""

from monitor.demo.story import Arrived, Scene, Story

__all__ = ["Arrived", "Scene", "Story"]
