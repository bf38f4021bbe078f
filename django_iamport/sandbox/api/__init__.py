"""The gateway's REST API, apart from any web framework: a request in, envelope and status out."""

from .answers import Answer, envelope
from .dispatch import dispatch, operation_of

__all__ = ["Answer", "dispatch", "envelope", "operation_of"]
