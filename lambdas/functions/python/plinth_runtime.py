"""What is around a function in Python: it tells by the event what made it run, and hands back what the function answers."""

from plinth import FunctionError, Reply
from plinth_backend import begin
from plinth_json import plain
from plinth_log import install, log_failure, log_other_status

install()


def around(function, hook_statuses, hook_detail_length):
    """Makes the handler of Lambda of a function `function(event, context)`."""

    def handler(event, context):
        begin(event)
        if event["kind"] == "hook":
            return plain(_ask_hook(function, event, context, hook_statuses, hook_detail_length))
        return _answer(function, event, context)

    return handler


def _answer(function, event, context):
    """What it gives back, lambdas/functions/invoke-function.ts reads."""
    try:
        answer = function(event, context)
    except FunctionError as error:
        return {"refuse": {"code": error.reason, "detail": error.detail, "status": error.status}}
    except Exception as error:
        log_failure()
        return {"failed": type(error).__name__}
    if event["kind"] not in ("call", "http"):
        return None
    if isinstance(answer, Reply):
        answer = {"reply": {"status": answer.status, "headers": answer.headers, "body": answer.body}}
    else:
        answer = {"output": answer}
    try:
        return plain(answer)
    except (TypeError, ValueError, RecursionError) as error:
        return {"unsendable": f"{type(error).__name__}: {error}"}


def _ask_hook(function, event, context, statuses, detail_length):
    try:
        return function(event, context)
    except FunctionError as error:
        status = error.status
        if status not in statuses:
            status = 422
            log_other_status(error.status, status, statuses)
        return {"refuse": {"code": error.reason, "detail": str(error.detail)[:detail_length], "status": status}}
    except Exception:
        log_failure()
        # Its text may hold anything, and whoever invokes is not to read it.
        raise RuntimeError("the function failed: see its log") from None
