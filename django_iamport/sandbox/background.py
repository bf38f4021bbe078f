"""The courier of the account in the project's database."""

from django.db import connections

from .database import open_account
from .delivery.courier import Courier

# No request says where sales slips are shown: what happens by itself knows it from who planned it.
courier = Courier(lambda: open_account(receipt_url=""), connections.close_all)
