"""Identity verification."""

from ...rules.channels import CERTIFICATION
from ...rules.refusals import wrong_parameter
from ...rules.services import certifications, otp
from ..bodies import short_merchant_uid
from ..calls import Call, Result


def request_otp(call: Call) -> Result:
    """A code is sent to the telephone of the person that the body describes."""
    body = call.body
    method = body.text("verification_method") or "SMS"
    if method not in otp.METHODS:
        raise wrong_parameter()
    key = call.undisputed_channel_key
    channels = call.account.channels
    channel = channels.usual(CERTIFICATION) if key is None else channels.require(key, CERTIFICATION)
    claim = otp.Claim(
        name=body.required("name"),
        phone=body.required("phone"),
        birth=body.required("birth"),
        gender_digit=body.required("gender_digit"),
        carrier=body.required("carrier"),
        is_mvno=body.flag("is_mvno"),
    )
    merchant_uid = short_merchant_uid(body.text("merchant_uid") or "")
    row = otp.request(call.account.store, channel, claim, merchant_uid, method, call.now)
    return Result({"imp_uid": row["imp_uid"]})


def confirm_otp(call: Call, imp_uid: str) -> Result:
    row = otp.confirm(call.account.store, imp_uid, call.body.text("otp"), call.now)
    return Result(certifications.as_json(row))


def find(call: Call, imp_uid: str) -> Result:
    return Result(certifications.as_json(certifications.stored(call.account.store, imp_uid)))


def delete(call: Call, imp_uid: str) -> Result:
    return Result(certifications.as_json(certifications.delete(call.account.store, imp_uid)))
