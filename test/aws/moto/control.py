"""What the host asks of this server beside AWS' own interfaces: paths below /faxsync/."""

import json

import cloud_clock
import inventory

children = set()


class Control:
    """The WSGI application before moto's."""

    def __init__(self, moto):
        self._moto = moto

    def __call__(self, environ, start_response):
        path = environ.get("PATH_INFO", "")
        if not path.startswith("/faxsync/"):
            return self._moto(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer = _answer(path, json.loads(body or b"{}"))
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(answer, default=str).encode()]


def _answer(path, asked):
    if path == "/faxsync/clock":
        cloud_clock.set_offset(asked["offset_ms"])
        return {}
    if path == "/faxsync/child":
        (children.add if asked["alive"] else children.discard)(asked["pid"])
        return {}
    if path == "/faxsync/function":
        return inventory.function(asked["name"])
    if path == "/faxsync/clusters":
        return inventory.clusters()
    if path == "/faxsync/inventory":
        return inventory.read(asked["stack"])
    raise ValueError(f"{path} is not known")
