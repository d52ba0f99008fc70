"""A policy's past: what archives list and show, searched with few fetches and told together with live looks."""
