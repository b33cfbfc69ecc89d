"""One file per kind of work: read by id, one function of the pipeline, write. No Celery here."""
