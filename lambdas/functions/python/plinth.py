"""What functions in Python have of Plinth. It lies in the package of each of them: `from plinth import FunctionError`."""

import json
import os
import time

from plinth_aws import call
from plinth_backend import PlinthError, Records, data, publish, request
from plinth_json import text_of
from plinth_log import keep_secret

__all__ = ["FunctionError", "PlinthError", "Records", "Reply", "data", "publish", "reply", "request", "secret", "send"]

_KEPT_SECONDS = 300


class FunctionError(Exception):
    """Refuses a call, a request or a write on purpose.

    The caller gets the status (400 to 499), the text and, as `reason`, the word, which is in snake_case. Whatever else a function
    raises is answered with 500, and tells the caller nothing.
    """

    def __init__(self, reason, detail, status=422):
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.status = status


class Reply:
    """An answer to an `http` trigger with a status or headers. Made by `reply`."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body


def reply(status=None, headers=None, body=None):
    """Answers an `http` trigger with a status (200 to 599) or headers of its own.

    A text is sent as it is, by default as text/plain; anything else as JSON; None is no body.
    """
    return Reply(status, headers or {}, body)


def send(queue, message, delay_seconds=0):
    """Puts a message into the queue of a function, which `access` names by use.queue."""
    url = _named("FUNCTION_QUEUES", queue, "queue", "name it in the function's access by use.queue")
    body = text_of({"kind": "message", "message": message})
    call("sqs", "AmazonSQS.SendMessage", "1.0", {"QueueUrl": url, "MessageBody": body, "DelaySeconds": delay_seconds})


def secret(name):
    """Gives the value of a secret that the function's `secrets` names, kept for five minutes. Logs never show it."""
    secret_id = _named("FUNCTION_SECRETS", name, "secret", "name it in the function's secrets")
    read_at, value = _secrets.get(name, (None, None))
    if read_at is None or time.monotonic() - read_at >= _KEPT_SECONDS:
        value = call("secretsmanager", "secretsmanager.GetSecretValue", "1.1", {"SecretId": secret_id})["SecretString"]
        keep_secret(value)
        _secrets[name] = (time.monotonic(), value)
    return value


_secrets = {}


def _named(variable, name, what, advice):
    names = json.loads(os.environ.get(variable, "{}"))
    if name not in names:
        raise KeyError(f"there is no {what} {name!r} for this function: {advice}")
    return names[name]
