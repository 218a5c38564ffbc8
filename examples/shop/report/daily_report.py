"""Tells how much was sold the day before."""

import datetime
import json
import os

from dynamodb import query


def handler(event, context):
    due = datetime.date.fromisoformat(event["dueAt"][:10])
    day = (due - datetime.timedelta(days=1)).isoformat()
    totals = [
        int(order["totalCents"]["N"])
        for order in query(
            TableName=os.environ["DATA_ORDER_TABLE_NAME"],
            IndexName="byDay",
            KeyConditionExpression="#day = :day",
            ExpressionAttributeNames={"#day": "day"},
            ExpressionAttributeValues={":day": {"S": day}},
            ProjectionExpression="totalCents",
        )
    ]
    print("daily report " + json.dumps({"day": day, "orders": len(totals), "revenueCents": sum(totals)}))
