"""Custom resources. Those of CDK's triggers really run their function, in the host, while the stack is made."""

import json
import os
import urllib.request

from engine import NotEmulated
from shim import resource


class TriggerFailed(NotEmulated):
    """The function failed: so does the deployment, as CDK's own provider has it."""


def invoke(function_arn, payload):
    """Has the host run a function and wait for it; returns the name of its error, or None, and what it answered."""
    request = urllib.request.Request(
        f"{os.environ['FAXSYNC_HOST_URL']}/2015-03-31/functions/{urllib.request.quote(function_arn, safe='')}/invocations",
        data=json.dumps(payload).encode(),
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=900) as answer:
        return answer.headers.get("X-Amz-Function-Error"), json.loads(answer.read() or b"null")


@resource("Custom::Trigger")
def trigger(given):
    """
    Runs a function and waits for it. CDK's provider would do the same by Lambda's API, with a client of the SDK that only the real
    runtime has; here this does it, and the provider's own code is deployed and not run.
    """
    arn = given.take("HandlerArn")
    given.take("ServiceToken")
    kind = given.take("InvocationType", "RequestResponse")
    given.take("Timeout")
    given.take("ExecuteOnHandlerChange")
    if kind != "RequestResponse":
        raise NotEmulated("a trigger that does not wait for its function is not emulated")
    failure, answer = invoke(arn, {})
    if failure is not None:
        message = answer.get("errorMessage", "") if isinstance(answer, dict) else ""
        raise TriggerFailed(f"the function of trigger {given.logical_id} failed ({failure}): {message}")
    return given.name
