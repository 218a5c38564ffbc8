import json

from plinth import PlinthError, data, publish, request


def handler(event, context):
    if event["kind"] == "event":
        return follow(event["event"])
    step, note_id, as_caller = (event["input"][name] for name in ("step", "id", "asCaller"))
    try:
        return {"result": STEPS[step](data("Note", as_caller=as_caller), note_id, as_caller)}
    except PlinthError as error:
        return {"result": {"status": error.status, "code": error.code, "detail": error.detail}}


def follow(event):
    """Changes what it hears of: the change leads to an event, and so on."""
    lap = event["data"]["new"]
    print("lap " + json.dumps([event["depth"], lap["count"]]) + " done")
    data("Lap").update(lap["id"], {"count": {"increment": 1}})


STEPS = {
    "create": lambda notes, note_id, _: notes.create({"text": "made in Python"}),
    "createWrongly": lambda notes, note_id, _: notes.create({"text": 7}),
    "read": lambda notes, note_id, _: notes.read(note_id),
    "update": lambda notes, note_id, _: notes.update(note_id, {"text": "changed"}),
    "replace": lambda notes, note_id, _: notes.replace(note_id, {"text": "replaced"}),
    "delete": lambda notes, note_id, _: notes.delete(note_id),
    "list": lambda notes, note_id, _: notes.list(filter={"text": "made in Python"}, limit=2, fields=["text"]),
    "all": lambda notes, note_id, _: len(list(notes.all(filter={"text": "made in Python"}, limit=1))),
    "count": lambda notes, note_id, _: notes.count(filter={"text": "made in Python"}),
    "audit": lambda notes, note_id, as_caller: data("Audit", as_caller=as_caller).create({"what": "x"}),
    "files": lambda notes, note_id, as_caller: request("GET", "/files/avatars", query={"limit": 1}, as_caller=as_caller),
    "elsewhere": lambda notes, note_id, _: request("GET", "@127.0.0.1:9/x"),
    "headers": lambda notes, note_id, _: request("PATCH", f"/data/Note/{note_id}", {"text": "x"}, headers={"if-match": '"99"'}),
    "publish": lambda notes, note_id, _: publish("order.shipped", {"orderId": "7"}),
    "publishWrongly": lambda notes, note_id, _: publish("order.shipped", {"orderId": 7}),
    "publishOther": lambda notes, note_id, _: publish("order.cancelled", {}),
    "push": lambda notes, note_id, _: request("GET", "/push/topics"),
}
