"""A gateway of its own for each test of a `TestCase`."""

import unittest
from typing import TYPE_CHECKING

from .in_process import Sandbox, sandbox

if TYPE_CHECKING:
    from unittest import TestCase as _Base
else:
    _Base = object


class IamportSandboxMixin(_Base):
    """Stands before Django's class: `class PurchaseTests(IamportSandboxMixin, TestCase)`.

    `self.iamport_sandbox` is there in `setUp`, in the test and in `tearDown`, empty at the start of each test.
    """

    iamport_sandbox: Sandbox

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        with sandbox() as self.iamport_sandbox:
            return super().run(result)
