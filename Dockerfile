FROM python:3.11-slim-bookworm AS build
RUN python -m venv /opt/ghostcrawl
COPY requirements-postgres.lock ./
RUN /opt/ghostcrawl/bin/python -m pip install --no-cache-dir --require-hashes --requirement requirements-postgres.lock \
  && /opt/ghostcrawl/bin/python -m pip uninstall --yes pip setuptools

FROM python:3.11-slim-bookworm
RUN apt-get update && apt-get install --yes --no-install-recommends git && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/ghostcrawl /opt/ghostcrawl
WORKDIR /app
COPY LICENSE ./
COPY crawler crawler
COPY feeds feeds
COPY workers workers
ENV PATH=/opt/ghostcrawl/bin:/usr/local/bin:/usr/bin:/bin PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m compileall -q crawler feeds workers \
  && useradd --system --uid 10001 --no-create-home ghostcrawl && install -d -o ghostcrawl -m 700 /state
USER ghostcrawl
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
  CMD ["python", "-IS", "/app/workers/monitoring/probe.py"]
ENTRYPOINT ["python", "-P", "-m", "workers.cli.main"]
CMD ["--help"]
