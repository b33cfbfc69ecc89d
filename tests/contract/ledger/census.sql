-- The census counted by DuckDB from the raw rows of the ledger, without any code of ours.
-- What counts: of each subject and claim of a record, what its last revision says.
CREATE TABLE said AS
SELECT
  project,
  split_part(project, '/', 1) AS ecosystem,
  claim,
  (body->>'$.subject.version') AS version,
  (body->>'$.subject.file.uploaded_at') AS uploaded_at,
  (body->'$.subject.file') <> 'null' AS of_file,
  (body->>'$.root_source') AS root_source,
  (body->>'$.valid_from')::TIMESTAMPTZ AS valid_from,
  (body->>'$.retracted_at')::TIMESTAMPTZ AS retracted_at,
  retracted_at IS NULL AS stands,
  coalesce((body->>'$.undated')::BOOLEAN, false) AS undated,
  json_array_length(body->'$.sequence') > 0 AS in_order,
  CASE WHEN NOT undated AND (in_order OR valid_from < (body->>'$.observed_at')::TIMESTAMPTZ) THEN valid_from
    END AS stated_at,
  claim IN ('malicious', 'suspicious') AS accuses,
  CASE claim WHEN 'quarantined' THEN 'quarantined' WHEN 'quarantine_cleared' THEN 'released'
    WHEN 'removed' THEN 'removed' WHEN 'owner_removed' THEN 'removed' END AS event
FROM assertion
QUALIFY revision::INT = max(revision::INT) OVER (PARTITION BY feed, record_id, (body->'$.subject')::VARCHAR, claim);

CREATE TABLE cause AS
SELECT project, arg_min(state, list_position(['malicious', 'suspicious', 'quarantined', 'allowed', 'name_reused',
  'withdrawn', 'owner_removed', 'removed', 'yanked'], state)) AS state
FROM verdict WHERE until IS NULL GROUP BY project;

CREATE TABLE accused AS
SELECT project,
  bool_or(stands AND claim = 'malicious') AS named,
  bool_or(stands AND claim = 'suspicious') AS suspected,
  min(valid_from) FILTER (stands AND claim = 'malicious' AND NOT undated) AS named_at,
  min(valid_from) FILTER (stands AND claim = 'suspicious' AND NOT undated) AS suspected_at,
  CASE WHEN bool_and(NOT undated) THEN max(retracted_at) END AS withdrawn_at
FROM said WHERE accuses GROUP BY project;

CREATE TABLE happened AS
SELECT project, CASE WHEN named THEN 'named' WHEN suspected THEN 'suspected' ELSE 'withdrawn' END AS happening,
  CASE WHEN named THEN named_at WHEN suspected THEN suspected_at ELSE withdrawn_at END AS moment
FROM accused
UNION ALL
SELECT project, event, stated_at FROM said WHERE stands AND event IS NOT NULL
QUALIFY stated_at IS NOT NULL OR count(stated_at) OVER (PARTITION BY project, event) = 0;

CREATE VIEW months AS
SELECT happening, strftime(moment, '%Y-%m') AS month, split_part(project, '/', 1) AS ecosystem, cause.state AS cause,
  count(DISTINCT project) AS projects
FROM happened LEFT JOIN cause USING (project) GROUP BY 1, 2, 3, 4;

CREATE TABLE release AS
WITH version AS (
  SELECT DISTINCT project, ecosystem, version FROM said WHERE version NOT LIKE 'vers:%'
  UNION SELECT DISTINCT project, ecosystem, NULL FROM said
), upload AS (
  SELECT project, version,
    min(CASE WHEN claim = 'created' THEN stated_at WHEN root_source = ecosystem THEN uploaded_at::TIMESTAMPTZ END) AS moment
  FROM said GROUP BY project, version
), dated AS (
  SELECT v.project, v.ecosystem, v.version, u.moment AS uploaded
  FROM version v LEFT JOIN upload u ON u.project = v.project AND u.version = v.version
)
SELECT d.project, d.ecosystem, d.version, d.uploaded,
  coalesce(bool_or(s.claim = 'malicious'), false) AS accused,
  coalesce(bool_or(NOT s.of_file AND s.event IN ('removed', 'quarantined')), false) AS taken,
  min(s.stated_at) FILTER (NOT s.of_file AND s.event = 'quarantined' AND (d.uploaded IS NULL OR s.stated_at >= d.uploaded))
    AS quarantined,
  min(s.stated_at) FILTER (NOT s.of_file AND s.event = 'removed' AND (d.uploaded IS NULL OR s.stated_at >= d.uploaded))
    AS removed,
  coalesce(max(s.stated_at) FILTER (s.claim = 'created') > removed, false) AS came_again
FROM dated d LEFT JOIN said s ON s.project = d.project AND s.stands
  AND ((s.version IS NULL AND NOT s.of_file) OR s.version = d.version)
GROUP BY d.project, d.ecosystem, d.version, d.uploaded;

CREATE TABLE counted AS
SELECT *, epoch_us(removed) - epoch_us(uploaded) AS until_removed,
  epoch_us(quarantined) - epoch_us(uploaded) AS until_quarantined
FROM release QUALIFY version IS NOT NULL OR count(version) OVER (PARTITION BY project) = 0;

CREATE MACRO spread(spans) AS {
  'measured': len(spans),
  'median_seconds': list_sort(spans)[(len(spans) + 1) // 2] // 1000000,
  'ninetieth_seconds': list_sort(spans)[(9 * len(spans) + 9) // 10] // 1000000
};
CREATE VIEW stays AS
WITH span AS (
  SELECT ecosystem, accused, 'removed' AS until, until_removed AS span FROM counted WHERE accused OR taken
  UNION ALL SELECT ecosystem, accused, 'quarantined', until_quarantined FROM counted WHERE accused OR taken
)
SELECT ecosystem, accused, until, spread(coalesce(list(span) FILTER (span IS NOT NULL), [])) AS spread,
  count(*) - count(span) AS unknown
FROM span GROUP BY 1, 2, 3;

CREATE VIEW flash_ghosts AS
SELECT strftime(removed, '%Y-%m') AS month, ecosystem, count(*) AS releases, count(DISTINCT project) AS projects
FROM counted WHERE until_removed <= 3600000000 AND project NOT IN (SELECT project FROM accused)
GROUP BY 1, 2;

CREATE VIEW journal AS SELECT min(valid_from) AS first, max(valid_from) AS last FROM said WHERE in_order;

CREATE MACRO share(hits, n) AS {
  'hits': hits, 'of': n,
  'low': CASE WHEN hits = 0 THEN 0 ELSE (hits / n + 1.959963984540054 ** 2 / (2 * n) - 1.959963984540054
    * sqrt(hits / n * (1 - hits / n) / n + 1.959963984540054 ** 2 / (4 * n * n))) / (1 + 1.959963984540054 ** 2 / n) END,
  'high': CASE WHEN hits = n THEN 1 ELSE (hits / n + 1.959963984540054 ** 2 / (2 * n) + 1.959963984540054
    * sqrt(hits / n * (1 - hits / n) / n + 1.959963984540054 ** 2 / (4 * n * n))) / (1 + 1.959963984540054 ** 2 / n) END
};
CREATE VIEW holding AS SELECT * FROM finding WHERE state IN ('new', 'promoted') AND confidence IN ('confirmed', 'likely');
CREATE VIEW read_ones AS
SELECT found_by AS way, id IN (SELECT repository_id FROM holding) AS pins
FROM repository WHERE outcome IN ('visited', 'unchanged');
CREATE VIEW ways AS SELECT way, share(count(*) FILTER (pins), count(*)) AS share FROM read_ones GROUP BY way;
CREATE VIEW repositories AS SELECT share(count(*) FILTER (pins), count(*)) AS share FROM read_ones;
CREATE VIEW locks AS
SELECT share(count(*) FILTER (oid IN (SELECT oid FROM holding)), count(*)) AS share
FROM (SELECT DISTINCT oid FROM sighting JOIN lock USING (oid, reading) WHERE NOT sighting.gone::BOOLEAN);

-- Findings that count as ghosts, with their last evidence where that is of the lock as it is now.
CREATE TABLE ghost AS
WITH proof AS (SELECT key, body FROM evidence QUALIFY id::INT = max(id::INT) OVER (PARTITION BY key)),
  change AS (SELECT key, "at" AS moment FROM finding_event QUALIFY id::INT = max(id::INT) OVER (PARTITION BY key))
SELECT f.state IN ('new', 'promoted') AS open, f.first_seen::TIMESTAMPTZ AS first_seen,
  f.last_seen::TIMESTAMPTZ AS last_seen, change.moment::TIMESTAMPTZ AS changed_at,
  (f.body->'$.match.verdict.subject') AS subject,
  (f.body->>'$.match.pin.version') AS pinned,
  CASE WHEN (proof.body->>'$.blob_oid') = f.oid THEN proof.body END AS proof
FROM finding f LEFT JOIN proof USING (key) JOIN change USING (key)
WHERE f.confidence IN ('confirmed', 'likely') AND f.state NOT IN ('retracted', 'dismissed');

CREATE VIEW answer AS
SELECT (proof->>'$.liveness.url') AS url, (proof->>'$.liveness.status')::INT BETWEEN 200 AND 299 AS served,
  (proof->>'$.liveness.status')::INT AS status, (proof->>'$.liveness.checked_at')::TIMESTAMPTZ AS moment
FROM ghost WHERE (proof->>'$.liveness.method') = 'HEAD' AND (proof->>'$.liveness.status') IS NOT NULL;
CREATE VIEW still_served AS
SELECT (SELECT share(count(*) FILTER (served), count(*)) FROM (SELECT served FROM answer
    QUALIFY row_number() OVER (PARTITION BY url ORDER BY moment DESC, status DESC) = 1)) AS files,
  share(count(*) FILTER (served), count(*)) AS findings,
  (SELECT count(*) FROM ghost) - count(*) AS not_asked, min(moment) AS first, max(moment) AS last
FROM answer;

CREATE TABLE life AS
WITH gone AS (SELECT project, version, CASE WHEN NOT came_again THEN removed END AS moment FROM release), pin AS (
  SELECT *, (subject->>'$.project.ecosystem') || '/' || (subject->>'$.project.name') AS project,
    CASE WHEN (subject->>'$.version') NOT LIKE 'vers:%' THEN (subject->>'$.version') ELSE pinned END AS version
  FROM ghost
), removal AS (
  SELECT pin.*, CASE WHEN own.project IS NULL THEN whole.moment ELSE own.moment END AS removed
  FROM pin LEFT JOIN gone own ON own.project = pin.project AND own.version = pin.version
    LEFT JOIN gone whole ON whole.project = pin.project AND whole.version IS NULL
), span AS (
  SELECT open, removed, (proof->>'$.history.entered_at')::TIMESTAMPTZ AS entered,
    CASE WHEN entered IS NOT NULL THEN greatest(removed, entered) WHEN first_seen <= removed THEN removed END AS since,
    CASE WHEN open THEN last_seen ELSE coalesce((proof->>'$.history.left_at')::TIMESTAMPTZ, changed_at) END AS until
  FROM removal
)
SELECT open, CASE WHEN removed IS NOT NULL THEN epoch_us(until) - epoch_us(since) END AS lived, since > removed AS came_later
FROM span;
CREATE VIEW lifetimes AS
SELECT open, spread(list(lived) FILTER (lived >= 0)) AS spread, count(*) FILTER (lived IS NULL) AS unknown,
  count(*) FILTER (came_later AND lived >= 0) AS entered_later, count(*) FILTER (lived < 0) AS left_earlier
FROM life GROUP BY open;
