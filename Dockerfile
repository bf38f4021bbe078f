# The sandbox as a container:
#
#     docker build --tag iamport-sandbox .
#     docker run --rm --publish 9090:9090 --volume iamport-sandbox:/data iamport-sandbox
#
# Options are those of docs/sandbox.md, after the image's name. The tests don't build it: that needs an engine.
# Built and run by hand with buildah on a base of Debian 12's own packages (python3, python3-venv,
# ca-certificates; --build-arg BASE=…); the base named here could not be fetched there, and is untried.
ARG BASE=docker.io/library/python:3.13-slim
FROM ${BASE}

RUN python3 -m venv /opt/sandbox
COPY LICENSE README.md setup.py setup.cfg pyproject.toml MANIFEST.in /src/
COPY django_iamport /src/django_iamport
RUN /opt/sandbox/bin/pip install --no-cache-dir "/src[tls]" && rm -r /src

RUN useradd --uid 10001 sandbox && mkdir /data && chown sandbox /data
USER sandbox
VOLUME /data
EXPOSE 9090
ENTRYPOINT ["/opt/sandbox/bin/iamport-sandbox", "--host", "0.0.0.0", "--db", "/data/sandbox.sqlite3"]
