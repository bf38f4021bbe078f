"""What the gateway shows of refunds, and the account that deposits go back to."""

from django_iamport.refunds.accounts import RefundAccount

CANCEL = "POST /payments/cancel"
ACCOUNT = RefundAccount(bank="088", account="110-123 456789", holder="홍길동", tel="010-1234-5678")


def there(gateway, row):
    return [entry["amount"] for entry in gateway.payment(row.imp_uid)["cancel_history"]]
