"""Starts moto with this project's own CloudFormation, on a free port of the loopback interface; prints `ready <port>`.

Ends when its standard input ends, and then ends the processes it was told of and removes the folder of the run: nothing outlives the host.
"""

import gc
import logging
import os
import shutil
import signal
import sys
import threading

os.environ.update(
    {
        # localhost is no bucket.
        "S3_IGNORE_SUBDOMAIN_BUCKETNAME": "true",
        # CDK's bootstrap attaches policies of AWS' own; nothing here starts a machine.
        "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
        "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
    }
)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import cloud_clock  # noqa: E402
import control  # noqa: E402
import engine  # noqa: E402
import repairs  # noqa: E402
import shims  # noqa: E402
from moto.server import DomainDispatcherApplication, create_backend_app  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402


def _end_with_host():
    sys.stdin.buffer.read()
    for pid in control.children:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    # A host that ended in order has removed its folder itself, and this process with it.
    if "FAXSYNC_RUN_FOLDER" in os.environ:
        shutil.rmtree(os.environ["FAXSYNC_RUN_FOLDER"], ignore_errors=True)
    os._exit(0)


def main():
    """Serves until the host goes."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    engine.install()
    repairs.install()
    shims.install()
    cloud_clock.install()
    server = make_server("127.0.0.1", 0, control.Control(DomainDispatcherApplication(create_backend_app)), threaded=True)
    os.environ["MOTO_PORT"] = str(server.server_port)
    # What is loaded by now stays; looking through it again and again costs more than the answers themselves.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
    threading.Thread(target=_end_with_host, daemon=True).start()
    print(f"ready {server.server_port}", flush=True)
    server.serve_forever()


main()
