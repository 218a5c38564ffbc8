"""What functions in Python have of Plinth. It lies in the package of each of them: `from plinth import FunctionError`."""

import decimal
import functools
import json
import os
import time

from plinth_log import keep_secret

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
    """Puts a message into the queue of a function, which `access` names by use.queue. It needs boto3, which Lambda brings."""
    url = _named("FUNCTION_QUEUES", queue, "queue", "name it in the function's access by use.queue")
    body = json.dumps({"kind": "message", "message": message}, default=plain, allow_nan=False)
    _client("sqs").send_message(QueueUrl=url, MessageBody=body, DelaySeconds=delay_seconds)


def secret(name):
    """Gives the value of a secret that the function's `secrets` names, kept for five minutes. Logs never show it. It needs boto3, which Lambda brings."""
    secret_id = _named("FUNCTION_SECRETS", name, "secret", "name it in the function's secrets")
    read_at, value = _secrets.get(name, (None, None))
    if read_at is None or time.monotonic() - read_at >= _KEPT_SECONDS:
        value = _client("secretsmanager").get_secret_value(SecretId=secret_id)["SecretString"]
        keep_secret(value)
        _secrets[name] = (time.monotonic(), value)
    return value


def plain(value):
    """What JSON has for a value that it does not have itself: numbers of DynamoDB are `Decimal`s in boto3."""
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{type(value).__name__} is no type of JSON")


_secrets = {}


@functools.lru_cache(maxsize=None)
def _client(service):
    import boto3  # At the first use, since most functions need none.

    return boto3.client(service)


def _named(variable, name, what, advice):
    names = json.loads(os.environ.get(variable, "{}"))
    if name not in names:
        raise KeyError(f"there is no {what} {name!r} for this function: {advice}")
    return names[name]
