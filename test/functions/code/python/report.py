import json
import os

from totals import total


def handler(event, context):
    if event["kind"] == "event" and event["event"]["data"]["new"]["text"] == "poison":
        raise ValueError("poison")
    tables = sorted(name for name in os.environ if name.startswith("DATA_") and name.endswith("_TABLE_NAME"))
    print("effect " + json.dumps({"event": event, "tables": tables, "greeting": os.environ["GREETING"], "total": total([1, 2])}) + " done")
