"""Values as JSON."""

import decimal
import json


def text_of(value):
    return json.dumps(value, default=_plain, allow_nan=False)


def plain(value):
    """A value as JSON has it: numbers of DynamoDB are `Decimal`s in boto3."""
    return json.loads(text_of(value))


def _plain(value):
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{type(value).__name__} is no type of JSON")
