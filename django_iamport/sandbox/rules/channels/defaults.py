"""The channels that an account has until it is told of others: the usual ones of a Korean shop."""

from .channel import API_PAYMENT, CERTIFICATION, PAYMENT, Channel, usual
from .providers import PROVIDERS


def _key(number: int) -> str:
    return f"channel-key-00000000-0000-4000-8000-{number:012d}"


def _channel(
    number: int, pg: str, mid: str, name: str, *, test: bool = False, type_: str = PAYMENT
) -> Channel:
    offered = PROVIDERS[pg].pay_methods
    return Channel(_key(number), pg, mid, test, f"연습 {name}", type_, offered, rules=usual(pg))


LIVE_KEY = _key(1)
TEST_KEY = _key(2)
CERTIFICATION_KEY = _key(3)
CVS_KEY = _key(4)

DEFAULTS = (
    _channel(1, "html5_inicis", "sandboxlive", "실연동"),
    _channel(2, "html5_inicis", "INIpayTest", "테스트", test=True),
    _channel(13, "kcp", "sandboxkcp", "NHN KCP"),
    _channel(14, "kcp_billing", "sandboxkcpbill", "NHN KCP 정기결제"),
    _channel(15, "nice", "sandboxnice", "나이스페이먼츠(구)"),
    _channel(8, "nice_v2", "sandboxnice2", "나이스페이먼츠"),
    _channel(9, "tosspayments", "sandboxtoss", "토스페이먼츠"),
    _channel(10, "toss_brandpay", "sandboxbrand", "브랜드페이"),
    _channel(11, "kakaopay", "sandboxkakao", "카카오페이"),
    _channel(12, "kakaopay", "TC0ONETIME", "카카오페이 테스트", test=True),
    _channel(5, "naverpay", "sandboxnaverpay", "네이버페이"),
    _channel(6, "naverco", "sandboxnaverco", "네이버페이 주문형"),
    _channel(7, "payco", "sandboxpayco", "PAYCO"),
    _channel(16, "tosspay", "sandboxtosspay", "토스페이(구)"),
    _channel(17, "tosspay_v2", "sandboxtosspay2", "토스페이"),
    _channel(18, "paypal", "sandboxpaypal", "PayPal Express"),
    _channel(19, "paypal_v2", "sandboxpaypal2", "PayPal"),
    _channel(20, "danal_tpay", "sandboxdanal", "다날"),
    _channel(21, "danal", "sandboxphone", "다날 휴대폰"),
    _channel(22, "eximbay", "sandboxeximbay", "Eximbay"),
    _channel(3, "danal", "sandboxcert", "본인인증", type_=CERTIFICATION),
    _channel(23, "inicis_unified", "sandboxunified", "통합인증", type_=CERTIFICATION),
    _channel(4, "galaxia", "sandboxcvs", "편의점결제", type_=API_PAYMENT),
)
