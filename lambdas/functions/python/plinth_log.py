"""Keeps secrets, terminal codes and endless texts out of the log of a function, as lambdas/functions/function-log.ts does in Node."""

import json
import logging
import os
import re
import sys
import traceback

# What is shorter is part of too many words.
_LEAST_LENGTH = 6
_MAX_LENGTH = 16_384
_SECRET_NAME = re.compile(r"secret|token|passw|credential|private|api_?key|access_?key", re.IGNORECASE)
_HARMLESS = {"AWS_ACCESS_KEY_ID", "FUNCTION_SECRETS"}
_PLACE_NAME = re.compile(r"_(ARN|URL|NAME)$")
_TOKEN = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+")
_TERMINAL_CODES = re.compile("\x1b\\[[0-?]*[ -/]*[@-~]|\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)|\x1b.")
_CONTROL_CHARACTERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_known = set()


def keep_secret(value):
    """Has a value blacked out from now on."""
    if len(value) < _LEAST_LENGTH:
        return
    _known.update((value, json.dumps(value)[1:-1], repr(value)[1:-1]))
    _known.update(line.strip() for line in value.split("\n") if len(line) >= 16)


def clean(text):
    """Secrets go first, so that no cut leaves a part of one."""
    text = _TOKEN.sub("[redacted]", text)
    for value in sorted(_known, key=len, reverse=True):
        text = text.replace(value, "[redacted]")
    text = _CONTROL_CHARACTERS.sub("", _TERMINAL_CODES.sub("", text))
    return text if len(text) <= _MAX_LENGTH else f"{text[:_MAX_LENGTH]}… ({len(text)} characters)\n"


def log_failure():
    """Logs what was raised, with the lines of the source, as one entry."""
    logging.getLogger("plinth").error("the function failed\n%s", traceback.format_exc())


def log_other_status(wanted, status, statuses):
    """Logs that a write is refused with another status than the hook wanted."""
    allowed = ", ".join(str(one) for one in statuses)
    logging.getLogger("plinth").warning("a hook refuses with %s only: the write is refused with %s, not %s", allowed, status, wanted)


def install():
    """Has all that is printed and logged go through `clean`."""
    for name, value in os.environ.items():
        if _SECRET_NAME.search(name) and name not in _HARMLESS and not _PLACE_NAME.search(name):
            keep_secret(value)
    sys.stdout, sys.stderr = _Clean(sys.stdout), _Clean(sys.stderr)
    for handler in logging.getLogger().handlers:
        handler.addFilter(_clean_record)


class _Clean:
    """Stands for a stream."""

    def __init__(self, stream):
        self._stream = stream

    def write(self, text):
        self._stream.write(clean(text))
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def __getattr__(self, name):
        return getattr(self._stream, name)


def _clean_record(record):
    try:
        text = record.getMessage()
    except Exception:  # As logging does: a wrong format string must not end the function.
        text = f"{record.msg!r} {record.args!r}"
    if record.exc_info:
        text += "\n" + "".join(traceback.format_exception(*record.exc_info))
    record.msg, record.args, record.exc_info, record.exc_text = clean(text), None, None, None
    return True
