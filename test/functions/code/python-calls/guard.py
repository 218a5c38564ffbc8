import json
import time

from plinth import FunctionError


def handler(event, context):
    print("asked " + json.dumps(event) + " done")
    if event["point"] == "signUp":
        return sign_up(event["email"])
    text = (event.get("new") or event["old"])["text"]
    if text == "fails":
        raise ValueError("a text of the log alone")
    if text == "sleeps":
        time.sleep(20)
    if text == "refused":
        raise FunctionError("bad_word", "Choose another word.", 409)
    if text == "refused otherwise":
        raise FunctionError("bad_word", "Choose another word.", 404)
    if text == "nonsense":
        return {"accept": True}
    return {"amend": {"text": text.upper()}} if event["point"] == "create" else None


def sign_up(email):
    if email.endswith("@blocked.example"):
        raise FunctionError("not_invited", "Ask for an invitation.")
