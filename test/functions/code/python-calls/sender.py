from decimal import Decimal

from plinth import secret, send


def handler(event, context):
    if event["kind"] == "message":
        print(f"effect {event['message']['count']} {event['attempt']} done")
        return None
    name = event["input"]["queue"]
    send(name, {"count": event["input"].get("count", Decimal("7"))}, delay_seconds=1)
    return {"length": len(secret("key"))}
