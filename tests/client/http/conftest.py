import pytest

from tests.client.http.calls import READS, WRITES


@pytest.fixture(params=READS)
def read(request):
    return READS[request.param]


@pytest.fixture(params=WRITES)
def write(request):
    return WRITES[request.param]
