"""Sends notices: mail, webhooks, chats, feeds and commands, each implementing `monitor.ports.Channel`."""

from notifiers.chat import ChatChannel, ChatOptions
from notifiers.command import CommandChannel, CommandOptions
from notifiers.email import EmailChannel
from notifiers.envelope import EmailOptions, Security
from notifiers.feed import FeedChannel, FeedOptions
from notifiers.webhook import WebhookChannel, WebhookOptions

__all__ = [
    "ChatChannel",
    "ChatOptions",
    "CommandChannel",
    "CommandOptions",
    "EmailChannel",
    "EmailOptions",
    "FeedChannel",
    "FeedOptions",
    "Security",
    "WebhookChannel",
    "WebhookOptions",
]
