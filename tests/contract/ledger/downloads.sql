-- Downloads by installer from the rows of the result; `release` is counted in `census.sql`.
CREATE TABLE fetched AS
SELECT d.installer, d.name, d.version, d.month, d.downloads::INT AS downloads,
  strftime(CASE WHEN own.project IS NULL THEN whole.removed ELSE own.removed END, '%Y-%m') AS gone
FROM download d
  LEFT JOIN release own ON own.project = 'pypi/' || d.name
    AND regexp_replace(own.version, '(\.0)+$', '') = regexp_replace(d.version, '(\.0)+$', '')
  LEFT JOIN release whole ON whole.project = 'pypi/' || d.name AND whole.version IS NULL;

CREATE VIEW installers AS
SELECT installer, sum(downloads)::BIGINT AS downloads,
  coalesce(sum(downloads) FILTER (month > gone), 0)::BIGINT, coalesce(sum(downloads) FILTER (gone IS NULL), 0)::BIGINT,
  count(DISTINCT (name, version))
FROM fetched GROUP BY installer;

CREATE VIEW download_months AS SELECT month, sum(downloads)::BIGINT FROM fetched GROUP BY month;
