"""The emulated cloud's clock: the machine's, moved forward by what the host says."""

import datetime
import sys

from moto.core import utils

_offset = datetime.timedelta(0)
_machine_utcnow = utils.utcnow


def set_offset(milliseconds):
    """Moves everything moto tells the time with; only forward."""
    global _offset
    wanted = datetime.timedelta(milliseconds=milliseconds)
    if wanted < _offset:
        raise ValueError("a clock only moves forward")
    _offset = wanted


def _utcnow():
    return _machine_utcnow() + _offset


def install():
    """
    Replaces the one function that moto asks for the time. `unix_time` and `unix_time_millis` (visibility and retention of messages) call
    it by its module; the modules that imported it by name are given the new one.
    """
    utils.utcnow = _utcnow
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("moto.") and getattr(module, "utcnow", None) is _machine_utcnow:
            module.utcnow = _utcnow
