"""Runs a Python function of AWS Lambda: loads the handler, then answers one invocation after the other (the Runtime API).

Needs nothing but Python's own library. What the function prints goes to file descriptor 3 as JSON lines, so that a text of several
lines stays together.
"""

import importlib
import json
import logging
import os
import sys
import threading
import time
import traceback
from http.client import HTTPConnection

API = "/2018-06-01/runtime"
HEADERS = {"Content-Type": "application/json"}
MAX_RECORD = 262_144


class Output:
    """Stands for `sys.stdout` or `sys.stderr`: hands on what is written as soon as a line ends."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, level, stream):
        self._level = level
        self.buffer = stream.buffer
        self._text = ""
        self._lock = threading.RLock()

    def write(self, text):
        with self._lock:
            self._text += text
            if text.endswith("\n") or len(self._text) > MAX_RECORD:
                self.flush()
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        with self._lock:
            text, self._text = self._text, ""
        self.buffer.flush()
        if text:
            record(self._level, text[:-1] if text.endswith("\n") else text)

    def isatty(self):
        return False

    def writable(self):
        return True

    def readable(self):
        return False

    def fileno(self):
        return self.buffer.fileno()


records = os.fdopen(os.dup(3), "w", encoding="utf-8", errors="backslashreplace")
os.close(3)
records_lock = threading.Lock()


def record(level, text):
    if len(text) > MAX_RECORD:
        text = text[:MAX_RECORD] + "… (cut)"
    with records_lock:
        records.write(json.dumps({"level": level, "text": text}) + "\n")
        records.flush()


class LambdaLogHandler(logging.Handler):
    """What AWS puts into the root logger."""

    request_id = ""

    def emit(self, entry):
        level = "error" if entry.levelno >= 40 else "warn" if entry.levelno >= 30 else "info" if entry.levelno >= 20 else "debug"
        try:
            text = self.format(entry)
        except Exception:  # As logging does: a wrong format string must not end the function.
            text = f"{entry.msg!r} {entry.args!r}"
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(entry.created))
        record(level, f"[{entry.levelname}]\t{at}.{int(entry.msecs):03d}Z\t{self.request_id}\t{text}")


class CognitoIdentity:
    cognito_identity_id = None
    cognito_identity_pool_id = None


class LambdaContext:
    def __init__(self, headers):
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.client_context = None
        self.identity = CognitoIdentity()
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def log(self, message):
        record("info", str(message))


class HandlerError(Exception):
    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


def advice(error):
    if error.name not in ("boto3", "botocore"):
        return ""
    return f" (AWS brings it; for this machine: {sys.executable} -m pip install boto3)"


def load_handler(name):
    module_name, dot, function_name = name.rpartition(".")
    if not dot:
        raise HandlerError("Runtime.MalformedHandlerName", f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)")
    module_name = module_name.replace("/", ".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise HandlerError("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}{advice(error)}") from error
    except SyntaxError as error:
        raise HandlerError("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}") from error
    handler = getattr(module, function_name, None)
    if handler is None:
        raise HandlerError("Runtime.HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'")
    if not callable(handler):
        raise HandlerError("Runtime.HandlerNotFound", f"Handler '{function_name}' on module '{module_name}' is not callable")
    return handler


def own_frames(error):
    """The frames of the function: neither ours nor those of the import machinery."""
    own = os.path.abspath(__file__)
    frames = traceback.extract_tb(error.__traceback__)
    return [frame for frame in frames if os.path.abspath(frame.filename) != own and not frame.filename.startswith("<frozen importlib")]


def describe(error):
    cause = error.__cause__ if isinstance(error, HandlerError) and error.__cause__ is not None else error
    return {
        "errorMessage": str(error),
        "errorType": error.kind if isinstance(error, HandlerError) else type(error).__name__,
        "requestId": LambdaLogHandler.request_id,
        "stackTrace": traceback.format_list(own_frames(cause)),
    }


def to_json(value):
    try:
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    except (TypeError, ValueError) as error:
        raise HandlerError("Runtime.MarshalError", f"Unable to marshal response: {error}") from error


class RuntimeClient:
    def __init__(self):
        self._host = os.environ["AWS_LAMBDA_RUNTIME_API"]
        self._connection = HTTPConnection(self._host)

    def next(self):
        self._connection.request("GET", f"{API}/invocation/next")
        response = self._connection.getresponse()
        return response.headers, response.read()

    def post(self, path, body):
        self._connection.request("POST", f"{API}{path}", body, HEADERS)
        self._connection.getresponse().read()


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # The function may have put anything in its place.
            pass


def answer(client, handler):
    headers, event = client.next()
    request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    LambdaLogHandler.request_id = request_id
    os.environ["_X_AMZN_TRACE_ID"] = headers.get("Lambda-Runtime-Trace-Id", "")
    try:
        path, body = "response", to_json(handler(json.loads(event), LambdaContext(headers)))
    except Exception as error:
        path, body = "error", to_json(describe(error))
    flush()
    client.post(f"/invocation/{request_id}/{path}", body)


def main():
    sys.stdout, sys.stderr = Output("info", sys.stdout), Output("error", sys.stderr)
    logging.getLogger().addHandler(LambdaLogHandler())
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    client = RuntimeClient()
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception as error:
        flush()
        client.post("/init/error", to_json(describe(error)))
        os._exit(1)
    while True:
        answer(client, handler)


try:
    main()
except (OSError, EOFError):
    # The run is gone.
    os._exit(1)
