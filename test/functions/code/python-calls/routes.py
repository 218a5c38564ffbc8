from plinth import reply


def handler(event, context):
    if event["route"] == "POST /python/reply":
        return reply(**event["body"]["parts"])
    if event["route"] == "DELETE /python/{id}":
        return None
    return event
