"""Tells people what changed, by Apprise: mail, chat, webhooks. Nothing heavy is imported before a message is sent."""

from auditor.notify.message import Message, failure_message, message_of, worth_telling
from auditor.notify.send import notify, notify_failure
from auditor.notify.targets import Target, find_targets

__all__ = [
    "Message",
    "Target",
    "failure_message",
    "find_targets",
    "message_of",
    "notify",
    "notify_failure",
    "worth_telling",
]
