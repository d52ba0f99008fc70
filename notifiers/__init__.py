"""Sends notices: e-mail and webhooks, implementing `monitor.ports.Channel`."""

from notifiers.email import EmailChannel, EmailOptions, Security
from notifiers.webhook import WebhookChannel, WebhookOptions

__all__ = ["EmailChannel", "EmailOptions", "Security", "WebhookChannel", "WebhookOptions"]
