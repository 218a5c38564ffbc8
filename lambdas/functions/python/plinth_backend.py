"""The backend for a function in Python: its API, without a token and without the network, by what lambdas/functions/door-handler.ts does."""

import json
import os
import urllib.parse

from plinth_aws import invoke
from plinth_json import text_of

_run = {}


class PlinthError(Exception):
    """What the backend refuses: `status`, `code` and `detail` are those of the problem that apps get."""

    def __init__(self, status, problem):
        super().__init__(f"{problem.get('code')}: {problem.get('detail')}")
        self.status = status
        self.code = problem.get("code")
        self.detail = problem.get("detail")
        self.problem = problem


def begin(run):
    """Remembers in whose doing, and why, the function runs."""
    _run.clear()
    _run.update({name: run[name] for name in ("user", "requestId") if name in run})
    if run["kind"] == "event":
        _run["handled"] = {name: run["event"][name] for name in ("id", "depth", "actor") if name in run["event"]}


def request(method, path, body=None, query=None, headers=None, as_caller=False):
    """Sends a request of the API: `request("POST", "/push/messages", {...})`. Gives the JSON of the answer; None without one.

    It acts as the system: no rule holds it back, only what the function's `access` names. With `as_caller` it does exactly what
    whoever called could do, and no more than that.

    Raises PlinthError for whatever the API refuses.
    """
    if as_caller and "user" not in _run:
        raise RuntimeError("nobody called this run, so that there is no caller to act as: leave as_caller out")
    sent = {"method": method, "path": path, "query": _query(query or {}), "headers": {**(headers or {})}}
    if body is not None:
        sent["headers"].setdefault("content-type", "application/json")
        sent["body"] = text_of(body)
    return _ask({"request": sent, "as": "caller" if as_caller else "system"})


def publish(type, data, key=None):
    """Tells of an event of the definition's own, which `access` names by use.events.

    With a `key` it is the same event each time, whoever tells of it again: give one where the run may be repeated.
    """
    told = {"type": type, "data": json.loads(text_of(data))}
    _ask({"publish": told if key is None else {**told, "key": str(key)}})


class Records:
    """The records of a model. Made by `data`."""

    def __init__(self, model, as_caller):
        self._path = f"/data/{_segment(model)}"
        self._as_caller = as_caller

    def list(self, **query):
        """A page: `list(filter={"stock": {"lt": 10}}, sort="stock", limit=100, cursor=...)` gives `items`, and a `cursor` if there is more."""
        return self._send("GET", "", query=query)

    def all(self, **query):
        """The records of all pages, one after the other."""
        while True:
            page = self.list(**query)
            yield from page["items"]
            if page.get("cursor") is None:
                return
            query["cursor"] = page["cursor"]

    def count(self, **query):
        return self._send("GET", "/count", query=query)

    def read(self, id, **query):
        return self._send("GET", f"/{_segment(id)}", query=query)

    def create(self, values):
        return self._send("POST", "", values)

    def update(self, id, changes):
        return self._send("PATCH", f"/{_segment(id)}", changes)

    def replace(self, id, values):
        return self._send("PUT", f"/{_segment(id)}", values)

    def delete(self, id):
        self._send("DELETE", f"/{_segment(id)}")

    def _send(self, method, path, body=None, query=None):
        return request(method, self._path + path, body, query, as_caller=self._as_caller)


def data(model, as_caller=False):
    """The records of a model: `data("Note").read(id)`."""
    return Records(model, as_caller)


def _segment(text):
    return urllib.parse.quote(str(text), safe="")


def _query(query):
    return urllib.parse.urlencode({name: _parameter(value) for name, value in query.items() if value is not None})


def _parameter(value):
    if isinstance(value, (list, tuple)):
        return ",".join(value)
    return text_of(value) if isinstance(value, (dict, bool)) else str(value)


def _ask(asked):
    door = os.environ.get("FUNCTION_DOOR_NAME")
    if door is None:
        raise RuntimeError("this function may not use the backend: name what it uses in its access, by use.data and the like")
    answer = invoke(door, {**_run, **asked})
    content = json.loads(answer["body"]) if answer.get("body") else None
    if answer["status"] >= 300:
        raise PlinthError(answer["status"], content or {})
    return content
