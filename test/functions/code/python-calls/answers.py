import decimal
import json
import logging
import os
import time

from plinth import FunctionError, reply


def circular():
    value = {}
    value["self"] = value
    return value


def deep():
    value = []
    for _ in range(100_000):
        value = [value]
    return value


BAD = {
    "circular": circular,
    "deep": deep,
    "set": lambda: {"text": {1}},
    "nan": lambda: {"text": float("nan")},
    "none": lambda: None,
    "large": lambda: {"text": "x" * 7_000_000},
    "wrongType": lambda: {"text": 7},
    "unknownField": lambda: {"text": "a", "more": 1},
    "reply": lambda: reply(200, {}, {"text": "a"}),
}


def sleep():
    print("asleep")
    time.sleep(20)


def fail():
    raise ValueError(os.environ["DATABASE_SECRET"])


def prints():
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"
    print("\x1b[31mred\x1b[0m", os.environ["DATABASE_SECRET"], "token", token, "x" * 1_000_000)
    print(dict(os.environ))
    logging.getLogger().error("logged %s", os.environ["DATABASE_SECRET"])
    try:
        fail()
    except ValueError:
        logging.exception("caught")
    return {"text": "printed"}


def leave():
    os._exit(3)


def refuse():
    raise FunctionError("out_of_stock", "Choose another product.", 409)


def refuse_badly():
    raise FunctionError("Out of stock", "Choose another product.", 200)


OTHERS = {
    "sleep": sleep,
    "fail": fail,
    "prints": prints,
    "leave": leave,
    "refuse": refuse,
    "refuseBadly": refuse_badly,
    "decimal": lambda: {"text": "d", "number": decimal.Decimal("2.50"), "whole": decimal.Decimal("3")},
}


def handler(event, context):
    if event["kind"] == "schedule":
        print("effect " + json.dumps(event) + " done")
        return None
    if event["kind"] == "call" and event["name"] == "pythonEcho":
        return {"text": json.dumps(event)}
    return ({**BAD, **OTHERS})[event["input"]["answer"]]()
