"""DynamoDB's Query by Python's own library, so that nothing is to be installed. On AWS, boto3 is there as well."""

import datetime
import hashlib
import hmac
import json
import os
import urllib.parse
import urllib.request

_TIMEOUT_SECONDS = 10


def query(**request):
    """Gives the items of all pages."""
    while True:
        page = _send("Query", request)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _send(operation, request):
    region = os.environ["AWS_REGION"]
    endpoint = os.environ.get("AWS_ENDPOINT_URL", f"https://dynamodb.{region}.amazonaws.com")
    body = json.dumps(request).encode()
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "host": urllib.parse.urlsplit(endpoint).netloc,
        "x-amz-date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ"),
        "x-amz-security-token": os.environ["AWS_SESSION_TOKEN"],
        "x-amz-target": f"DynamoDB_20120810.{operation}",
    }
    signed = {**headers, "authorization": _authorization(headers, body, region)}
    call = urllib.request.Request(f"{endpoint}/", data=body, headers=signed, method="POST")
    with urllib.request.urlopen(call, timeout=_TIMEOUT_SECONDS) as response:
        return json.load(response)


def _authorization(headers, body, region):
    """Signature Version 4 ("Create a signed AWS API request", IAM User Guide)."""
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    date = headers["x-amz-date"][:8]
    scope = f"{date}/{region}/dynamodb/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{os.environ['AWS_SECRET_ACCESS_KEY']}".encode()
    for part in (date, region, "dynamodb", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    return f"AWS4-HMAC-SHA256 Credential={os.environ['AWS_ACCESS_KEY_ID']}/{scope}, SignedHeaders={names}, Signature={signature}"
