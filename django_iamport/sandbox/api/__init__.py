"""The gateway's REST API, apart from any web framework: a request in, envelope and status out."""

from .answers import Answer, envelope
from .dispatch import dispatch, operation_of
from .routes import GROUPS, OPERATIONS, SUBJECTS, group_of

__all__ = ["GROUPS", "OPERATIONS", "SUBJECTS", "Answer", "dispatch", "envelope", "group_of", "operation_of"]
