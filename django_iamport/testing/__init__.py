"""The gateway in process, for a shop's tests: no server, no network, no waiting.

With pytest there is the fixture `iamport_sandbox`, in a `TestCase` the mixin `IamportSandboxMixin`, and anywhere

    with sandbox() as iamport_sandbox:
        imp_uid = iamport_sandbox.pay(transaction)
"""

from .in_process import Sandbox, sandbox
from .testcase import IamportSandboxMixin

__all__ = ["IamportSandboxMixin", "Sandbox", "sandbox"]
