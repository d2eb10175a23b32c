"""Where moto 5.2.1 differs from the service in what faxsync relies on."""

import functools
import json
import threading

from moto import backends
from moto.cloudformation import parsing  # noqa: F401 - brings every backend in
from moto.core import utils
from moto.dynamodb.responses import DynamoHandler
from moto.iam.access_control import PermissionResult
from moto.rds.models import DBCluster
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.s3 import notifications
from moto.s3.models import FakeBucket
from moto.sqs import models as sqs_models
from moto.sqs.responses import SQSResponse
from werkzeug.serving import WSGIRequestHandler


def _one_at_a_time(handler):
    """Conditional writes are atomic in DynamoDB, and two receivers do not get one message; moto has no lock for either."""
    lock = threading.Lock()
    original = handler.call_action

    def call_action(self):
        with lock:
            return original(self)

    handler.call_action = call_action


def _let_messages_expire():
    """moto stops at the first message that is too old instead of dropping it, so nothing behind it is ever received again."""
    original = sqs_models.SQSBackend.receive_message

    def receive_message(self, queue_name, *args, **kwargs):
        queue = self.get_queue(queue_name)
        oldest = utils.unix_time_millis() - queue.message_retention_period * 1000
        queue._messages = [message for message in queue._messages if message.sent_timestamp > oldest]
        return original(self, queue_name, *args, **kwargs)

    sqs_models.SQSBackend.receive_message = receive_message


def _send_notification(account_id, event_body, queue_name, region_name):
    """moto's own swallows every failure: an object would be lost without a trace."""
    backend = sqs_models.sqs_backends[account_id][region_name]
    backend.send_message(queue_name=queue_name, message_body=json.dumps(event_body))


def _answer_faster():
    """A run makes some ten thousand calls: keeps connections, and looks a host's service up once instead of in a list for each."""
    WSGIRequestHandler.protocol_version = "HTTP/1.1"
    known = tuple(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: iter(known)
    find = DomainDispatcherApplication.get_backend_for_host
    found = functools.lru_cache(maxsize=None)(lambda host: find(_application[0], host))
    _application = []

    def get_backend_for_host(self, host):
        _application[:] = [self]
        return found(host)

    DomainDispatcherApplication.get_backend_for_host = get_backend_for_host


def install():
    """Puts the repairs in place."""
    _answer_faster()
    _one_at_a_time(DynamoHandler)
    _one_at_a_time(SQSResponse)
    _let_messages_expire()
    notifications._send_sqs_message = _send_notification
    # moto reads a bucket's policy without its conditions, and "deny unless TLS" is then "deny". The host judges with them.
    FakeBucket.get_permission = lambda _bucket, _action, _resource: PermissionResult.NEUTRAL
    # The policy that lets the log be written names the bucket that is logged, so it cannot be there before it.
    FakeBucket._log_permissions_enabled_policy = lambda _bucket, target_bucket, target_prefix: True
    # moto knows the Data API for Aurora Serverless v1 only.
    DBCluster.enable_http_endpoint = property(
        lambda cluster: cluster._enable_http_endpoint,
        lambda cluster, value: setattr(cluster, "_enable_http_endpoint", bool(value)),
    )
