FROM python:3.11-slim-bookworm
RUN apt-get update && apt-get install --yes --no-install-recommends git && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements-postgres.lock ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements-postgres.lock
COPY pyproject.toml README.md LICENSE ./
COPY crawler crawler
COPY feeds feeds
COPY workers workers
ENV PYTHONPATH=/app PYTHONUNBUFFERED=1
RUN useradd --system --uid 10001 --no-create-home ghostcrawl && install -d -o ghostcrawl /state
USER ghostcrawl
ENTRYPOINT ["python", "-P", "-m", "workers.cli.main"]
