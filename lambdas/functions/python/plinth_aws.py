"""Requests to AWS by Python's own library, so that nothing is to be installed on a developer's machine."""

import datetime
import hashlib
import hmac
import json
import os
import threading
import time
import urllib.parse
from http.client import HTTPConnection, HTTPException, HTTPSConnection

_TIMEOUT_SECONDS = 60
# The other end has closed the connection while this function slept. What has begun takes longer than that.
_STALE_WITHIN_SECONDS = 0.1
_kept = threading.local()


def call(service, target, version, body):
    """An operation of a service that takes JSON: `AmazonSQS.SendMessage`."""
    headers = {"content-type": f"application/x-amz-json-{version}", "x-amz-target": target}
    return json.loads(_send(service, "/", headers, json.dumps(body).encode()) or b"{}")


def invoke(function_name, event):
    """Runs a function, waits for it, and gives what it answers."""
    path = f"/2015-03-31/functions/{function_name}/invocations"
    return json.loads(_send("lambda", path, {"content-type": "application/json"}, json.dumps(event).encode()))


def _send(service, path, headers, body):
    url = urllib.parse.urlsplit(os.environ.get("AWS_ENDPOINT_URL", f"https://{_host(service)}"))
    signed = _signed(service, path, {**headers, "host": url.netloc}, body)
    response, text = _exchange(url, path, signed, body)
    failure = response.headers.get("X-Amz-Function-Error")
    if response.status >= 300 or failure:
        raise RuntimeError(f"{service} answered {response.status}: {failure or text.decode(errors='replace')[:1000]}")
    return text


def _exchange(url, path, headers, body):
    """Begins anew only where a kept connection was closed meanwhile, so that the request did not arrive: nothing is done twice."""
    connections = _kept.__dict__
    while True:
        connection = connections.pop(url.netloc, None)
        is_kept = connection is not None
        if connection is None:
            connection = (HTTPSConnection if url.scheme == "https" else HTTPConnection)(url.netloc, timeout=_TIMEOUT_SECONDS)
        begun_at = time.monotonic()
        try:
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            text = response.read()
        except (HTTPException, ConnectionError):
            connection.close()
            if not is_kept or time.monotonic() - begun_at > _STALE_WITHIN_SECONDS:
                raise
            continue
        connections[url.netloc] = connection
        return response, text


def _host(service):
    region = os.environ["AWS_REGION"]
    return f"{service}.{region}.amazonaws.com" + (".cn" if region.startswith("cn-") else "")


def _signed(service, path, headers, body):
    """Signature Version 4 ("Create a signed AWS API request", IAM User Guide)."""
    region = os.environ["AWS_REGION"]
    at = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers = {**headers, "x-amz-date": at, "x-amz-security-token": os.environ["AWS_SESSION_TOKEN"]}
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = f"POST\n{path}\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{at[:8]}/{region}/{service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{os.environ['AWS_SECRET_ACCESS_KEY']}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    credential = f"{os.environ['AWS_ACCESS_KEY_ID']}/{scope}"
    return {**headers, "authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"}
