-- What the customer asked for before: the application itself is known at the event, and is left out.
SELECT
    anon_ssn,
    event_time,
    count(*) FILTER (WHERE applicationDate < event_time) AS n_earlier_applications,
    count(*) FILTER (
        WHERE applicationDate < event_time AND applicationDate > event_time - INTERVAL 30 DAYS
    ) AS n_applications_in_30_days,
    max(loanAmount) FILTER (WHERE applicationDate < event_time) AS largest_amount_asked_for,
    date_diff('day', max(applicationDate) FILTER (WHERE applicationDate < event_time), event_time)
        AS days_since_last_application
FROM loans
GROUP BY anon_ssn, event_time
