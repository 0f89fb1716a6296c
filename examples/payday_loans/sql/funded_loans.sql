-- Who is scored, and when: every loan that was paid out, when it was asked for. Applications that were withdrawn or
-- rejected, and loans that were voided, are nobody's.
-- The entity is the customer, who may come back; the loan's report is named, so that it can be joined.
SELECT
    anon_ssn,
    applicationDate AS event_time,
    clarityFraudId AS underwritingid
FROM loans
WHERE isFunded = 1 AND loanStatus NOT LIKE '%Void%'
