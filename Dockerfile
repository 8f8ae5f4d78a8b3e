# syntax=docker/dockerfile:1
# tf-cvpn-lint in a container that can write nothing and be nobody in particular:
#   docker build -t tf-cvpn-lint . && docker run --rm -v "$PWD:/src:ro" tf-cvpn-lint plan.json
# For a build that gives the same image twice, name the base by digest (--build-arg PYTHON=python:3.13-slim@sha256:…) and set
# SOURCE_DATE_EPOCH. A digest is not written here, since it would keep a base with known faults after it is mended.
ARG PYTHON=python:3.13-slim

FROM ${PYTHON} AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY linter ./linter
COPY policies ./policies
RUN python -m venv /opt/tf-cvpn-lint \
 && /opt/tf-cvpn-lint/bin/pip install --no-cache-dir --no-compile --disable-pip-version-check . \
 && /opt/tf-cvpn-lint/bin/pip uninstall --yes pip

FROM ${PYTHON}
COPY --from=build /opt/tf-cvpn-lint /opt/tf-cvpn-lint
ENV PATH=/opt/tf-cvpn-lint/bin:$PATH PYTHONDONTWRITEBYTECODE=1
WORKDIR /src
USER 65532:65532
ENTRYPOINT ["tf-cvpn-lint"]
CMD ["--help"]
