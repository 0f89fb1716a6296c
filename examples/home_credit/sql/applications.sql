-- Who is scored. The data have no dates: the applicant's number puts each on one of five days.
SELECT
    SK_ID_CURR,
    TIMESTAMP '2018-01-01' + INTERVAL (SK_ID_CURR % 5) DAY AS event_time
FROM application
