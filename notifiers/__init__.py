"""Sends notices: e-mail and webhooks, implementing `monitor.ports.Channel`."""
