"""What the gateway says when it refuses: codes and texts.

Texts marked "own" are this sandbox's words, because the real ones are not known; nobody should match on any.
"""


class Refusal(Exception):
    """A request that the gateway declines.

    `code` goes into the envelope (or into `error_code` of the browser's callback), `text` is what people
    read, `status` the HTTP status of the REST answer.
    """

    def __init__(self, code: int | str, text: str, status: int = 200) -> None:
        super().__init__(code, text, status)
        self.code = code
        self.text = text
        self.status = status

    def __str__(self) -> str:
        return self.text


UNAUTHORIZED = "Unauthorized"
NO_KEY = "imp_key, imp_secret 파라메터가 누락되었습니다."
WRONG_KEY = "REST API Key 또는 Secret이 올바르지 않습니다."  # own
UNKNOWN_PAYMENT = "존재하지 않는 결제정보입니다."
NOTHING_TO_CANCEL = "취소할 결제건이 존재하지 않습니다."
ALREADY_CANCELLED = "이미 전액취소된 주문입니다."
CHECKSUM_MISMATCH = "취소 가능 잔액이 일치하지 않습니다."  # own
CANCEL_TOO_MUCH = "취소 요청 금액이 취소 가능 금액보다 큽니다."  # own
CANCEL_SPLIT = "결제취소에 실패하였습니다.(requested cancel amount is bigger than cancelable amount)"
VAT_NEEDED = "결제취소에 실패하였습니다. 부가세를 지정한 결제는 취소할 부가세 금액이 필요합니다."  # own
PHONE_MONTH_OVER = "결제취소에 실패하였습니다. 휴대폰 결제는 결제한 달에만 취소할 수 있습니다."  # own
WRONG_REFUND_ACCOUNT = "결제취소에 실패하였습니다. 환불계좌 정보가 올바르지 않습니다."  # own
NO_BALANCE = (
    "(현재는 PAYCO, KCP만 지원됩니다) 결제건에 대한 금액상세정보가 확인되지 않습니다. "
    "결제 상태가 paid 또는 cancelled가 아닌 경우 확인되지 않습니다."
)
REFUND_ACCOUNT_NEEDED = "가상계좌 환불에는 예금주, 은행, 계좌번호가 필요합니다."  # own
ALREADY_PREPARED = "결제정보 사전등록에 실패하였습니다(이미 등록된 merchant_uid입니다)."
NOT_PREPARED = "사전등록된 결제정보가 존재하지 않습니다."  # own
PREPARED_DIFFERS = "결제금액이 사전등록된 금액과 일치하지 않습니다."  # own
ALREADY_PAID = "이미 결제가 완료된 주문번호입니다."  # own
NO_CHANNEL = (
    "등록되지 않은 PG모듈 정보입니다. 아임포트 관리자페이지에서 PG모듈 정보를 설정하신 후 다시 시도해주세요."
)
NO_MERCHANT = "등록된 PG 설정 정보가 없습니다."
NO_PAY_METHOD = "지원하지 않는 결제수단입니다."  # own
NO_KEYS = "결제창에서 빌링키를 발급하지 않는 채널입니다."  # own
TOO_LITTLE = "결제금액이 최소 결제금액({})보다 작습니다."  # own
NO_ORDERS = "네이버페이 주문형으로 다시 시도해주세요."
NO_INSTALMENTS = "지원하지 않는 할부개월수입니다."  # own
NO_PARTIAL_REFUND = "결제취소에 실패하였습니다. 부분취소를 지원하지 않는 결제입니다."  # own
REFUND_TIME_OVER = "결제취소에 실패하였습니다. 취소 가능 기간이 지났습니다."  # own
WRONG_AMOUNT = "결제금액이 올바르지 않습니다."  # own
WRONG_CURRENCY = "지원하지 않는 통화입니다."  # own
WRONG_MERCHANT_UID = "주문번호(merchant_uid)는 40자 이하여야 합니다."  # own
WRONG_DUE_DATE = "가상계좌 입금기한이 올바르지 않습니다."  # own
UNKNOWN_STATUS = "지원되지 않는 상태값입니다."
WRONG_PARAMETER = "요청 파라미터가 올바르지 않습니다."  # own
TOO_MANY_IDS = "한 번에 100건까지만 조회할 수 있습니다."  # own
NO_PAGE = "존재하지 않는 페이지입니다."  # own
NO_OPERATION = "존재하지 않는 API입니다."  # own
WRONG_METHOD = "지원하지 않는 HTTP 메서드입니다."  # own
KEY_NOT_ISSUED = "카드정보 인증 및 빌키 발급에 실패하였습니다."
CARD_NOT_CHECKED = "카드정보 인증에 실패하였습니다."
INVALID_CARD = "[F112]유효하지않은 카드번호를 입력하셨습니다. (card_bin 없음)"
CARD_EXPIRED = "[카드사 거절] 유효기간이 지난 카드입니다."  # own
WRONG_CARD_OWNER = "[카드사 거절] 생년월일 또는 비밀번호가 올바르지 않습니다."  # own
UNKNOWN_CUSTOMER = "등록되지 않은 구매자입니다."
NO_CUSTOMER_DATA = "등록된 고객정보가 없습니다."
UNKNOWN_KEY = "요청하신 customer_uid({})로 등록된 정보를 찾을 수 없습니다."
ALREADY_SCHEDULED = "이미 예약된 주문번호입니다."  # own
SCHEDULE_IN_THE_PAST = "예약시각이 현재 시각보다 과거입니다."  # own
NOTHING_SCHEDULED = "취소할 예약결제 기록이 존재하지 않습니다."
UNKNOWN_SCHEDULE = "존재하지 않는 결제예약입니다."  # own
NOT_SCHEDULED = "이미 실행되었거나 취소된 결제예약입니다."  # own
NOT_TO_REPEAT = "실패하거나 취소된 결제예약만 다시 요청할 수 있습니다."  # own
NOT_CONTRACTED = "이용 계약이 되어 있지 않은 서비스입니다."  # own
NO_RECEIPT = "발행된 현금영수증이 존재하지 않습니다."  # own
ALREADY_RECEIPTED = "이미 현금영수증이 발행된 거래입니다."  # own
NOT_FOR_RECEIPT = "현금영수증을 발행할 수 없는 거래입니다."  # own
NO_CERTIFICATION = "인증결과가 존재하지 않습니다."
ALREADY_CERTIFIED = "이미 인증이 완료된 건입니다."  # own
WRONG_OTP = "인증번호가 올바르지 않습니다."  # own
WRONG_PERSON = "본인인증 대상자의 정보가 올바르지 않습니다."  # own
NO_ESCROW = "해당거래건은 배송정보를 등록할 수 없습니다."
ALREADY_SHIPPED = "이미 배송정보가 등록된 거래입니다."  # own
NOT_SHIPPED = "등록된 배송정보가 존재하지 않습니다."  # own
NO_ESCROW_HERE = "현재 지원되지 않는 PG사입니다."
ESCROW_ANSWERED = "이미 구매확정 또는 구매거절된 거래입니다."  # own
PRODUCT_ORDER_STATE = "네이버페이 상품주문을 처리할 수 없는 상태입니다."  # own
NOT_BY_PARTS = "네이버페이 주문형 결제는 상품주문 단위로 환불해야 합니다."  # own
NOT_NAVER_PAY = "네이버페이 결제형 거래가 아닙니다."  # own
NAVER_PAY_STATE = "네이버페이에서 처리할 수 없는 거래입니다."  # own
PAYCO_STATE = "페이코 주문상태를 변경할 수 없는 거래입니다."  # own
UNKNOWN_CODE = "존재하지 않는 코드입니다."  # own
UNKNOWN_TIER = "등록되지 않은 하위 상점입니다."  # own
NOT_WAITING = "입금 대기 중인 가상계좌가 아닙니다."  # own
DUE_DATE_OVER = "가상계좌 입금기한이 지났습니다."  # own
WRONG_DEPOSIT = "입금액이 가상계좌 금액과 일치하지 않습니다."  # own
WINDOW_OVER = "이미 종료된 결제입니다."  # own

TOO_YOUNG = "본인인증에 실패하였습니다. 이용 가능한 나이가 아닙니다."  # own
NOT_CERTIFIED = "본인인증에 실패하였습니다."  # own
CLOSED_BY_BUYER = "[결제포기] 사용자가 결제를 취소하셨습니다"
DECLINED = "[카드사 거절] 한도가 초과되었습니다."  # own
PG_DOWN = "(PG사 결제 장애) Internal error"
NOT_AUTHORISED = "[승인 거절] 결제가 승인되지 않았습니다."  # own
CONSOLE_CANCEL = "관리자페이지취소"
VOIDED = "가상계좌 말소"  # own


def unauthorized() -> Refusal:
    return Refusal(-1, UNAUTHORIZED, 401)


def unknown_payment() -> Refusal:
    return Refusal(-1, UNKNOWN_PAYMENT, 404)


def wrong_parameter(text: str = WRONG_PARAMETER) -> Refusal:
    return Refusal(-1, text, 400)


def not_cancelled(text: str) -> Refusal:
    """Cancels are refused with HTTP 200 and code 1."""
    return Refusal(1, text)


def refused_by_pg(text: str) -> Refusal:
    """The PG said no: HTTP 200 and code -1."""
    return Refusal(-1, text)


def not_opened(text: str) -> Refusal:
    """Refused before the payment window: there is no `imp_uid` yet."""
    return Refusal("F1001", text)
