import json
import os

from plinth import data
from totals import total


def handler(event, context):
    if event["kind"] == "event" and event["event"]["data"]["new"]["text"] == "poison":
        raise ValueError("poison")
    tables = sorted(name for name in os.environ if name.startswith("DATA_"))
    notes = [note["text"] for note in data("Note").list(filter={"text": "hello"}, limit=100)["items"]]
    effect = {"event": event, "tables": tables, "notes": notes, "greeting": os.environ["GREETING"], "total": total([1, 2])}
    print("effect " + json.dumps(effect) + " done")
